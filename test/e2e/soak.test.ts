import { expect, it } from 'vitest';
import { soakKills } from '../soak/kills.ts';
import { soakRow } from '../soak/row.ts';

const NOTHING = { containers: [], folders: [], processes: [] };

it('leaves nothing and repeats nothing when runs are killed at random and resumed', async () => {
  const figures = await soakKills({ forMs: 0, kills: 8, atOnce: 2, atMostMs: 60_000 });
  expect(figures).toMatchObject({ repeatedActions: 0, leaked: NOTHING });
  expect(figures.killsWithin).toBeGreaterThan(0);
});

it('keeps its file descriptors while it does one run after the other', async () => {
  const { outcomes, samples } = await soakRow({ runs: 6, every: 2 });
  expect(outcomes).toEqual({ completed: 6 });
  const [first = 0, ...later] = samples.map(({ descriptors }) => descriptors);
  expect(Math.max(...later) - first).toBeLessThanOrEqual(3);
});
