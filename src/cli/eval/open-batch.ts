import { createDriver } from '../../compose.ts';
import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { ConfigFlags } from '../../config/settings.ts';
import { chooseParallel, type DesktopNeeds, needsOf } from '../../evaluation/batch/parallelism.ts';
import type { Trial, Verdict } from '../../evaluation/batch/trial.ts';
import type { Suite } from '../../evaluation/suite/suite-file.ts';
import type { RunSuiteOptions } from '../../run-suite.ts';
import type { DockerDriver } from '../../sandbox/docker/docker-driver.ts';
import { freeMemory } from '../../sandbox/docker/free-memory.ts';
import { RESUME_GRACE_MS } from '../run-start.ts';
import { provideImage } from '../image.ts';
import type { CliContext } from '../terminal.ts';
import { type BatchFlags, parseCount } from './batch-flags.ts';
import { BatchProgress } from './batch-progress.ts';

type Running = Pick<
  RunSuiteOptions,
  | 'driver'
  | 'image'
  | 'flags'
  | 'env'
  | 'cwd'
  | 'parallel'
  | 'retries'
  | 'signal'
  | 'allowsHostScripts'
  | 'judge'
  | 'onEvent'
  | 'onPlan'
>;

export interface OpenBatch extends AsyncDisposable {
  readonly running: Running;
  readonly progress: BatchProgress;
}

export interface OpenBatchOptions {
  readonly flags: ConfigFlags & BatchFlags;
  readonly context: CliContext;
  readonly suite: Suite;
  /** Whether screens are read on this machine. */
  readonly readsScreens: boolean;
  /** The verdict that is good news. */
  readonly expects?: (trial: Trial) => Verdict;
}

/** What every command needs that runs trials: an engine, an image, and how many desktops at a time. */
export async function openBatch(options: OpenBatchOptions): Promise<OpenBatch> {
  const { flags, context, suite, readsScreens, expects } = options;
  const { cwd, env, signal } = context;
  const retries = parseCount('--retries', flags.retries, 0);
  const config = await loadConfig({ flags, env, cwd });
  const hasBrowser = await wantsBrowser(suite, config);
  const driver = await createDriver(config, { signal });
  try {
    await driver.prune({ signal, graceMs: RESUME_GRACE_MS });
    const image = memoize((needs: Config) => provideImage(driver, needs, context));
    // Said before anything else is: most suites need it.
    if (config.environment !== 'browser') await image(config);
    const parallel = parallelOf(flags.parallel, driver, needsOf({ readsScreens, hasBrowser }));
    const progress = new BatchProgress(context.stderr, { parallel, expects });
    return {
      progress,
      running: {
        driver,
        image,
        flags,
        env,
        cwd,
        parallel,
        retries,
        signal,
        allowsHostScripts: flags.allowHostScripts,
        judge: flags.judge,
        onPlan: (plan) => progress.begin(plan),
        onEvent: (event) => progress.tell(event),
      },
      [Symbol.asyncDispose]: async () => {
        progress.end();
        await driver[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await driver[Symbol.asyncDispose]();
    throw error;
  }
}

/** One build for all tasks that want the same image. */
function memoize(provide: (config: Config) => Promise<string>): (config: Config) => Promise<string> {
  const made = new Map<string, Promise<string>>();
  return async (config) => {
    const kind = config.environment ?? 'linux';
    const found = made.get(kind) ?? provide(config);
    made.set(kind, found);
    return await found;
  };
}

/** With settings alone, or for one of the tasks. */
async function wantsBrowser({ tasks }: Suite, { environment }: Config): Promise<boolean> {
  if (environment === 'browser') return true;
  const loaded = await Promise.all(tasks.map(({ load }) => load(1)));
  return loaded.some((task) => task.environment === 'browser');
}

function parallelOf(text: string, { facts }: DockerDriver, needs: DesktopNeeds): number {
  if (text !== 'auto') return parseCount('--parallel', text, 1);
  return chooseParallel({ cpus: facts.cpus, freeBytes: freeMemory(facts) }, needs);
}
