import { expect, test } from 'vitest';
import { ModelError, SandboxError, StorageError } from '../../../../src/errors.ts';
import {
  type BatchEvent,
  type BatchOptions,
  runBatch,
  type TrialRunner,
} from '../../../../src/evaluation/batch/run-batch.ts';
import type { TrajectoryEvent } from '../../../../src/recording/trajectory.ts';
import { NO_USAGE } from '../../../../src/model/usage.ts';
import { SkippingClock } from '../../../../src/testing/skipping-clock.ts';
import { result, trial } from './results.ts';

type Line = Parameters<BatchOptions['ledger']['append']>[0];

class MemoryLedger {
  readonly lines: Line[] = [];
  unwritten = 0;

  append(line: Line): Promise<void> {
    this.lines.push(line);
    return Promise.resolve();
  }

  flush(): Promise<void> {
    this.unwritten = 0;
    return Promise.resolve();
  }
}

function batch(runTrial: TrialRunner, extra: Partial<BatchOptions> = {}) {
  const ledger = new MemoryLedger();
  const events: BatchEvent[] = [];
  const end = runBatch({
    trials: [trial('a'), trial('b'), trial('c')],
    parallel: 1,
    runTrial,
    ledger,
    clock: new SkippingClock(),
    retries: 2,
    onEvent: (event) => void events.push(event),
    ...extra,
  });
  return { ledger, events, end };
}

const done = { result: result(), folder: 'runs/r' };

test('every trial is recorded as begun and as ended', async () => {
  const { ledger, end } = batch(async () => await Promise.resolve(done));
  const { records, stoppedBy } = await end;
  expect(stoppedBy).toBeUndefined();
  expect(records.map(({ task, verdict }) => `${task} ${verdict}`)).toEqual([
    'a passed',
    'b passed',
    'c passed',
  ]);
  const lines = ledger.lines.map((line) =>
    line.type === 'finished' ? `end ${line.record.task}` : line.type,
  );
  expect(lines).toEqual(['started', 'end a', 'started', 'end b', 'started', 'end c']);
});

test('so many run at a time, and never more', async () => {
  let running = 0;
  let most = 0;
  const gates = Array.from({ length: 6 }, () => Promise.withResolvers<void>());
  const begun: string[] = [];
  const { end } = batch(
    async ({ task }) => {
      begun.push(task);
      most = Math.max(most, ++running);
      await gates[begun.length - 1]?.promise;
      running -= 1;
      return done;
    },
    { parallel: 2, trials: ['a', 'b', 'c', 'd', 'e', 'f'].map((task) => trial(task)) },
  );
  for (const gate of gates) gate.resolve();
  expect((await end).records).toHaveLength(6);
  expect(most).toBe(2);
});

test('a failure of the machinery is tried again and counted apart', async () => {
  let attempts = 0;
  const { end, events } = batch(
    async () => {
      attempts += 1;
      if (attempts < 3) throw new SandboxError('sandbox-died', `died ${attempts}`);
      return await Promise.resolve(done);
    },
    { trials: [trial('a')] },
  );
  const [only] = (await end).records;
  expect(only).toMatchObject({
    verdict: 'passed',
    failures: [
      { code: 'sandbox-died', message: 'died 1' },
      { code: 'sandbox-died', message: 'died 2' },
    ],
  });
  expect(events.filter(({ type }) => type === 'trial-retried')).toHaveLength(2);
});

test('one that fails every time is invalid, and the others go on', async () => {
  const { end } = batch(async ({ task }) => {
    if (task === 'b') throw new SandboxError('sandbox-start-failed', 'no room');
    return await Promise.resolve(done);
  });
  const { records } = await end;
  expect(records.map(({ verdict, failures }) => [verdict, failures.length])).toEqual([
    ['passed', 0],
    ['invalid', 2],
    ['passed', 0],
  ]);
});

