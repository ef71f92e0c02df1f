import { relative } from 'node:path';
import { createPool, startTaskRun } from './compose.ts';
import type { Config } from './config/config.ts';
import { loadConfig } from './config/load-config.ts';
import type { ConfigFlags } from './config/settings.ts';
import { CancelledError, InputError } from './errors.ts';
import { AllowedHosts } from './evaluation/downloads/allowed-hosts.ts';
import { Downloads } from './evaluation/downloads/downloads.ts';
import type { BatchFolder } from './evaluation/batch/batch-folder.ts';
import type { TrialRunner } from './evaluation/batch/run-batch.ts';
import type { RunReports } from './evaluation/report/run-reports.ts';
import { Thumbnail } from './evaluation/report/thumbnail.ts';
import type { Suite } from './evaluation/suite/suite-file.ts';
import type { Task } from './evaluation/task/task-file.ts';
import type { Attempt } from './evaluation/task/task-schema.ts';
import { createIdleModel, withLastWords } from './model/last-words.ts';
import { meterModel } from './model/prices/metered-model.ts';
import { createReaderPool } from './model/ocr/reader-pool.ts';
import type { ScreenReader } from './model/ocr/screen-reader.ts';
import { openModel, type OpenModel } from './open-model.ts';
import type { DockerDriver } from './sandbox/docker/docker-driver.ts';
import type { SandboxDriver } from './sandbox/sandbox-driver.ts';

export interface TrialRunnerOptions {
  readonly suite: Suite;
  readonly folder: BatchFolder;
  /** Stays with the caller. */
  readonly driver: DockerDriver;
  /** The desktop image where neither a task nor a setting names one; tasks in a browser want another. */
  readonly image: string | ((config: Config) => Promise<string>);
  readonly flags: ConfigFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** How many desktops are kept ready ahead at most. */
  readonly ready: number;
  /** Written while the next trial is under way. */
  readonly reports: Pick<RunReports, 'add'>;
  readonly allowsHostScripts?: boolean | undefined;
  /** The model that decides where a check asks one, as in `--judge`. */
  readonly judge?: string | undefined;
}

/** The models of `eval check`: what a task says of itself. */
export const REFERENCE = 'reference';
export const COUNTER_EXAMPLE = 'counter-example';

/** Kept ready before it has been seen how fast trials follow each other. */
const FIRST_READY = 2;

/** Does trials on real desktops. A trial gets one that was started ahead where there is one. */
export function createTrialRunner(
  options: TrialRunnerOptions,
): AsyncDisposable & { readonly run: TrialRunner } {
  const { suite, folder } = options;
  const pools = new Pools(options);
  const reader = createReaderPool();
  let downloads: Downloads | undefined;
  const tasks = new Map(suite.tasks.map((task) => [task.id, task]));
  const run: TrialRunner = async (trial, { signal, onEvent, onJudgeCost }) => {
    const task = await tasks.get(trial.task)?.load(trial.number);
    if (task === undefined) throw new InputError('not-found', `The suite has no task ${trial.task}.`);
    const attempt = attemptOf(task, trial.model);
    const config = await configOf(task, trial.model, options);
    await using model = await openTrialModel({ task, attempt, config, env: options.env, reader });
    downloads ??= new Downloads(new AllowedHosts(config.allowDownloads));
    await using judge = await openJudge(options, onJudgeCost);
    const instruction = attempt?.steps ?? task.instruction;
    const thumbnail = new Thumbnail();
    const started = await startTaskRun({
      config,
      task: { ...task, instruction },
      model,
      reader,
      judge,
      driver: pools.of(config),
      downloads,
      signal,
      onEvent: (event) => {
        thumbnail.see(event);
        onEvent(event);
      },
      allowsHostScripts: options.allowsHostScripts === true,
      writesReport: false,
    });
    const stop = (): void => started.run.stop(String(signal.reason));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const result = await started.finished;
      await thumbnail.write(started.folder);
      options.reports.add(started.folder);
      return { result, folder: relative(folder.path, started.folder.path) };
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
  return {
    run: async (trial, runOptions) => {
      if (runOptions.signal.aborted) throw new CancelledError('cancelled', 'Cancelled.');
      return await run(trial, runOptions);
    },
    [Symbol.asyncDispose]: async () => {
      await downloads?.[Symbol.asyncDispose]();
      await pools[Symbol.asyncDispose]();
      await reader[Symbol.asyncDispose]();
    },
  };
}

/** Undefined where a model does the task. */
function attemptOf(task: Task, model: string): Attempt | undefined {
  if (model === REFERENCE) return task.reference;
  if (model === COUNTER_EXAMPLE) return task.counterExample ?? { message: 'Nothing was done.' };
  return undefined;
}

async function configOf(task: Task, model: string, options: TrialRunnerOptions): Promise<Config> {
  const { flags, env, cwd, image: usual, folder } = options;
  const isKnown = model === REFERENCE || model === COUNTER_EXAMPLE;
  const config = await loadConfig({ flags: { ...flags, model: isKnown ? 'local' : model }, env, cwd, task });
  const named = config.sandbox.image;
  const image = named ?? (typeof usual === 'string' ? usual : await usual(config));
  return {
    ...config,
    // Nobody sits there to be asked.
    gate: 'deny',
    sandbox: { ...config.sandbox, image },
    runsFolder: folder.runs,
  };
}

interface TrialModelOptions {
  readonly task: Task;
  readonly attempt: Attempt | undefined;
  readonly config: Config;
  readonly env: TrialRunnerOptions['env'];
  readonly reader: ScreenReader;
}

async function openTrialModel(options: TrialModelOptions): Promise<OpenModel> {
  const { task, attempt, config, env, reader } = options;
  if (attempt === undefined) return await openModel({ config, env, task, reader });
  const { steps, recording, message } = attempt;
  if (steps === undefined && recording === undefined) {
    const client = createIdleModel(message ?? '');
    return { client, costOf: undefined, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
  }
  const name = recording === undefined ? '' : (task.assets.get(recording)?.path ?? recording);
  const model =
    recording === undefined ? config.model : { ...config.model, provider: 'replay' as const, name };
  const instruction = steps ?? task.instruction;
  const opened = await openModel({ config: { ...config, model }, env, reader, task: { instruction } });
  if (message === undefined) return opened;
  return { ...opened, client: withLastWords(opened.client, message) };
}

async function openJudge(
  { judge, flags, env, cwd }: TrialRunnerOptions,
  onCost: (usd: number) => void,
): Promise<OpenModel | undefined> {
  if (judge === undefined) return undefined;
  const config = await loadConfig({ flags: { ...flags, model: judge }, env, cwd });
  const opened = await openModel({ config, env, task: { instruction: '' } });
  const { client, costOf } = opened;
  return costOf === undefined ? opened : { ...opened, client: meterModel(client, costOf, onCost) };
}

/** A pool for each kind of desktop that the tasks of a suite want. */
class Pools implements AsyncDisposable {
  readonly #options: TrialRunnerOptions;
  readonly #pools = new Map<string, SandboxDriver>();

  constructor(options: TrialRunnerOptions) {
    this.#options = options;
  }

  of(config: Config): SandboxDriver {
    const { driver, ready } = this.#options;
    const { image = '' } = config.sandbox;
    if (ready === 0) return driver;
    const kind = JSON.stringify([config.display, config.sandbox]);
    const found = this.#pools.get(kind);
    if (found !== undefined) return found;
    const pool = createPool(driver, config, { image, minimum: Math.min(FIRST_READY, ready), maximum: ready });
    this.#pools.set(kind, pool);
    return pool;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool[Symbol.asyncDispose]()));
  }
}
