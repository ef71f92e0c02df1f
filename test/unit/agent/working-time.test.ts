import { expect, it } from 'vitest';
import { WorkingTime } from '../../../src/agent/working-time.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

function started(limitMs: number) {
  const clock = new ManualClock();
  const time = new WorkingTime(clock);
  const over = new AbortController();
  let isReached = false;
  const reached = time.reached(limitMs, { signal: over.signal }).then(() => {
    isReached = true;
  });
  return { clock, time, over, reached, isReached: () => isReached };
}

it('is reached when the limit has been worked', async () => {
  const { clock, reached, isReached } = started(1000);
  await clock.advance(999);
  expect(isReached()).toBe(false);
  await clock.advance(1);
  await reached;
});

it('stands still while it is held, by however many', async () => {
  const { clock, time, reached, isReached } = started(1000);
  await clock.advance(600);
  const releases = [time.hold(), time.hold()];
  await clock.advance(50_000);
  releases[0]?.();
  await clock.advance(50_000);
  expect([time.ms, isReached()]).toEqual([600, false]);
  releases[1]?.();
  await clock.advance(399);
  expect([time.ms, isReached()]).toEqual([999, false]);
  await clock.advance(1);
  await reached;
});

it('ends with its signal, held or not', async () => {
  const { over, time, reached } = started(1000);
  time.hold();
  over.abort(new Error('stopped'));
  await expect(reached).rejects.toThrow('stopped');
});
