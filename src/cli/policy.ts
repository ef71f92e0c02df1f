import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { scanTrajectory } from '../recording/reader.ts';
import { explainPolicy, type Explanation } from '../safety/policy/explain.ts';
import type { Policy } from '../safety/policy/policy-schema.ts';
import { DEFAULT_POLICY_FILE, readPolicy } from '../safety/policy/read-policy.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { stepsOf } from './policy-steps.ts';
import { type CliContext, formatTable, printLine } from './terminal.ts';

interface ExplainFlags {
  readonly trajectory: string;
  readonly json?: boolean;
}

async function read(file: string, { cwd }: CliContext): Promise<Policy> {
  if (file === 'default') return await readPolicy(DEFAULT_POLICY_FILE, { name: 'default' });
  return await readPolicy(resolve(cwd, file), { name: file });
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

async function checkPolicy(file: string, context: CliContext): Promise<ExitCode> {
  const { rules, default: byDefault } = await read(file, context);
  printLine(context.stdout, `${file}: ${counted(rules.length, 'rule')}, default ${byDefault}`);
  const rows = rules.map(({ name, effect, when }) => [
    name,
    effect,
    Object.entries(when)
      .filter(([, given]) => given !== undefined)
      .map(([condition]) => condition)
      .join(', '),
  ]);
  printLine(context.stdout, formatTable([['RULE', 'EFFECT', 'GOES BY'], ...rows]));
  return EXIT.done;
}

/** What the rule says, and how sure that is. */
function toWords({ verdict: { effect, rule, open } }: Explanation): string {
  const by = rule === undefined ? 'by default' : `by ${rule.name}`;
  if (open.length === 0) return `${effect} ${by}`;
  const [first] = open;
  const names = open.length === 1 ? `${first?.name}` : `${first?.name} and ${open.length - 1} more`;
  return `${effect} ${by}, unless what was in front fits ${names}`;
}

async function explain(file: string, flags: ExplainFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, stdout, stderr, signal } = context;
  const policy = await read(file, context);
  const given = resolve(cwd, flags.trajectory);
  const path = basename(given).endsWith('.jsonl') ? given : join(given, 'trajectory.jsonl');
  const reading = await scanTrajectory(path, { signal });
  if (reading.damage !== undefined) {
    printLine(stderr, `warning: ${path} is damaged from line ${reading.damage.line} on`, 'yellow');
  }
  const explanations = explainPolicy(policy, stepsOf(reading.lines));
  if (flags.json === true) {
    for (const { place, shown, verdict } of explanations) {
      const open = verdict.open.map(({ name }) => name);
      const line = { ...place, shown, effect: verdict.effect, rule: verdict.rule?.name ?? null, open };
      stdout.write(`${JSON.stringify(line)}\n`);
    }
    return EXIT.done;
  }
  const rows = explanations.map((one) => [String(one.place.step), one.shown, toWords(one)]);
  printLine(stdout, formatTable([['STEP', 'ACTION', 'VERDICT'], ...rows]));
  return EXIT.done;
}

export function addPolicyCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  const policy = program.command('policy').summary('rules of the policy gate').description('Policy files.');
  policy
    .command('check')
    .description('Read a policy file and list its rules; `default` is the one that deskhand brings.')
    .argument('<file>', 'a policy file, or default')
    .action((file: string) => finishWith(checkPolicy(file, context)));
  policy
    .command('explain')
    .description('Say which rule each step of a recorded run would meet.')
    .argument('<file>', 'a policy file, or default')
    .requiredOption('--trajectory <run>', 'a run folder, or its trajectory.jsonl')
    .option('--json', 'one line of JSON for each step')
    .action((file: string, flags: ExplainFlags) => finishWith(explain(file, flags, context)));
}
