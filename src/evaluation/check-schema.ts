import { z } from 'zod';
import { toMessage } from '../errors.ts';
import { commandLine, commandTimeout, sandboxPath } from './command-schema.ts';

const text = z.string();

/** One text or several, as a list. */
const texts = z
  .union([text.min(1), z.array(text.min(1)).min(1)])
  .transform((value) => (typeof value === 'string' ? [value] : value));

/** JavaScript's own notation; `^` and `$` match at every line. */
const pattern = text.min(1).transform((source, context) => {
  try {
    return new RegExp(source, 'mu');
  } catch (error) {
    context.addIssue({ code: 'custom', message: `expected a regular expression; ${toMessage(error)}` });
    return z.NEVER;
  }
});

const patterns = z
  .union([pattern, z.array(pattern).min(1)])
  .transform((value) => (Array.isArray(value) ? value : [value]));

const clauses = {
  equals: text.optional().meta({ description: 'The whole text; one newline at the end does not count.' }),
  contains: texts.optional().meta({ description: 'All of these are in the text.' }),
  matches: patterns.optional().meta({ description: 'All of these regular expressions match somewhere.' }),
};

const refusals = z
  .strictObject(clauses)
  .refine(hasClause, { error: 'expected at least one of equals, contains, matches' })
  .optional()
  .meta({ description: 'None of these may hold.' });

const textRuleSchema = z
  .strictObject({ ...clauses, not: refusals })
  .refine(hasClause, { error: 'expected at least one of equals, contains, matches, not' });

/** What is wanted of a text. All of it has to hold. */
export type TextRule = z.output<typeof textRuleSchema>;

const name = z.string().min(1).optional().meta({ description: 'What is checked, in words, for reports.' });

const commandCheck = z
  .strictObject({
    command: commandLine,
    exitCode: z.int().min(0).max(255).default(0),
    stdout: textRuleSchema.optional(),
    stderr: textRuleSchema.optional(),
    timeout: commandTimeout,
    name,
  })
  .transform(({ command, timeout: timeoutMs, ...rest }) => ({
    kind: 'command' as const,
    command,
    timeoutMs,
    ...rest,
  }));

const fileCheck = z
  .strictObject({
    file: sandboxPath,
    exists: z.boolean().default(true),
    ...clauses,
    not: refusals,
    name,
  })
  .refine((check) => check.exists || !hasClause(check), {
    error: 'a file that must not exist has no text to check',
    path: ['exists'],
  })
  .transform(({ file: path, exists, name: label, ...rule }) => ({
    kind: 'file' as const,
    path,
    exists,
    ...(hasClause(rule) ? { rule } : {}),
    name: label,
  }));

const screenCheck = z
  .strictObject({
    screen: z
      .strictObject({ visible: texts.optional(), notVisible: texts.optional() })
      .refine(({ visible, notVisible }) => visible !== undefined || notVisible !== undefined, {
        error: 'expected at least one of visible, notVisible',
      }),
    name,
  })
  .transform(({ screen, name: label }) => ({
    kind: 'screen' as const,
    visible: screen.visible ?? [],
    notVisible: screen.notVisible ?? [],
    name: label,
  }));

/** How a task's outcome is told from the state of the machine; the model never sees it. */
export const checkSchema = z.union([commandCheck, fileCheck, screenCheck]);

export type Check = z.output<typeof checkSchema>;
export type CommandCheck = z.output<typeof commandCheck>;
export type FileCheck = z.output<typeof fileCheck>;
export type ScreenCheck = z.output<typeof screenCheck>;

function hasClause(rule: {
  readonly [Clause in 'equals' | 'contains' | 'matches' | 'not']?: unknown;
}): boolean {
  return [rule.equals, rule.contains, rule.matches, rule.not].some((clause) => clause !== undefined);
}
