import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readFrame } from '../recording/frames.ts';
import { scanTrajectory } from '../recording/reader.ts';
import { type RunFolder, toRunFolder } from '../recording/run-folder.ts';
import { toMessage } from '../errors.ts';
import { type DecidedEvent, hashOf } from '../safety/audit/audit-entry.ts';
import { type AuditReading, verifyAudit } from '../safety/audit/verify-audit.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type CliContext, printLine } from './terminal.ts';

interface VerifyFlags {
  readonly head?: string;
}

/** Where the log and what the run folder has beside it say different things; each by its entry. */
async function compareWithRun(folder: RunFolder, { entries }: AuditReading): Promise<readonly string[]> {
  const { lines } = await scanTrajectory(folder.trajectory);
  const calls = new Map<string, unknown>();
  const decisions = new Set<string>();
  for (const { event } of lines) {
    if (event.type === 'decision') decisions.add(keyOf({ ...event, index: event.index ?? 0 }));
    if (event.type !== 'response') continue;
    for (const item of event.items) if (typeof item['callId'] === 'string') calls.set(item['callId'], item);
  }
  const problems: string[] = [];
  for (const { seq, event } of entries) {
    if (event.type !== 'decided') continue;
    const differences = [
      decisions.has(keyOf(event)) ? undefined : 'the trajectory has no such decision',
      hashOf(calls.get(event.callId)) === event.shown.call ? undefined : 'the trajectory has another call',
      await readFrame(folder, event.shown.screenshot).then(() => undefined, toMessage),
    ];
    for (const what of differences) if (what !== undefined) problems.push(`entry ${seq + 1}: ${what}`);
  }
  return problems;
}

function keyOf({
  turn,
  callId,
  index,
  decision,
  by,
}: Pick<DecidedEvent, 'turn' | 'callId' | 'index' | 'decision' | 'by'>): string {
  return JSON.stringify([turn, callId, index, decision, by]);
}

async function verify(run: string, { head }: VerifyFlags, { cwd, stdout }: CliContext): Promise<ExitCode> {
  const folder = toRunFolder(resolve(cwd, run));
  const reading = await verifyAudit(folder.audit, { head });
  const { breach } = reading;
  if (breach !== undefined) {
    printLine(stdout, `broken at entry ${breach.entry}: ${breach.reason}`, 'red');
    return EXIT.unverified;
  }
  const problems = await compareWithRun(folder, reading);
  for (const problem of problems) printLine(stdout, problem, 'red');
  if (problems.length > 0) return EXIT.unverified;
  printLine(stdout, `whole: ${reading.entries.length} entries, the last one ${reading.head}`, 'green');
  return EXIT.done;
}

export function addAuditCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  const audit = program.command('audit').summary('what was decided in a run').description('Audit logs.');
  audit
    .command('verify')
    .description(
      'Follow the chain of a run’s audit log and compare it with the run; exits with 1 where it breaks.',
    )
    .argument('<run>', 'a run folder')
    .option('--head <hash>', 'the hash that the run ended with, noted down elsewhere')
    .action((run: string, flags: VerifyFlags) => finishWith(verify(run, flags, context)));
}
