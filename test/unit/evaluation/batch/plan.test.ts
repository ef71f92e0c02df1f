import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseParallel } from '../../../../src/evaluation/batch/parallelism.ts';
import { type Pair, planTrials } from '../../../../src/evaluation/batch/plan.ts';

const pair = (task: string, model = 'local'): Pair => ({ task, model, tags: [] });
const ids = (...args: Parameters<typeof planTrials>) => planTrials(...args).map(({ id }) => id);

test('every task is tried once before any is tried again', () => {
  expect(ids([pair('a'), pair('b', 'openai:x')], { trials: 2 })).toEqual([
    'a local 1',
    'b openai:x 1',
    'a local 2',
    'b openai:x 2',
  ]);
});

test('shards share out all trials and have none in common', () => {
  const count = fc.integer({ min: 1, max: 7 });
  fc.assert(
    fc.property(count, fc.integer({ min: 1, max: 9 }), count, (tasks, trials, shards) => {
      const pairs = Array.from({ length: tasks }, (_, at) => pair(`t${at}`));
      const parts = Array.from({ length: shards }, (_, at) =>
        ids(pairs, { trials, shard: { index: at + 1, count: shards } }),
      );
      expect(parts.flat().toSorted()).toEqual([...ids(pairs, { trials })].toSorted());
      const sizes = parts.map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

test.each([
  [{ cpus: 2, freeBytes: undefined }, 8],
  [{ cpus: 2, freeBytes: 1.5 * 1024 ** 3 }, 3],
  [{ cpus: 2, freeBytes: 0 }, 1],
  [{ cpus: 64, freeBytes: 8 * 1024 ** 3 }, 25],
])('%o carries %d desktops', (machine, desktops) => {
  expect(chooseParallel(machine, { cpus: 0.25, bytes: 300 * 1024 ** 2 })).toBe(desktops);
});
