import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigFlags } from '../config/settings.ts';
import { InputError } from '../errors.ts';
import { findRun } from '../recording/find-run.ts';
import { followTrajectory } from '../recording/follow.ts';
import { scanTrajectory } from '../recording/reader.ts';
import { toEnding } from '../recording/result.ts';
import type { RunFolder } from '../recording/run-folder.ts';
import { findRunOwner } from '../recording/run-lock.ts';
import { systemClock } from '../util/clock.ts';
import { systemProcesses } from '../util/process-owner.ts';
import { EXIT, type ExitCode, exitCodeOfResult } from './exit-codes.ts';
import { printEvent, printResult } from './progress.ts';
import { type CliContext, printLine } from './terminal.ts';

interface AttachFlags extends ConfigFlags {
  readonly json?: boolean;
}

const LOOK_MS = 100;
const STOP_WITHIN_MS = 90_000;

async function find(run: string, flags: ConfigFlags, { cwd, env }: CliContext): Promise<RunFolder> {
  const { runsFolder } = await loadConfig({ flags, env, cwd });
  return await findRun(run, { cwd, runsFolder });
}

async function isWorkedOn(folder: RunFolder): Promise<boolean> {
  const { state } = await findRunOwner(folder, systemProcesses());
  return state === 'alive' || state === 'other-host';
}

/** `deskhand attach RUN`: from its beginning to its end. Ctrl-C leaves the run alone. */
async function attach(run: string, flags: AttachFlags, context: CliContext): Promise<ExitCode> {
  const { signal, stderr, stdout } = context;
  const isJson = flags.json === true;
  const folder = await find(run, flags, context);
  const isLive = async (): Promise<boolean> => await isWorkedOn(folder);
  for await (const { event } of followTrajectory(folder.trajectory, { clock: systemClock, isLive, signal })) {
    if (isJson) stdout.write(`${JSON.stringify(event)}\n`);
    else printEvent(stdout, event);
  }
  if (signal.aborted) {
    printLine(stderr, `The run goes on: \`deskhand attach ${run}\`.`);
    return EXIT.done;
  }
  return await showEnd(folder, isJson, context);
}

async function showEnd(
  folder: RunFolder,
  isJson: boolean,
  { stderr, stdout }: CliContext,
): Promise<ExitCode> {
  const reading = await scanTrajectory(folder.trajectory);
  const checks = reading.lines.flatMap(({ event }) => (event.type === 'check' ? [event] : []));
  const result = { ...toEnding(reading), checks };
  if (isJson) stdout.write(`${JSON.stringify({ type: 'result', ...result, folder: folder.path })}\n`);
  else printResult(stdout, result, folder);
  if (result.outcome === 'interrupted') {
    printLine(stderr, `hint: go on with it by \`deskhand resume ${folder.runId}\``);
  }
  return exitCodeOfResult(result);
}

/** `deskhand stop RUN`: as Ctrl-C in its terminal, from anywhere on this host. */
async function stop(run: string, flags: ConfigFlags, context: CliContext): Promise<ExitCode> {
  const { signal, stdout } = context;
  const folder = await find(run, flags, context);
  const { owner, state } = await findRunOwner(folder, systemProcesses());
  if (owner === undefined || state !== 'alive') {
    throw new InputError('not-found', `No process of this host works on the run ${folder.runId}.`, {
      hint: `See how it ended with \`deskhand attach ${folder.runId}\`.`,
    });
  }
  process.kill(owner.pid, 'SIGTERM');
  const deadline = systemClock.now() + STOP_WITHIN_MS;
  while (await isWorkedOn(folder)) {
    if (systemClock.now() > deadline || signal.aborted) return EXIT.failed;
    await systemClock.sleep(LOOK_MS);
  }
  printLine(stdout, folder.runId);
  return EXIT.done;
}

export function addAttachCommands(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  program
    .command('attach')
    .summary('follow a run of another process')
    .description('Shows a run from its beginning to its end; Ctrl-C leaves the run alone.')
    .argument('<run>', 'a run folder, a run id or its beginning, or last')
    .option('--json', 'print every event as one line of JSON, the result last')
    .option('--runs <folder>', 'where runs are kept (default: runs)')
    .action((run: string, flags: AttachFlags) => finishWith(attach(run, flags, context)));
  program
    .command('stop')
    .summary('end a run of another process')
    .description(
      'Ends a run in an orderly way: its desktop is removed, its trajectory and report are closed.',
    )
    .argument('<run>', 'a run folder, a run id or its beginning, or last')
    .option('--runs <folder>', 'where runs are kept (default: runs)')
    .action((run: string, flags: ConfigFlags) => finishWith(stop(run, flags, context)));
}
