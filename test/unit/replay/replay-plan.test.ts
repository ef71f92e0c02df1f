import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTrajectory, scanTrajectory } from '../../../src/recording/reader.ts';
import { checkRange, secretsTypedIn, toReplayPlan } from '../../../src/replay/replay-plan.ts';

const FORMAT_1 = join(import.meta.dirname, '../../fixtures/trajectories/format-1.jsonl');

test('a real run gives its actions, each with the screen that it was done on', async () => {
  const reading = await readTrajectory(FORMAT_1);
  const plan = toReplayPlan(reading);
  expect(plan.steps.map(({ step, description }) => [step, description])).toEqual(
    reading.lines.flatMap(({ event }) => (event.type === 'step' ? [[event.step, event.description]] : [])),
  );
  expect(plan.steps[0]?.before).toBe(plan.sandbox.frame);
  const frames = reading.lines.flatMap(({ event }) => (event.type === 'step' ? [event.frame] : []));
  expect(plan.steps.slice(1).map(({ before }) => before)).toEqual(frames.slice(0, -1));
  expect(plan.last).toBe(frames.at(-1));
  const times = plan.steps.map(({ atMs }) => atMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('the clock starts when that of the run did, or at the time that it was given', async () => {
  const reading = await readTrajectory(FORMAT_1);
  expect(toReplayPlan(reading).clock).toBe(reading.lines[0]?.at);
  const given = '2026-01-15T09:00:00.000Z';
  const lines = reading.lines.map((line) =>
    line.event.type === 'sandbox-ready' ? { ...line, event: { ...line.event, clock: given } } : line,
  );
  expect(toReplayPlan({ ...reading, lines }).clock).toBe(given);
});

test('a call of a function is a step', async () => {
  const reading = await readTrajectory(FORMAT_1);
  const called = { type: 'function_call', name: 'shell', arguments: { command: 'true' } };
  const lines = reading.lines.map((line) =>
    line.event.type === 'step' ? { ...line, event: { ...line.event, action: called } } : line,
  );
  expect(toReplayPlan({ ...reading, lines }).steps[0]?.action).toEqual(called);
});

test('a range has to lie in the run', async () => {
  const plan = toReplayPlan(await readTrajectory(FORMAT_1));
  const last = plan.steps.length;
  expect(() => checkRange(plan, { from: 1, to: last })).not.toThrow();
  expect(() => checkRange(plan, { from: last + 1, to: undefined })).toThrow(
    `--from ${last + 1}: ${plan.runId} has the steps 1 to ${last}.`,
  );
  expect(() => checkRange(plan, { from: 1, to: 99 })).toThrow('--to 99');
  expect(() => checkRange(plan, { from: 3, to: 2 })).toThrow('--to 2 is before --from 3.');
});

test('the secrets that steps typed are named, up to a step', async () => {
  const reading = await readTrajectory(FORMAT_1);
  const lines = reading.lines.map((line) =>
    line.event.type === 'step' && line.event.step === 2
      ? {
          ...line,
          event: { ...line.event, action: { type: 'type', text: 'me\t{{secret:PIN}}{{ secret:B-2 }}' } },
        }
      : line,
  );
  const plan = toReplayPlan({ ...reading, lines });
  const both = [
    { step: 2, name: 'PIN' },
    { step: 2, name: 'B-2' },
  ];
  expect(secretsTypedIn(plan)).toEqual(both);
  expect(secretsTypedIn(plan, 2)).toEqual(both);
  expect(secretsTypedIn(plan, 1)).toEqual([]);
});

test('a run that never had a desktop has nothing to replay', async () => {
  const reading = await scanTrajectory(FORMAT_1);
  const cut = { ...reading, lines: reading.lines.slice(0, 1) };
  expect(() => toReplayPlan(cut)).toThrow('the run ended before its desktop was ready');
  const damaged = { ...cut, damage: { line: 2, reason: 'the line is cut off' } };
  expect(() => toReplayPlan(damaged)).toThrow('it is damaged at line 2, the line is cut off');
});
