import { describe, expect, it } from 'vitest';
import type { RunOptions } from '../../../src/agent/run-ports.ts';
import { startRun } from '../../../src/agent/run.ts';
import type { TrajectoryReading } from '../../../src/recording/reader.ts';
import { findResumePoint } from '../../../src/recording/resume-point.ts';
import { TRAJECTORY_VERSION, type TrajectoryEvent } from '../../../src/recording/trajectory.ts';
import type { Gate } from '../../../src/safety/gate.ts';
import { FakeDisplay } from '../../../src/testing/fake-display.ts';
import { FakeDriver, FakeSandbox } from '../../../src/testing/fake-driver.ts';
import { MemoryRecorder } from '../../../src/testing/memory-recorder.ts';
import {
  callItem,
  messageItem,
  ScriptedModel,
  type ScriptedStep,
  turnOf,
} from '../../../src/testing/scripted-model.ts';
import { systemClock } from '../../../src/util/clock.ts';

const OPTIONS: RunOptions = {
  runId: 'run-1',
  task: { instruction: 'Click around.' },
  environment: 'linux',
  sandbox: {
    display: { width: 1024, height: 768 },
    network: 'none',
    memoryBytes: 1e9,
    cpus: 1,
    pidsLimit: 256,
    expiresInMs: 60_000,
  },
  limits: { turns: 20, wallTimeMs: 60_000 },
};
const approve: Gate = { name: 'yes', decide: () => Promise.resolve({ decision: 'approve', by: 'test' }) };
const DONE = turnOf(messageItem('All done.'));
const clickAt = (x: number) => ({ type: 'click', button: 'left', x, y: 1 });

function start(script: readonly ScriptedStep[], options: Partial<RunOptions> = {}) {
  const [model, display, recorder] = [new ScriptedModel(script), new FakeDisplay(), new MemoryRecorder()];
  const driver = new FakeDriver();
  const clicks = (): number => display.calls.filter(({ type }) => type === 'click').length;
  const clicksAt: number[] = [];
  const record = recorder.record.bind(recorder);
  recorder.record = (event) => {
    clicksAt.push(clicks());
    record(event);
  };
  const connect = () => Promise.resolve(display);
  const ports = { driver, connect, model, gate: approve, recorder, clock: systemClock };
  return { run: startRun(ports, { ...OPTIONS, ...options }), model, driver, recorder, clicks, clicksAt };
}

function toReading(events: readonly TrajectoryEvent[]): TrajectoryReading {
  const [first, last] = [events[0], events.at(-1)];
  return {
    path: 'trajectory.jsonl',
    version: TRAJECTORY_VERSION,
    lines: events.map((event, seq) => ({ seq, at: '2026-01-01T00:00:00.000Z', t: seq, event })),
    start: first?.type === 'run-started' ? first : undefined,
    end: last?.type === 'run-finished' ? last : undefined,
    damage: undefined,
    soundBytes: 0,
  };
}

const SCRIPT = [
  turnOf(callItem('call_1', [clickAt(1), clickAt(2)]), callItem('call_2', [clickAt(3)])),
  turnOf(callItem('call_3', [clickAt(4), clickAt(5)])),
  DONE,
];

describe('a run that is killed after any of its events', () => {
  it('leaves at most one action in doubt, and repeats none when it is resumed', async () => {
    const whole = start(SCRIPT);
    await whole.run.result;
    const { events } = whole.recorder;
    expect(whole.clicks()).toBe(5);
    for (let count = 2; count < events.length; count++) {
      const answer = findResumePoint(toReading(events.slice(0, count)));
      if (!answer.ok) throw new Error(answer.why);
      const { point } = answer;
      // What was clicked until the next event came: all but one of it has to be told as done.
      const clicked = whole.clicksAt[count] ?? 0;
      expect(clicked - point.steps).toBeLessThanOrEqual(point.inFlight === undefined ? 0 : 1);

      const sandbox = new FakeSandbox({ ...OPTIONS.sandbox, runId: 'run-1' }, 7);
      const resumed = start([DONE], { resumed: { ...point, sandbox } });
      const result = await resumed.run.result;
      expect(result).toMatchObject({ outcome: 'completed', turns: point.turns + 1, steps: point.steps });
      expect(resumed.clicks()).toBe(0);
      expect(resumed.driver.sandboxes).toEqual([]);
      expect(sandbox.isDisposed).toBe(true);
      expect(resumed.model.requests[0]?.input.notes).toEqual(point.notes);
      expect(resumed.recorder.types).toEqual(['run-resumed', 'request', 'response', 'run-finished']);
    }
  });

  it('has everything on disk before the next action begins', async () => {
    const { run, recorder } = start(SCRIPT);
    await run.result;
    expect(recorder.flushes).toBeGreaterThanOrEqual(5);
  });
});

describe('a model that goes round in circles', () => {
  const loop = (turns: number) =>
    Array.from({ length: turns }, (_, n) => turnOf(callItem(`c${n}`, [clickAt(1)])));

  it('is told half-way, and then the run ends', async () => {
    const { run, model } = start(loop(4), { limits: { ...OPTIONS.limits, repeats: 4 } });
    const result = await run.result;
    expect(result).toMatchObject({
      outcome: 'limit-reached',
      reason: 'No progress: the same was done 4 times in a row, and the screen stayed the same.',
      turns: 4,
    });
    model.assertFinished();
    expect(model.requests.map(({ input }) => input.notes.length)).toEqual([0, 0, 1, 0]);
    expect(model.requests[2]?.input.notes[0]).toMatch(/^You have done the same 2 times in a row/);
  });

  it('may go on when it does something else', async () => {
    const other = turnOf(callItem('other', [clickAt(2)]));
    const script = [...loop(3), other, ...loop(3), DONE];
    const { run } = start(script, { limits: { ...OPTIONS.limits, repeats: 4 } });
    expect(await run.result).toMatchObject({ outcome: 'completed', turns: 8 });
  });
});
