import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createDriver, createPool, startTaskRun } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { runBatch } from '../../src/evaluation/batch/run-batch.ts';
import { Ledger, readLedger } from '../../src/evaluation/batch/ledger.ts';
import type { Pair } from '../../src/evaluation/batch/plan.ts';
import { planTrials } from '../../src/evaluation/batch/plan.ts';
import type { Trial, TrialRecord } from '../../src/evaluation/batch/trial.ts';
import { writeReports } from '../../src/evaluation/report/write-reports.ts';
import { toTask } from '../../src/evaluation/task/task-file.ts';
import { NO_USAGE } from '../../src/model/usage.ts';
import { ensureImage } from '../../src/sandbox/docker/image/desktop-image.ts';
import { ScriptedModel, type ScriptedTurn } from '../../src/testing/scripted-model.ts';
import { systemClock } from '../../src/util/clock.ts';
import { timed } from './statistics.ts';

const TASKS = 50;
const SIMULATED = 10_000;
const AT = '2026-01-01T00:00:00.000Z';

/** A ledger of 10,000 trials: how long it takes to go on from it, and to write all reports, and the memory of both. */
async function measureLedger(folder: string): Promise<unknown> {
  const path = join(folder, 'ledger.jsonl');
  const pairs = Array.from({ length: TASKS }, (_, at): Pair => ({ task: `t${at}`, model: 'm', tags: ['x'] }));
  const plan = planTrials(pairs, { trials: SIMULATED / TASKS });
  {
    await using ledger = await Ledger.create(path, {
      type: 'batch',
      version: 1,
      suite: 'simulated',
      suiteFile: '/simulated',
      fingerprint: 'f',
      pairs,
      trials: SIMULATED / TASKS,
      startedAt: AT,
    });
    await Promise.all(
      plan.map((trial, at) => ledger.append({ type: 'finished', record: simulate(trial, at) })),
    );
  }
  const resumeMs = await timed(async () => {
    const reading = await readLedger(path);
    await using _ = await Ledger.reopen(path, reading);
    planTrials(reading.header.pairs, reading.header).filter(({ id }) => !reading.records.has(id));
  });
  const { header, records } = await readLedger(path);
  const reportMs = await timed(() => writeReports(folder, { header, records: [...records.values()] }));
  const peak = /VmHWM:\s+(\d+)/.exec(await readFile('/proc/self/status', 'utf8'))?.[1];
  return { trials: SIMULATED, resumeMs, reportMs, peakMemoryMB: Math.round(Number(peak) / 1024) };
}

function simulate({ id, task, model, number, tags }: Trial, at: number): TrialRecord {
  const isPassed = at % 3 !== 0;
  return {
    trial: id,
    task,
    model,
    number,
    tags: [...tags],
    verdict: isPassed ? 'passed' : 'failed',
    reason: isPassed
      ? 'All checks passed.'
      : `file /home/user/a.txt: ${'expected it to be otherwise; '.repeat(5)}`,
    score: isPassed ? 1 : 0.5,
    outcome: 'completed',
    checks: [{ name: 'file', result: isPassed ? 'passed' : 'failed', detail: 'x'.repeat(200), score: 1 }],
    turns: at % 20,
    steps: at % 40,
    usage: { ...NO_USAGE },
    costUsd: 0.1,
    times: { provisioning: 30, model: 20_000, act: 900, settle: 3000, total: 20_000 + (at % 7000) },
    failures: [],
    folder: `runs/${at}`,
    startedAt: AT,
    finishedAt: AT,
  };
}

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

/** Trials with a model of fixed latency on real desktops: the throughput against that of the model alone. */
async function measureScale(folder: string): Promise<unknown> {
  const config = await loadConfig({ flags: { runs: join(folder, 'runs') }, env: {}, cwd: folder });
  await using driver = await createDriver(config);
  const { reference: image } = await ensureImage(driver.engine);
  const pinned = { ...config, sandbox: { ...config.sandbox, image } };
  const rows: unknown[] = [];
  for (const parallel of PARALLEL) {
    const trials = planTrials([{ task: 't', model: 'm', tags: [] }], { trials: TRIALS_EACH * parallel });
    await using pool = createPool(driver, pinned, { image, minimum: 2, maximum: 2 });
    // A batch is long: what it starts with is not what it runs with.
    while (pool.readyCount < 2) await delay(100);
    const cpuBefore = process.cpuUsage();
    const machineBefore = await readMachine();
    const startedAt = performance.now();
    const { records } = await runBatch({
      trials,
      parallel,
      runTrial: async (_trial, { onEvent }) => {
        const client = createSlowModel();
        const model = {
          client,
          costOf: undefined,
          [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
        };
        const run = await startTaskRun({ config: pinned, task: toTask('x'), model, driver: pool, onEvent });
        return { result: await run.finished, folder: 'runs' };
      },
      ledger: { append: () => Promise.resolve(), flush: () => Promise.resolve(), unwritten: 0 },
      clock: systemClock,
      retries: 0,
    });
    const tookMs = performance.now() - startedAt;
    const cpu = process.cpuUsage(cpuBefore);
    const machine = await readMachine();
    const idealMs = (trials.length / parallel) * (ACTING_TURNS + 1) * LATENCY_MS;
    rows.push({
      parallel,
      trials: trials.length,
      ended: records.length,
      tookMs: Math.round(tookMs),
      idealMs,
      ofIdeal: Math.round((idealMs / tookMs) * 100) / 100,
      ownCpus: Math.round(((cpu.user + cpu.system) / 1000 / tookMs) * 100) / 100,
      machineBusy:
        Math.round(((machine.busy - machineBefore.busy) / (machine.all - machineBefore.all)) * 100) / 100,
      settleMs: Math.round(
        records.reduce((sum, { times }) => sum + (times['settle'] ?? 0), 0) / records.length,
      ),
      startMs: Math.round(
        records.reduce((sum, { times }) => sum + (times['provisioning'] ?? 0), 0) / records.length,
      ),
    });
    console.log(JSON.stringify(rows.at(-1)));
  }
  return { latencyMs: LATENCY_MS, turns: ACTING_TURNS + 1, rows };
}

/** Jiffies of all processors together, whoever used them (proc(5)). */
async function readMachine(): Promise<{ readonly busy: number; readonly all: number }> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const values = line.split(/\s+/).slice(1).map(Number);
  const all = values.reduce((sum, value) => sum + value, 0);
  return { all, busy: all - (values[3] ?? 0) - (values[4] ?? 0) };
}

async function inFolder(act: (folder: string) => Promise<unknown>): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'deskhand-bench-'));
  try {
    return await act(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function benchLedger(): Promise<unknown> {
  return await inFolder(measureLedger);
}

export async function benchScale(): Promise<unknown> {
  return await inFolder(measureScale);
}
