import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { checkSuite, type SuiteCheck } from '../../check-suite.ts';
import type { ConfigFlags } from '../../config/settings.ts';
import { loadSuite } from '../../evaluation/suite/suite-file.ts';
import { COUNTER_EXAMPLE } from '../../trial-runner.ts';
import { addConfigFlags } from '../config-flags.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type CliContext, printLine } from '../terminal.ts';
import { addBatchFlags, type BatchFlags, collect } from './batch-flags.ts';
import { openBatch } from './open-batch.ts';

interface CheckFlags extends ConfigFlags, BatchFlags {
  readonly tags?: readonly string[];
  readonly out?: string;
}

/** `deskhand eval check SUITE` */
async function checkCommand(argument: string, flags: CheckFlags, context: CliContext): Promise<ExitCode> {
  const suite = await loadSuite(argument, { cwd: context.cwd });
  await using batch = await openBatch({
    flags,
    context,
    suite,
    readsScreens: true,
    expects: ({ model }) => (model === COUNTER_EXAMPLE ? 'failed' : 'passed'),
  });
  // What is not asked for is kept only where something is wrong.
  const kept = flags.out === undefined ? undefined : resolve(context.cwd, flags.out);
  const folder = kept ?? join(await mkdtemp(join(tmpdir(), 'deskhand-check-')), suite.id);
  const found = await checkSuite({ ...batch.running, suite, tags: flags.tags, folder });
  batch.progress.end();
  const isSound = found.tasks.every(({ problems }) => problems.length === 0) && found.left === 0;
  printCheck(context, found);
  if (isSound && kept === undefined) await rm(join(folder, '..'), { recursive: true, force: true });
  else printLine(context.stdout, `runs: ${found.folder.runs}`);
  if (found.stoppedBy !== undefined) return EXIT.stopped;
  return isSound ? EXIT.done : EXIT.unverified;
}

function printCheck({ stdout }: CliContext, { tasks, left, stoppedBy }: SuiteCheck): void {
  for (const { task, problems, hasReference } of tasks) {
    if (problems.length > 0) printLine(stdout, `✗ ${task}: ${problems.join('; ')}`, 'red');
    else if (hasReference) printLine(stdout, `✔ ${task}`, 'green');
    else
      printLine(stdout, `- ${task} has no reference: only that nothing passes by itself was tried`, 'yellow');
  }
  const sound = tasks.filter(({ problems, hasReference }) => problems.length === 0 && hasReference).length;
  printLine(stdout, `${sound} of ${tasks.length} tasks tell their reference from their counter-example`);
  if (stoppedBy !== undefined)
    printLine(stdout, `stopped: ${stoppedBy.reason}; ${left} attempts are left`, 'red');
}

export function addCheckCommand(
  parent: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  const command = parent
    .command('check')
    .summary('whether the checks of a suite tell success from failure')
    .description(
      'Does every reference, after which the checks must pass, and every counter-example, after which they must fail. ' +
        'Needs no model and no key.',
    )
    .argument('<suite>', 'a suite file, a folder with a suite.yaml, or a task file')
    .option('--tags <tags>', 'only tasks with one of these', collect)
    .option('--out <folder>', 'keep the runs there');
  addConfigFlags(addBatchFlags(command)).action((suite: string, flags: CheckFlags) =>
    finishWith(checkCommand(suite, flags, context)),
  );
}
