import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadTaskFile } from '../../../../src/evaluation/task/task-file.ts';
import { parseSteps } from '../../../../src/model/local/parse-steps.ts';

const FOLDER = join(import.meta.dirname, '../../../../examples');
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

test('there is the demo and at least five more', () => {
  expect(files).toContain('poem.yaml');
  expect(files.length).toBeGreaterThanOrEqual(6);
});

test.each(files)(
  '%s is a valid task of the local model with checks, and its id is its name',
  async (name) => {
    const task = await loadTaskFile(join(FOLDER, name), { name });
    expect(`${task.id}.yaml`).toBe(name);
    expect(task.checks.length).toBeGreaterThan(0);
    expect(parseSteps(task.instruction).length).toBeGreaterThan(3);
  },
);
