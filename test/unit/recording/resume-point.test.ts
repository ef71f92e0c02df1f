import { describe, expect, it } from 'vitest';
import type { TrajectoryReading } from '../../../src/recording/reader.ts';
import { findResumePoint } from '../../../src/recording/resume-point.ts';
import { TRAJECTORY_VERSION, type TrajectoryEvent } from '../../../src/recording/trajectory.ts';

const FRAME = 'a'.repeat(64);
const USAGE = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5, reasoningTokens: 0 };

const started: TrajectoryEvent = {
  type: 'run-started',
  version: TRAJECTORY_VERSION,
  runId: 'run',
  task: { instruction: 'Do it.' },
  model: { provider: 'scripted', name: 'm', tool: 'computer' },
  gate: 'deny',
  display: { width: 800, height: 600 },
  limits: { turns: 10, wallTimeMs: 1000 },
  settings: {},
  seeds: {},
  versions: {},
};
const ready: TrajectoryEvent = {
  type: 'sandbox-ready',
  sandboxId: 'box',
  image: { reference: 'image', id: 'sha256:1' },
  network: 'none',
  clock: 'real',
  phases: {},
  frame: FRAME,
};
const request: TrajectoryEvent = { type: 'request', turn: 1, results: [], notes: [], frame: FRAME };

const response = (...items: { type: string; [field: string]: unknown }[]): TrajectoryEvent => ({
  type: 'response',
  turn: 1,
  responseId: 'r1',
  status: 'completed',
  items,
  usage: USAGE,
  durationMs: 1,
});

const click = (x: number) => ({ type: 'click', button: 'left', x, y: 1 });
const calls = response(
  { type: 'computer_call', callId: 'c1', actions: [click(1), click(2)] },
  { type: 'computer_call', callId: 'c2', actions: [click(3)] },
);

const decision = (decided: 'approve' | 'deny'): TrajectoryEvent => ({
  type: 'decision',
  turn: 1,
  callId: 'c1',
  decision: decided,
  by: 'test',
  ...(decided === 'deny' ? { reason: 'too risky' } : {}),
  pendingSafetyChecks: [],
  durationMs: 1,
});

const step = (number: number, error?: { code: string; message: string }): TrajectoryEvent => ({
  type: 'step',
  turn: 1,
  step: number,
  callId: 'c1',
  index: number - 1,
  action: click(number),
  description: `click at (${number}, 1)`,
  actMs: 1,
  pointer: { x: number, y: 1 },
  frame: FRAME,
  ...(error === undefined ? {} : { error }),
});

function reading(...events: TrajectoryEvent[]): TrajectoryReading {
  const lines = events.map((event, seq) => ({ seq, at: '2026-01-01T00:00:00.000Z', t: seq, event }));
  const last = events.at(-1);
  return {
    path: 'trajectory.jsonl',
    version: TRAJECTORY_VERSION,
    lines,
    start: started.type === 'run-started' ? started : undefined,
    end: last?.type === 'run-finished' ? last : undefined,
    damage: undefined,
    soundBytes: 0,
  };
}

function pointOf(...events: TrajectoryEvent[]) {
  const answer = findResumePoint(reading(started, ready, ...events));
  if (!answer.ok) throw new Error(answer.why);
  return answer.point;
}

const NOTHING = 'Nothing was under way when it was killed. Look at the screen and go on.';

describe('the point where a killed run is resumed', () => {
  it.each<readonly [string, readonly TrajectoryEvent[]]>([
    ['before the model was asked', []],
    ['while the model was asked', [request]],
    ['after a denial', [request, calls, decision('deny')]],
    ['after a failed action', [request, calls, decision('approve'), step(1, { code: 'x', message: 'no' })]],
    ['after all that was asked for', [request, calls, step(1), step(2), step(3)]],
    ['after the model said that it was done', [request, response({ type: 'message', text: 'Done.' })]],
  ])('leaves no action in doubt %s', (_name, events) => {
    const point = pointOf(...events);
    expect(point.inFlight).toBeUndefined();
    expect(point.notes[1]).toBe(NOTHING);
  });

  it.each<readonly [string, readonly TrajectoryEvent[], number, string]>([
    ['the first', [request, calls], 1, ' The 2 actions that you asked for after it did not happen.'],
    [
      'the first, approved',
      [request, calls, decision('approve')],
      1,
      ' The 2 actions that you asked for after it',
    ],
    ['the second', [request, calls, step(1)], 2, ' The action that you asked for after it did not happen.'],
    ['the third, of the second call', [request, calls, step(1), step(2)], 3, ''],
  ])('leaves one action in doubt: %s', (_name, events, x, rest) => {
    const point = pointOf(...events);
    expect(point.inFlight).toBe(`click at (${x}, 1)`);
    expect(point.notes[1]).toContain(
      `One action may or may not have happened when it was killed: click at (${x}, 1).${rest}`,
    );
  });

  it('counts what was used, and tells what was done', () => {
    const point = pointOf(request, calls, decision('approve'), step(1));
    expect(point).toMatchObject({ sandboxId: 'box', turns: 1, steps: 1, usage: USAGE });
    expect(point.notes[0]?.split('\n').slice(1)).toEqual(['Done: click at (1, 1)']);
  });

  it('has the doubt of an earlier interruption settled by what came after it', () => {
    const resumed: TrajectoryEvent = { type: 'run-resumed', sandboxId: 'box', turns: 1, steps: 0 };
    expect(pointOf(request, calls, resumed).inFlight).toBeUndefined();
    expect(pointOf(request, calls, { ...resumed, inFlight: 'click at (1, 1)' }).inFlight).toBe(
      'click at (1, 1)',
    );
    expect(pointOf(request, calls, resumed, request, calls, step(1)).inFlight).toBe('click at (2, 1)');
  });

  it('names a function that may have run', () => {
    const asked = response({ type: 'function_call', callId: 'f1', name: 'shell', arguments: '{}' });
    expect(pointOf(request, asked).inFlight).toBe('call the function shell');
  });
});

describe('a run that cannot be resumed', () => {
  it('had no desktop yet', () => {
    expect(findResumePoint(reading(started))).toEqual({
      ok: false,
      why: 'The run was killed before its desktop was ready.',
      hint: 'Run its task anew.',
    });
  });

  it('has ended', () => {
    const finished: TrajectoryEvent = {
      type: 'run-finished',
      outcome: 'completed',
      reason: 'The model says so.',
      verification: 'passed',
      turns: 1,
      steps: 0,
      usage: USAGE,
      times: {},
    };
    expect(findResumePoint(reading(started, ready, finished))).toMatchObject({
      ok: false,
      why: 'The run has ended: completed, The model says so.',
    });
  });
});
