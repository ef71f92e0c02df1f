import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { LOCAL_MODEL } from './config/choose-model.ts';
import { loadConfig } from './config/load-config.ts';
import { DownloadError, InputError, StorageError } from './errors.ts';
import {
  type BatchFolder,
  createBatchFolder,
  holdBatch,
  nameBatch,
  toBatchFolder,
} from './evaluation/batch/batch-folder.ts';
import { AllowedHosts, toEntry } from './evaluation/downloads/allowed-hosts.ts';
import { fingerprintOf } from './evaluation/batch/fingerprint.ts';
import { type BatchHeader, Ledger, readLedger } from './evaluation/batch/ledger.ts';
import { type Pair, planTrials, selectTasks, type Shard } from './evaluation/batch/plan.ts';
import { type BatchEnd, type BatchEvent, runBatch } from './evaluation/batch/run-batch.ts';
import { RESULTS_VERSION, type Trial, type TrialRecord } from './evaluation/batch/trial.ts';
import { RunReports } from './evaluation/report/run-reports.ts';
import { type ReportPaths, writeReports } from './evaluation/report/write-reports.ts';
import { loadSuite, type Suite, type SuiteTask } from './evaluation/suite/suite-file.ts';
import type { Task } from './evaluation/task/task-file.ts';
import { createTrialRunner, type TrialRunnerOptions } from './trial-runner.ts';
import { type RunFolder, toRunFolder } from './recording/run-folder.ts';
import { systemProcesses } from './util/process-owner.ts';
import { systemClock } from './util/clock.ts';

type Desktops = Pick<
  TrialRunnerOptions,
  'driver' | 'image' | 'flags' | 'env' | 'cwd' | 'allowsHostScripts' | 'judge'
>;

interface Running extends Desktops {
  readonly parallel: number;
  /** How often a trial is tried again after a failure of the machinery. Default 2. */
  readonly retries?: number | undefined;
  /** What the whole batch may cost, US dollars. */
  readonly budgetUsd?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onPlan?: ((plan: SuitePlan) => void) | undefined;
  readonly onEvent?: ((event: BatchEvent) => void) | undefined;
}

/** What a batch is about to do. */
export interface SuitePlan {
  readonly folder: BatchFolder;
  readonly trials: readonly Trial[];
  /** By trial: what was done before. */
  readonly done: ReadonlyMap<string, TrialRecord>;
}

export interface RunSuiteOptions extends Running {
  readonly suite: Suite;
  /** `openai:gpt-5.4`, `azure:DEPLOYMENT`, `local`. What each task and the settings say where there is none. */
  readonly models?: readonly string[] | ((task: Task) => readonly string[]) | undefined;
  /** How often each task is tried. Default: what the suite says. */
  readonly trials?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly shard?: Shard | undefined;
  /** Where the batch is kept; made anew. Default: a folder below `evals`. */
  readonly folder?: string | undefined;
}

export interface SuiteRun extends Pick<BatchEnd, 'stoppedBy'> {
  readonly folder: BatchFolder;
  readonly header: BatchHeader;
  /** Of all trials that have a result, those of before a resume among them. */
  readonly records: readonly TrialRecord[];
  /** How many trials have no result. */
  readonly left: number;
  readonly reports: ReportPaths;
}

/**
 * Tries every task of a suite and keeps what came of it: a batch that can be resumed after whatever ended it.
 * @throws InputError, StorageError before the first trial
 */
export async function runSuite(options: RunSuiteOptions): Promise<SuiteRun> {
  const { suite, tags = [], shard, cwd } = options;
  const trials = options.trials ?? suite.trials;
  const pairs = await pairsOf(selectTasks(suite, tags), options);
  const path = options.folder ?? join(cwd, 'evals', nameBatch(suite.id, systemClock));
  const folder = await createBatchFolder(path);
  await using _ = await holdBatch(folder, systemProcesses());
  const header: BatchHeader = {
    type: 'batch',
    version: RESULTS_VERSION,
    suite: suite.id,
    suiteFile: suite.path,
    fingerprint: await fingerprintOf(suite),
    pairs: [...pairs],
    trials,
    ...(shard === undefined ? {} : { shard }),
    startedAt: new Date(systemClock.wall()).toISOString(),
  };
  await using ledger = await Ledger.create(folder.ledger, header);
  return await carryOut({ options, suite, folder, header, ledger, done: new Map() });
}

export interface ResumeSuiteOptions extends Running {
  readonly folder: string;
  /** Whether trials whose machinery failed are done again. Default false. */
  readonly repeatsInvalid?: boolean | undefined;
}

/**
 * Goes on with a batch: what has a result is not done again, what was under way when it ended is.
 * @throws InputError when the suite is not the one that the batch was begun with; StorageError
 */
