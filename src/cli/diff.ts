import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { diffRuns, type Parting, type RunDiff } from '../recording/diff-runs.ts';
import { findRun } from '../recording/find-run.ts';
import { scanTrajectory, startOf, type TrajectoryReading } from '../recording/reader.ts';
import type { RunFolder } from '../recording/run-folder.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type CliContext, printLine } from './terminal.ts';

interface DiffFlags {
  readonly runs?: string;
  readonly config?: string;
  readonly json?: boolean;
}

interface Compared {
  readonly folder: RunFolder;
  readonly reading: TrajectoryReading;
}

function printParting(
  out: NodeJS.WritableStream,
  { first, second }: Parting,
  [a, b]: readonly [Compared, Compared],
): void {
  printLine(out, `A  ${describeMoment(first, a)}`);
  printLine(out, `B  ${describeMoment(second, b)}`);
}

function describeMoment(moment: Parting['first'], { folder, reading }: Compared): string {
  if (moment === undefined) return reading.damage === undefined ? 'has ended' : 'cannot be read any further';
  const { place, text, frame } = moment;
  return `${place}: ${frame === undefined ? text : `${folder.frames}/${frame}.png`}`;
}

function printDiff(out: NodeJS.WritableStream, diff: RunDiff, runs: readonly [Compared, Compared]): void {
  for (const { name, first, second } of diff.settings) printLine(out, `${name}: A ${first}, B ${second}`);
  if (diff.parting === undefined) {
    printLine(out, `the same in all ${diff.shared} moments`, 'green');
    return;
  }
  printLine(out, `the same for ${diff.shared} moments, then another ${diff.parting.kind}:`, 'yellow');
  printParting(out, diff.parting, runs);
}

/** `deskhand diff RUN_A RUN_B` */
async function diffCommand(
  named: readonly [string, string],
  flags: DiffFlags,
  { stdout, stderr, cwd, env, signal }: CliContext,
): Promise<ExitCode> {
  const { runsFolder } = await loadConfig({ flags: { runs: flags.runs, config: flags.config }, env, cwd });
  const read = async (name: string): Promise<Compared> => {
    const folder = await findRun(name, { cwd, runsFolder });
    const reading = await scanTrajectory(folder.trajectory, { signal });
    startOf(reading);
    return { folder, reading };
  };
  const runs = [await read(named[0]), await read(named[1])] as const;
  for (const { reading } of runs) {
    const { path, damage } = reading;
    if (damage === undefined) continue;
    printLine(stderr, `warning: ${path} is damaged at line ${damage.line}: ${damage.reason}`, 'yellow');
  }
  const diff = diffRuns(runs[0].reading, runs[1].reading);
  if (flags.json === true) stdout.write(`${JSON.stringify(diff)}\n`);
  else printDiff(stdout, diff, runs);
  return diff.parting === undefined ? EXIT.done : EXIT.diverged;
}

export function addDiffCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  program
    .command('diff')
    .summary('where two runs of a task part ways')
    .description(
      'Says where two runs part ways: the first screen, words, action, decision or check that is not the same. Exit code 6 when\n' +
        'they do.',
    )
    .argument('<a>', 'a run folder, a run id or its beginning, or last')
    .argument('<b>')
    .option('--json', 'as JSON')
    .option('--runs <folder>', 'where runs are kept (default: runs)')
    .option('--config <file>', 'settings file (default: deskhand.yaml where there is one)')
    .action((a: string, b: string, flags: DiffFlags) => finishWith(diffCommand([a, b], flags, context)));
}
