import { z } from 'zod';
import { commandLine } from '../task/command-schema.ts';
import {
  type CheckContext,
  commonFields,
  DEFAULT_CHECK_TIMEOUT_MS,
  failed,
  type Finding,
  passed,
} from './check.ts';
import { findFault, showText } from './text-rule.ts';
import { textRuleSchema } from './text-rule-schema.ts';

export const commandCheck = z
  .strictObject({
    command: commandLine,
    exitCode: z.int().min(0).max(255).default(0),
    stdout: textRuleSchema.optional(),
    stderr: textRuleSchema.optional(),
    ...commonFields,
  })
  .transform((check) => ({ kind: 'command' as const, ...check }));

type CommandCheck = z.output<typeof commandCheck>;

export async function findByCommand(
  check: CommandCheck,
  { sandbox, signal }: CheckContext,
): Promise<Finding> {
  const timeoutMs = check.timeout ?? DEFAULT_CHECK_TIMEOUT_MS;
  const { exitCode, stdout, stderr } = await sandbox.exec(check.command.argv, { signal, timeoutMs });
  const said = { stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
  if (exitCode !== check.exitCode) {
    const output = said.stderr.trim() || said.stdout.trim();
    return failed(`expected exit code ${check.exitCode}; has ${exitCode}, and it said ${showText(output)}`);
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const rule = check[stream];
    const fault = rule === undefined ? undefined : findFault(said[stream], rule);
    if (fault !== undefined) return failed(`${stream}: ${fault}`);
  }
  const shown = check.stdout === undefined ? '' : `, and it said ${showText(said.stdout)}`;
  return passed(`exit code ${exitCode}${shown}`);
}
