import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ledger, readLedger } from '../../src/evaluation/batch/ledger.ts';
import type { Pair } from '../../src/evaluation/batch/plan.ts';
import { planTrials } from '../../src/evaluation/batch/plan.ts';
import type { Trial, TrialRecord } from '../../src/evaluation/batch/trial.ts';
import { writeReports } from '../../src/evaluation/report/write-reports.ts';
import { NO_USAGE } from '../../src/model/usage.ts';
import { inFolder } from './in-folder.ts';
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

export async function benchLedger(): Promise<unknown> {
  return await inFolder(measureLedger);
}