test('what a model failed at is not tried again', async () => {
  let attempts = 0;
  const { end } = batch(
    async () => {
      attempts += 1;
      return await Promise.resolve({
        ...done,
        result: result({ outcome: 'limit-reached', reason: 'The limit of 100 turns is reached.' }),
      });
    },
    { trials: [trial('a')] },
  );
  expect((await end).records).toMatchObject([{ verdict: 'failed', score: 0 }]);
  expect(attempts).toBe(1);
});

test('what every other trial would meet ends the batch at once', async () => {
  const error = new ModelError('model-authentication', 'The key is wrong.');
  const { end } = batch(async () => await Promise.reject(error));
  expect(await end).toEqual({ records: [], stoppedBy: { reason: 'The key is wrong.', error } });
});

test('a stop ends what runs, records nothing of it and begins nothing more', async () => {
  const stop = new AbortController();
  const { end, ledger } = batch(
    async ({ task }, { signal }) => {
      if (task === 'a') return done;
      stop.abort('stopped by SIGINT');
      expect(signal.aborted).toBe(true);
      return await Promise.resolve({ ...done, result: result({ outcome: 'stopped' }) });
    },
    { signal: stop.signal },
  );
  expect(await end).toMatchObject({ records: [{ task: 'a' }], stoppedBy: { reason: 'stopped by SIGINT' } });
  expect(ledger.lines.map(({ type }) => type)).toEqual(['started', 'finished', 'started']);
});

/** An answer of a model, at its price. */
function response(total: number): TrajectoryEvent {
  return {
    type: 'response',
    turn: 1,
    responseId: 'r',
    status: 'completed',
    items: [],
    usage: { ...NO_USAGE },
    costUsd: { total, input: total, cachedInput: 0, output: 0 },
    durationMs: 1,
  };
}

test('what attempts that failed have cost is in the record too', async () => {
  let attempts = 0;
  const { end } = batch(
    async (_trial, { onEvent, onJudgeCost }) => {
      attempts += 1;
      onEvent(response(0.5));
      onJudgeCost(0.25);
      if (attempts < 3) throw new SandboxError('sandbox-died', 'gone');
      return await Promise.resolve(done);
    },
    { trials: [trial('a')] },
  );
  expect((await end).records).toMatchObject([{ verdict: 'passed', costUsd: 1.5, judgeCostUsd: 0.75 }]);
});

test('the budget of all trials together ends the batch with the response that meets it', async () => {
  const { end } = batch(
    async (_trial, { signal, onEvent }) => {
      onEvent(response(0.4));
      return await Promise.resolve(
        signal.aborted ? { ...done, result: result({ outcome: 'stopped' }) } : done,
      );
    },
    { budgetUsd: 0.75 },
  );
  expect(await end).toMatchObject({
    records: [{ task: 'a' }],
    stoppedBy: { reason: 'The budget of 0.75 $ is spent.' },
  });
});

test('what the judge costs is kept apart, and counts in the budget', async () => {
  const { end } = batch(
    async (_trial, { signal, onJudgeCost }) => {
      onJudgeCost(0.25);
      onJudgeCost(0.25);
      return await Promise.resolve(
        signal.aborted ? { ...done, result: result({ outcome: 'stopped' }) } : done,
      );
    },
    { budgetUsd: 0.75 },
  );
  const { records, stoppedBy } = await end;
  expect(records).toMatchObject([{ task: 'a', judgeCostUsd: 0.5 }]);
  expect(records[0]?.costUsd).toBe(done.result.costUsd?.total);
  expect(stoppedBy).toEqual({ reason: 'The budget of 0.75 $ is spent.' });
});

test('a disk that fills is told, and the batch goes on', async () => {
  const { end, events } = batch(async () => await Promise.resolve(done), {
    ledger: {
      unwritten: 0,
      append: async () => await Promise.reject(new StorageError('disk-full', 'The disk is full.')),
      flush: async () => await Promise.resolve(),
    },
  });
  expect((await end).records).toHaveLength(3);
  expect(events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))[0]).toBe(
    'The disk is full. The batch goes on and tries again.',
  );
});
