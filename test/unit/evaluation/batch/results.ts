import type { RunResult } from '../../../../src/agent/run.ts';
import type { Trial, TrialRecord } from '../../../../src/evaluation/batch/trial.ts';
import { NO_USAGE } from '../../../../src/model/usage.ts';

/** A run that was verified. */
export function result(change: Partial<RunResult> = {}): RunResult {
  return {
    runId: 'run',
    outcome: 'completed',
    reason: 'The model says that the task is done.',
    verification: 'passed',
    turns: 2,
    steps: 3,
    usage: NO_USAGE,
    checks: [{ name: 'file /a', result: 'passed', detail: 'fine', score: 1, weight: 1, durationMs: 1 }],
    times: {
      provisioning: 1,
      model: 2,
      gate: 0,
      act: 3,
      settle: 4,
      checks: 5,
      disposing: 6,
      total: 21,
    },
    ...change,
  };
}

export function trial(task: string, number = 1, model = 'local'): Trial {
  return { id: `${task} ${model} ${number}`, task, model, number, tags: ['all'] };
}

export function record(of: Trial, change: Partial<TrialRecord> = {}): TrialRecord {
  return {
    trial: of.id,
    task: of.task,
    model: of.model,
    number: of.number,
    tags: [...of.tags],
    verdict: 'passed',
    reason: 'All checks passed.',
    score: 1,
    outcome: 'completed',
    checks: [],
    turns: 2,
    steps: 3,
    usage: { ...NO_USAGE },
    times: { total: 1000 },
    failures: [],
    folder: 'runs/r',
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:01.000Z',
    ...change,
  };
}
