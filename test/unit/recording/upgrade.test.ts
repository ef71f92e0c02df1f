import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTrajectory } from '../../../src/recording/reader.ts';
import { upgradeLine } from '../../../src/recording/upgrade.ts';

const FORMAT_1 = join(import.meta.dirname, '../../fixtures/trajectories/format-1.jsonl');

test('a run that was recorded in format 1 is read as one of the present format', async () => {
  const reading = await readTrajectory(FORMAT_1);
  expect(reading.version).toBe(1);
  expect(reading.lines).toHaveLength(23);
  expect(reading.start).toMatchObject({
    version: 2,
    settings: {},
    seeds: {},
    versions: { node: '24.21.0' },
  });
  expect(reading.lines[1]?.event).toMatchObject({ type: 'sandbox-ready', clock: 'real', network: 'none' });
  expect(reading.end).toMatchObject({ outcome: 'completed', verification: 'passed' });
});

test('what has the present format already stays as it is', () => {
  const line = { seq: 0, event: { type: 'run-started', version: 2, settings: { gate: 'deny' } } };
  expect(upgradeLine(line, 2)).toEqual(line);
});

test.each([null, 7, 'text', [], {}, { event: null }, { event: [] }, { event: 'run-started' }])(
  'what is no event stays as it is: %j',
  (json) => {
    expect(upgradeLine(json, 1)).toEqual(json);
  },
);
