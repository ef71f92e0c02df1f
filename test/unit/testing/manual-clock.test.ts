import { expect, test } from 'vitest';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

test('wakes sleeps in the order of their times, each at its own time', async () => {
  const clock = new ManualClock({ wallMs: 1000 });
  const woken: [string, number, number][] = [];
  const sleep = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms);
    woken.push([name, clock.now(), clock.wall()]);
    if (name === 'first') await sleep('after first', 5);
  };
  void sleep('second', 20);
  void sleep('first', 10);
  void sleep('late', 100);
  await clock.advance(30);
  expect(woken).toEqual([
    ['first', 10, 1010],
    ['after first', 15, 1015],
    ['second', 20, 1020],
  ]);
  expect([clock.now(), clock.sleeping]).toEqual([30, 1]);
});

test('rejects a sleep with the reason of the abort and forgets it', async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const sleep = clock.sleep(10, { signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(sleep).rejects.toThrow('enough');
  expect(clock.sleeping).toBe(0);
  await expect(clock.sleep(1, { signal: stop.signal })).rejects.toThrow('enough');
});

test('runs work to its end without real time', async () => {
  const clock = new ManualClock();
  const work = async (): Promise<number> => {
    for (let i = 0; i < 100; i++) await clock.sleep(60_000);
    return clock.now();
  };
  await expect(clock.run(work(), { stepMs: 60_000, limitMs: 6_000_000 })).resolves.toBe(6_000_000);
  await expect(clock.run(new Promise<never>(() => {}), { limitMs: 100 })).rejects.toThrow(
    'not done after 100 ms',
  );
});
