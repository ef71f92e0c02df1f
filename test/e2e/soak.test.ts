import { expect, it } from 'vitest';
import { soakKills } from '../soak/kills.ts';
import { soakRow } from '../soak/row.ts';

const NOTHING = { containers: [], folders: [], processes: [] };

it('leaves nothing and repeats nothing when runs are killed at random and resumed', async () => {
  const figures = await soakKills({ forMs: 45_000, kills: 8, atOnce: 2 });
  expect(figures).toMatchObject({ repeatedActions: 0, leaked: NOTHING });
  expect(figures.runs).toBeGreaterThan(0);
});

it('keeps its file descriptors while it does one run after the other', async () => {
  const { outcomes, descriptors } = await soakRow({ runs: 6, every: 2 });
  expect(outcomes).toEqual({ completed: 6 });
  const [first = 0] = descriptors;
  expect(Math.max(...descriptors) - first).toBeLessThanOrEqual(3);
});
