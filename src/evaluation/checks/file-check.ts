import { z } from 'zod';
import { sandboxPath } from '../task/command-schema.ts';
import { type CheckContext, commonFields, failed, type Finding, passed } from './check.ts';
import { inspectPath, readSandboxFile } from './sandbox-file.ts';
import { findFault, showText } from './text-rule.ts';
import { hasClause, ruleClauses, ruleRefusals } from './text-rule-schema.ts';

export const fileCheck = z
  .strictObject({
    file: sandboxPath,
    exists: z.boolean().default(true),
    ...ruleClauses,
    not: ruleRefusals,
    ...commonFields,
  })
  .refine((check) => check.exists || !hasClause(check), {
    error: 'a file that must not exist has no text to check',
    path: ['exists'],
  })
  .transform(({ file: path, exists, name, weight, timeout, ...rule }) => ({
    kind: 'file' as const,
    path,
    exists,
    ...(hasClause(rule) ? { rule } : {}),
    name,
    weight,
    timeout,
  }));

type FileCheck = z.output<typeof fileCheck>;

export async function findInFile({ path, exists, rule }: FileCheck, context: CheckContext): Promise<Finding> {
  if (rule === undefined) {
    const isThere = (await inspectPath(path, context)).kind !== 'nothing';
    if (isThere) return exists ? passed(`${path} exists`) : failed(`expected ${path} not to exist`);
    return exists ? failed(`expected ${path} to exist`) : passed(`${path} does not exist`);
  }
  const found = await readSandboxFile(path, context);
  if ('fault' in found) return failed(found.fault);
  const text = found.bytes.toString('utf8');
  const fault = findFault(text, rule);
  return fault === undefined ? passed(`${path} has ${showText(text)}`) : failed(`${path}: ${fault}`);
}
