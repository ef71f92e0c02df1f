import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadTaskFile } from '../../../src/evaluation/task-file.ts';

const FOLDER = join(import.meta.dirname, '../../../examples');
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

test('there is the demo and at least five more', () => {
  expect(files).toContain('poem.yaml');
  expect(files.length).toBeGreaterThanOrEqual(6);
});

test.each(files)('%s is a valid task with checks, and its id is its name', async (name) => {
  const task = await loadTaskFile(join(FOLDER, name), { name });
  expect(`${task.id}.yaml`).toBe(name);
  expect(task.checks.length).toBeGreaterThan(0);
});
