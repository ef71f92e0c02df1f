import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import type { ConfigFlags } from '../../config/settings.ts';
import { InputError } from '../../errors.ts';
import { readLedger } from '../../evaluation/batch/ledger.ts';
import { toBatchFolder } from '../../evaluation/batch/batch-folder.ts';
import { loadSuite } from '../../evaluation/suite/suite-file.ts';
import { resumeSuite, runSuite } from '../../run-suite.ts';
import { addConfigFlags } from '../config-flags.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { CliContext } from '../terminal.ts';
import { addBatchFlags, type BatchFlags, collect, parseCount, parseShard } from './batch-flags.ts';
import { finishBatch } from './finish-batch.ts';
import { openBatch } from './open-batch.ts';

interface RunFlags extends ConfigFlags, BatchFlags {
  readonly trials?: string;
  readonly tags?: readonly string[];
  readonly shard?: string;
  readonly out?: string;
  readonly failUnder?: string;
}

/** `deskhand eval run SUITE` */
async function runCommand(argument: string, flags: RunFlags, context: CliContext): Promise<ExitCode> {
  const { cwd } = context;
  const failUnder = parsePercent(flags.failUnder);
  const trials = flags.trials === undefined ? undefined : parseCount('--trials', flags.trials, 1);
  const shard = flags.shard === undefined ? undefined : parseShard(flags.shard);
  const suite = await loadSuite(argument, { cwd });
  const { model, ...settings } = flags;
  const models = model === undefined ? undefined : collect(model);
  const { limits } = await loadConfig({ flags: { budgetUsd: flags.budgetUsd }, env: {}, cwd });
  const usual = await loadConfig({ flags: settings, env: context.env, cwd });
  const readsScreens = (models ?? [usual.model.provider]).every((name) => name.startsWith('local'));
  await using batch = await openBatch({ flags: settings, context, suite, readsScreens });
  const run = await runSuite({
    ...batch.running,
    suite,
    models,
    trials,
    tags: flags.tags,
    shard,
    budgetUsd: flags.budgetUsd === undefined ? undefined : limits.budgetUsd,
    folder: flags.out === undefined ? undefined : resolve(cwd, flags.out),
  });
  batch.progress.end();
  return finishBatch(context, run, { failUnder });
}

interface ResumeFlags extends ConfigFlags, BatchFlags {
  readonly retryInvalid?: boolean;
  readonly failUnder?: string;
}

/** `deskhand eval resume FOLDER` */
async function resumeCommand(argument: string, flags: ResumeFlags, context: CliContext): Promise<ExitCode> {
  const failUnder = parsePercent(flags.failUnder);
  const folder = resolve(context.cwd, argument);
  // A mistake in the folder is told before an engine is asked for.
  const { header } = await readLedger(toBatchFolder(folder).ledger);
  const suite = await loadSuite(header.suiteFile, { cwd: context.cwd });
  const readsScreens = header.pairs.every(({ model }) => model.startsWith('local'));
  await using batch = await openBatch({ flags, context, suite, readsScreens });
  const run = await resumeSuite({ ...batch.running, folder, repeatsInvalid: flags.retryInvalid });
  batch.progress.end();
  return finishBatch(context, run, { failUnder });
}

function parsePercent(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const percent = Number(text.replace(/%$/, '') || NaN);
  if (percent >= 0 && percent <= 100) return percent / 100;
  throw new InputError('invalid-option', `--fail-under: expected a percentage from 0 to 100; has "${text}"`);
}

type FinishWith = (code: Promise<ExitCode>) => Promise<void>;

export function addEvalRunCommands(parent: Command, finishWith: FinishWith, context: CliContext): void {
  const run = parent
    .command('run')
    .summary('try every task of a suite')
    .description(
      'Tries every task of a suite, so many at a time, and writes results, numbers and reports. --model takes several, with ' +
        'commas between; --budget-usd is for the whole batch.',
    )
    .argument('<suite>', 'a suite file, a folder with a suite.yaml, or a task file')
    .option('--trials <number>', 'how often each task is tried (default: what the suite says, else 1)')
    .option('--tags <tags>', 'only tasks with one of these', collect)
    .option('--shard <index/count>', 'only this part of the trials, for several machines')
    .option('--out <folder>', 'where the batch is kept (default: a new folder below evals)')
    .option('--fail-under <percent>', 'exit with 1 when the pass rate is lower');
  addConfigFlags(addBatchFlags(run)).action((suite: string, flags: RunFlags) =>
    finishWith(runCommand(suite, flags, context)),
  );
  const resume = parent
    .command('resume')
    .summary('go on with a batch that was stopped or killed')
    .description('Goes on with a batch: what has a result is not done again, what was under way is.')
    .argument('<folder>', 'of the batch')
    .option('--retry-invalid', 'do trials again whose machinery failed')
    .option('--fail-under <percent>', 'exit with 1 when the pass rate is lower');
  addConfigFlags(addBatchFlags(resume)).action((folder: string, flags: ResumeFlags) =>
    finishWith(resumeCommand(folder, flags, context)),
  );
}
