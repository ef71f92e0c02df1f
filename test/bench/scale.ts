import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createDriver, createPool, startTaskRun } from '../../src/compose.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { planTrials } from '../../src/evaluation/batch/plan.ts';
import { type BatchEnd, runBatch, type TrialRunner } from '../../src/evaluation/batch/run-batch.ts';
import { RunReports } from '../../src/evaluation/report/run-reports.ts';
import { toTask } from '../../src/evaluation/task/task-file.ts';
import type { DockerDriver } from '../../src/sandbox/docker/docker-driver.ts';
import { ensureImage } from '../../src/sandbox/docker/image/desktop-image.ts';
import type { WarmPool } from '../../src/sandbox/pool/warm-pool.ts';
import { ScriptedModel, type ScriptedTurn } from '../../src/testing/scripted-model.ts';
import { systemClock } from '../../src/util/clock.ts';
import { inFolder } from './in-folder.ts';
import { type Load, measureLoad, round } from './machine-load.ts';
import { timed } from './statistics.ts';

const LATENCY_MS = 4_000;
const ACTING_TURNS = 4;
const PARALLEL = [1, 2, 4, 8, 16];
const TRIALS_EACH = 3;

/** A model that answers after a fixed time: it clicks four times and says that it is done. */
function createSlowModel(): ScriptedModel {
  const after = (turn: ScriptedTurn) => async (): Promise<ScriptedTurn> => {
    await delay(LATENCY_MS);
    return turn;
  };
  const clicks = Array.from({ length: ACTING_TURNS }, (_, at) =>
    after({
      items: [
        {
          type: 'computer_call' as const,
          callId: `c${at}`,
          status: 'completed' as const,
          actions: [{ type: 'click', button: 'left', x: 600 + 20 * at, y: 500 }],
          pendingSafetyChecks: [],
        },
      ],
    }),
  );
  return new ScriptedModel([...clicks, after({ items: [{ type: 'message', text: 'Done.' }] })]);
}

export interface BatchLoad extends Load {
  readonly parallel: number;
  readonly trials: number;
  readonly completed: number;
  readonly idealMs: number;
  readonly ofIdeal: number;
  /** Until as many desktops were ready as there are trials at a time. */
  readonly firstMs: number;
  readonly cpuSecondsEach: number;
  readonly startMs: number;
  readonly settleMs: number;
  readonly disposingMs: number;
}

function runWith(config: Config, driver: WarmPool, reports: RunReports): TrialRunner {
  return async (_trial, { onEvent }) => {
    const client = createSlowModel();
    const model = { client, costOf: undefined, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
    const run = await startTaskRun({
      config,
      task: toTask('x'),
      model,
      driver,
      onEvent,
      writesReport: false,
    });
    const result = await run.finished;
    reports.add(run.folder);
    return { result, folder: 'runs' };
  };
}

/** Trials with a model of fixed latency on real desktops: the throughput against that of the model alone. */
export async function benchScale(): Promise<unknown> {
  return await inFolder(async (folder) => {
    const config = await loadConfig({ flags: { runs: join(folder, 'runs') }, env: {}, cwd: folder });
    await using driver = await createDriver(config);
    const { reference: image } = await ensureImage(driver.engine);
    const rows: unknown[] = [];
    for (const parallel of PARALLEL) {
      const row = await measureBatch(parallel, driver, { ...config, sandbox: { ...config.sandbox, image } });
      console.log(JSON.stringify(row));
      rows.push(row);
    }
    return { latencyMs: LATENCY_MS, turns: ACTING_TURNS + 1, rows };
  });
}

/** Of trials, so many at a time, of a configuration that names its image. */
export async function measureBatch(
  parallel: number,
  driver: DockerDriver,
  config: Config,
): Promise<BatchLoad> {
  const { image = '' } = config.sandbox;
  await using pool = createPool(driver, config, { image, minimum: parallel, maximum: parallel });
  await using reports = new RunReports({
    lanes: availableParallelism(),
    onFailure: (error) => console.error(error),
  });
  // A batch waits for its first desktops once, and is long: that is told by itself.
  const firstMs = await timed(async () => {
    while (pool.readyCount < parallel) await delay(50);
  });
  const trials = planTrials([{ task: 't', model: 'm', tags: [] }], { trials: TRIALS_EACH * parallel });
  let end: BatchEnd = { records: [] };
  const load = await measureLoad(async () => {
    end = await runBatch({
      trials,
      parallel,
      runTrial: runWith(config, pool, reports),
      ledger: { append: () => Promise.resolve(), flush: () => Promise.resolve(), unwritten: 0 },
      clock: systemClock,
      retries: 0,
    });
  });
  const idealMs = (trials.length / parallel) * (ACTING_TURNS + 1) * LATENCY_MS;
  return {
    parallel,
    trials: trials.length,
    completed: end.records.filter(({ outcome }) => outcome === 'completed').length,
    idealMs,
    ofIdeal: round(idealMs / load.tookMs),
    firstMs: Math.round(firstMs),
    ...load,
    cpuSecondsEach: round((load.cpus * load.tookMs) / 1000 / trials.length),
    startMs: meanOf(end, 'provisioning'),
    settleMs: meanOf(end, 'settle'),
    disposingMs: meanOf(end, 'disposing'),
  };
}

/** Of all trials, ms. */
function meanOf({ records }: BatchEnd, phase: string): number {
  return Math.round(records.reduce((sum, { times }) => sum + (times[phase] ?? 0), 0) / records.length);
}
