import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { countSteps, loadShippedSuite, SUITE_PAGE, suitePage } from './shipped-suite.ts';

const CATEGORIES = [
  'files',
  'editor',
  'terminal',
  'settings',
  'calculator',
  'pictures',
  'archive',
  'browser',
  'multi',
];
/** So that every value that a parameter can have is likely to be looked at. */
const SEEDS = [1, 2, 3, 4, 5, 6];

const { tasks } = await loadShippedSuite();

test('the suite has at least 40 tasks, of every category', () => {
  expect(tasks.length).toBeGreaterThanOrEqual(40);
  const tags = new Set(tasks.flatMap((task) => task.tags));
  expect(CATEGORIES.filter((category) => !tags.has(category))).toEqual([]);
});

describe.each(tasks)('$id', ({ load }) => {
  test('has checks, and a reference and a counter-example that the local model understands', async () => {
    for (const seed of SEEDS) {
      const { title, checks, reference, counterExample } = await load(seed);
      expect(title).not.toBe(undefined);
      expect(checks.length).toBeGreaterThan(0);
      expect(countSteps(reference?.steps)).toBeGreaterThan(0);
      expect(countSteps(counterExample?.steps) > 0 || counterExample?.message !== undefined).toBe(true);
    }
  });
});

test('its page lists its tasks', async () => {
  const expected = await suitePage();
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(SUITE_PAGE, expected);
  const page = await readFile(SUITE_PAGE, 'utf8');
  expect(page, 'run UPDATE_DOCS=1 npx vitest run test/unit/evaluation/suite/shipped-suite').toBe(expected);
});