export async function resumeSuite(options: ResumeSuiteOptions): Promise<SuiteRun> {
  const folder = toBatchFolder(options.folder);
  await using _ = await holdBatch(folder, systemProcesses());
  const reading = await readLedger(folder.ledger);
  const { header, records } = reading;
  const suite = await loadSuite(header.suiteFile, { cwd: options.cwd });
  if ((await fingerprintOf(suite)) !== header.fingerprint) {
    throw new InputError('invalid-file', `${header.suiteFile} has changed since the batch was begun.`, {
      hint: 'Results of two versions of a task do not belong together: begin a new batch.',
    });
  }
  const kept = [...records].filter(
    ([, { verdict }]) => options.repeatsInvalid !== true || verdict !== 'invalid',
  );
  await using ledger = await Ledger.reopen(folder.ledger, reading);
  return await carryOut({ options, suite, folder, header, ledger, done: new Map(kept) });
}

interface Batch {
  readonly options: Running;
  readonly suite: Suite;
  readonly folder: BatchFolder;
  readonly header: BatchHeader;
  readonly ledger: Ledger;
  readonly done: ReadonlyMap<string, TrialRecord>;
}

const DEFAULT_RETRIES = 2;

async function carryOut(batch: Batch): Promise<SuiteRun> {
  try {
    return await tryAll(batch);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const { ledger, path } = batch.folder;
    throw new StorageError(error.code, error.message, {
      cause: error,
      details: error.details,
      hint: `What was recorded is safe in ${ledger}. Make room, then: deskhand eval resume ${path} --retry-invalid`,
    });
  }
}

async function tryAll({ options, suite, folder, header, ledger, done }: Batch): Promise<SuiteRun> {
  const { parallel, retries = DEFAULT_RETRIES, budgetUsd, signal, onEvent } = options;
  const plan = planTrials(header.pairs, header);
  const trials = plan.filter(({ id }) => !done.has(id));
  options.onPlan?.({ folder, trials, done });
  const spentUsd = [...done.values()].reduce(
    (sum, { costUsd = 0, judgeCostUsd = 0 }) => sum + costUsd + judgeCostUsd,
    0,
  );
  // Trials that began together may well end together.
  const ready = trials.length > parallel ? parallel : 0;
  await using reports = new RunReports({
    lanes: availableParallelism(),
    onFailure: ({ message }) => onEvent?.({ type: 'warning', message }),
  });
  for (const run of unreported(folder, done)) reports.add(run);
  await using runner = createTrialRunner({ ...options, suite, folder, ready, reports });
  const { records, stoppedBy } = await runBatch({
    trials,
    parallel,
    runTrial: runner.run,
    ledger,
    clock: systemClock,
    retries,
    budgetUsd: budgetUsd === undefined ? undefined : budgetUsd - spentUsd,
    signal,
    onEvent,
  });
  const all = new Map([...done, ...records.map((record) => [record.trial, record] as const)]);
  const everything = [...all.values()];
  return {
    folder,
    header,
    records: everything,
    reports: await writeReports(folder.path, { header, records: everything }),
    left: plan.length - all.size,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
  };
}

/** Runs whose reports were not written yet when the batch was killed. */
function unreported(batch: BatchFolder, done: ReadonlyMap<string, TrialRecord>): readonly RunFolder[] {
  const found: RunFolder[] = [];
  for (const { folder } of done.values()) {
    if (folder === undefined) continue;
    const run = toRunFolder(join(batch.path, folder));
    if (existsSync(run.trajectory) && !existsSync(run.report)) found.push(run);
  }
  return found;
}

/** Every task with every model that tries it; where none is named, with the one of the task or the settings. */
async function pairsOf(
  tasks: readonly SuiteTask[],
  { models, flags, env, cwd }: Pick<RunSuiteOptions, 'models' | 'flags' | 'env' | 'cwd'>,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  const refused = new Set<string>();
  for (const { id: task, load, tags } of tasks) {
    const loaded = await load(1);
    const { model, allowDownloads } = await loadConfig({ flags, env, cwd, task: loaded });
    for (const host of hostsRefused(loaded, allowDownloads)) refused.add(host);
    const usual = model.name === LOCAL_MODEL ? model.provider : `${model.provider}:${model.name}`;
    const names = typeof models === 'function' ? models(loaded) : (models ?? [usual]);
    for (const name of names) pairs.push({ task, model: name, tags: [...tags] });
  }
  if (refused.size > 0) throw refusal([...refused].toSorted());
  return pairs;
}

/** The hosts that a task wants files from and that nobody has allowed. */
function hostsRefused(
  { downloads = [], checkDownloads = [] }: Task,
  allowDownloads: readonly string[],
): readonly string[] {
  const allowed = new AllowedHosts(allowDownloads);
  return [...downloads, ...checkDownloads].flatMap(({ url }) =>
    allowed.includes(url) ? [] : [toEntry(url)],
  );
}

function refusal(hosts: readonly string[]): DownloadError {
  const list = hosts.join(',');
  return new DownloadError(
    'download-refused',
    `The tasks want files from hosts that are not allowed: ${list}.`,
    {
      hint: `Allow them with --allow-download ${list}, or in deskhand.yaml: allowDownloads: [${list}].`,
    },
  );
}
