import { expect, test } from 'vitest';
import { diffRuns } from '../../../src/recording/diff-runs.ts';
import type { TrajectoryReading } from '../../../src/recording/reader.ts';
import type { TrajectoryEvent } from '../../../src/recording/trajectory.ts';
import { MemoryRecorder } from '../../../src/testing/memory-recorder.ts';
import { recordSampleRun } from './sample-run.ts';

function reading(
  change: (event: TrajectoryEvent) => TrajectoryEvent = (event) => event,
  end?: number,
): TrajectoryReading {
  const events = recordSampleRun(new MemoryRecorder()).slice(0, end).map(change);
  const [start] = events;
  return {
    path: 'trajectory.jsonl',
    version: 2,
    lines: events.map((event, seq) => ({ seq, at: '2026-01-01T00:00:00.000Z', t: Math.random(), event })),
    start: start?.type === 'run-started' ? start : undefined,
    end: undefined,
    damage: undefined,
    soundBytes: 0,
  };
}

test('two runs that did the same are the same, whatever their times', () => {
  const { parting, settings, shared } = diffRuns(reading(), reading());
  expect([parting, settings]).toEqual([undefined, []]);
  expect(shared).toBeGreaterThan(10);
});

test('the first other action is told, with what each did', () => {
  const other = reading((event) =>
    event.type === 'step' && event.step === 2
      ? { ...event, action: { ...event.action, x: 7 }, description: 'click at (7, 0)' }
      : event,
  );
  expect(diffRuns(reading(), other).parting).toMatchObject({
    kind: 'action',
    first: { place: 'step 2', text: 'click at (102, 0)' },
    second: { place: 'step 2', text: 'click at (7, 0)' },
  });
});

test('another screen is told by its frame', () => {
  const frame = 'f'.repeat(64);
  const other = reading((event) => (event.type === 'step' && event.step === 1 ? { ...event, frame } : event));
  expect(diffRuns(reading(), other).parting).toMatchObject({
    kind: 'screen',
    second: { place: 'step 1: the screen afterwards', frame },
  });
});

test('a run that ends earlier parts where it ends', () => {
  const { parting } = diffRuns(
    reading(),
    reading((event) => event, -2),
  );
  expect(parting).toEqual({
    kind: 'check',
    first: expect.objectContaining({ kind: 'check' }),
    second: undefined,
  });
});

test('what they were started with is told beside it', () => {
  const other = reading((event) =>
    event.type === 'run-started'
      ? {
          ...event,
          model: { ...event.model, name: 'other' },
          settings: { 'sandbox.cpus': '4', runsFolder: 'x' },
        }
      : event,
  );
  expect(diffRuns(reading(), other).settings).toEqual([
    { name: 'model', first: 'local:steps-v1 (computer)', second: 'local:other (computer)' },
    { name: 'sandbox.cpus', first: '-', second: '4' },
  ]);
});
