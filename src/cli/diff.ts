import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { diffRuns, type Parting, type RunDiff } from '../recording/diff-runs.ts';
import { findRun } from '../recording/find-run.ts';
import { scanTrajectory } from '../recording/reader.ts';
import type { RunFolder } from '../recording/run-folder.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type CliContext, printLine } from './terminal.ts';

interface DiffFlags {
  readonly runs?: string;
  readonly config?: string;
  readonly json?: boolean;
}

function printParting(
  out: NodeJS.WritableStream,
  { first, second }: Parting,
  folders: readonly [RunFolder, RunFolder],
): void {
  for (const [index, moment] of [first, second].entries()) {
    const name = index === 0 ? 'A' : 'B';
    if (moment === undefined) {
      printLine(out, `${name}  has ended`);
      continue;
    }
    const folder = folders[index];
    const isScreen = moment.frame !== undefined && folder !== undefined;
    const text = isScreen ? `${folder.frames}/${moment.frame}.png` : moment.text;
    printLine(out, `${name}  ${moment.place}: ${text}`);
  }
}

function printDiff(
  out: NodeJS.WritableStream,
  diff: RunDiff,
  folders: readonly [RunFolder, RunFolder],
): void {
  for (const { name, first, second } of diff.settings) printLine(out, `${name}: A ${first}, B ${second}`);
  if (diff.parting === undefined) {
    printLine(out, `the same in all ${diff.shared} moments`, 'green');
    return;
  }
  printLine(out, `the same for ${diff.shared} moments, then another ${diff.parting.kind}:`, 'yellow');
  printParting(out, diff.parting, folders);
}

/** `deskhand diff RUN_A RUN_B` */
async function diffCommand(
  named: readonly [string, string],
  flags: DiffFlags,
  { stdout, stderr, cwd, env, signal }: CliContext,
): Promise<ExitCode> {
  const { runsFolder } = await loadConfig({ flags: { runs: flags.runs, config: flags.config }, env, cwd });
  const folders = [
    await findRun(named[0], { cwd, runsFolder }),
    await findRun(named[1], { cwd, runsFolder }),
  ] as const;
  const first = await scanTrajectory(folders[0].trajectory, { signal });
  const second = await scanTrajectory(folders[1].trajectory, { signal });
  for (const { path, damage } of [first, second]) {
    if (damage === undefined) continue;
    printLine(stderr, `warning: ${path} is damaged at line ${damage.line}: ${damage.reason}`, 'yellow');
  }
  const diff = diffRuns(first, second);
  if (flags.json === true) stdout.write(`${JSON.stringify(diff)}\n`);
  else printDiff(stdout, diff, folders);
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
