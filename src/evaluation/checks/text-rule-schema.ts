import { z } from 'zod';
import { toMessage } from '../../errors.ts';

const text = z.string();

/** What is wanted of a text may be written as a number, and a parameter may be one. */
const wanted = z.union([text, z.number().transform(String)]);

/** One text or several, as a list. */
export const texts = z
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

/** The fields of a rule, for checks that take them beside their own. */
export const ruleClauses = {
  equals: wanted.optional().meta({ description: 'The whole text; one newline at the end does not count.' }),
  contains: texts.optional().meta({ description: 'All of these are in the text.' }),
  matches: patterns.optional().meta({ description: 'All of these regular expressions match somewhere.' }),
};

export const ruleRefusals = z
  .strictObject(ruleClauses)
  .refine(hasClause, { error: 'expected at least one of equals, contains, matches' })
  .optional()
  .meta({ description: 'None of these may hold.' });

export const textRuleSchema = z
  .strictObject({ ...ruleClauses, not: ruleRefusals })
  .refine(hasClause, { error: 'expected at least one of equals, contains, matches, not' });

/** What is wanted of a text. All of it has to hold. */
export type TextRule = z.output<typeof textRuleSchema>;

/** A rule; a text by itself has to be contained. */
export const textOrRule = z
  .union([text.min(1).transform((wanted): TextRule => ({ contains: [wanted] })), textRuleSchema])
  .meta({ description: 'A text that has to be contained, or equals, contains, matches, not.' });

export function hasClause(rule: {
  readonly [Clause in 'equals' | 'contains' | 'matches' | 'not']?: unknown;
}): boolean {
  return [rule.equals, rule.contains, rule.matches, rule.not].some((clause) => clause !== undefined);
}
