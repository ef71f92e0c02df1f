import { expect, test } from 'vitest';
import { toScenes } from '../../../../src/recording/report/scenes.ts';
import type { EventOf, TrajectoryEvent, TrajectoryLine } from '../../../../src/recording/trajectory.ts';
import { RUN_STARTED } from '../sample-run.ts';

const USAGE = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningTokens: 0 };
const CLICK = { type: 'click', button: 'left', x: 1, y: 2, keys: [] };
const TYPE = { type: 'type', text: 'hello' };
const frame = (letter: string): string => letter.repeat(64);

function lines(...events: readonly TrajectoryEvent[]): readonly TrajectoryLine[] {
  return [RUN_STARTED, ...events].map((event, seq) => ({
    seq,
    at: '2026-01-01T00:00:00.000Z',
    t: seq * 100,
    event,
  }));
}

function request(turn: number, letter: string): TrajectoryEvent {
  return { type: 'request', turn, results: [], notes: [], frame: frame(letter) };
}

function response(
  turn: number,
  ...items: readonly { type: string; [key: string]: unknown }[]
): TrajectoryEvent {
  const base = { type: 'response', turn, responseId: `r${turn}`, status: 'completed' } as const;
  return { ...base, items: [...items], usage: USAGE, durationMs: 1000 };
}

function call(callId: string, ...actions: readonly unknown[]) {
  return { type: 'computer_call', callId, status: 'completed', actions, pendingSafetyChecks: [] };
}

function decision(turn: number, callId: string, decided: 'approve' | 'deny' | 'terminate'): TrajectoryEvent {
  const base = { type: 'decision', turn, callId, decision: decided, by: 'policy' } as const;
  return { ...base, pendingSafetyChecks: [], durationMs: 5 };
}

function step(turn: number, number: number, callId: string, index: number, letter?: string): EventOf<'step'> {
  return {
    type: 'step',
    turn,
    step: number,
    callId,
    index,
    action: index === 0 ? CLICK : TYPE,
    description: index === 0 ? 'click at (1, 2)' : 'type "hello"',
    actMs: 10,
    settle: { waitedMs: 100, reason: 'quiet', updates: 1 },
    pointer: { x: 1, y: 2 },
    ...(letter === undefined ? {} : { frame: frame(letter) }),
  };
}

function outline(events: readonly TrajectoryLine[]) {
  return toScenes(events).map(({ kind, title, before, after, times, isFirstOfTurn }) => [
    kind,
    title,
    before?.[0],
    after?.[0],
    isFirstOfTurn,
    Object.values(times).join(' '),
  ]);
}

test('each action is shown on the screen as it was right before it; times stand where they were spent', () => {
  const run = lines(
    request(1, 'a'),
    response(1, call('c1', CLICK, TYPE)),
    decision(1, 'c1', 'approve'),
    step(1, 1, 'c1', 0, 'b'),
    step(1, 2, 'c1', 1, 'c'),
    request(2, 'd'),
    response(2, { type: 'message', text: 'Done.' }),
  );
  expect(outline(run)).toEqual([
    ['step', 'click at (1, 2)', 'a', 'b', true, '1000 5 10 100'],
    ['step', 'type text', 'b', 'c', false, '0 0 10 100'],
    ['words', 'The model speaks', 'd', undefined, true, '1000 0 0 0'],
    ['end', 'The end', 'd', undefined, true, '0 0 0 0'],
  ]);
});

test('a step without a frame leaves the screen as it was known', () => {
  const run = lines(
    request(1, 'a'),
    response(1, call('c1', CLICK, TYPE)),
    step(1, 1, 'c1', 0),
    step(1, 2, 'c1', 1, 'b'),
  );
  expect(outline(run).map(([, , before, after]) => [before, after])).toEqual([
    ['a', undefined],
    ['a', 'b'],
    ['b', undefined],
  ]);
});

test('a refused call is shown with what it asked for', () => {
  const run = lines(
    request(1, 'a'),
    response(1, call('c1', CLICK), call('c2', CLICK, TYPE, { type: 'fly' })),
    decision(1, 'c1', 'approve'),
    step(1, 1, 'c1', 0, 'b'),
    decision(1, 'c2', 'deny'),
  );
  expect(outline(run).map(([kind, title, before]) => [kind, title, before])).toEqual([
    ['step', 'click at (1, 2)', 'a'],
    ['refused-call', 'Refused', 'b'],
    ['end', 'The end', 'b'],
  ]);
  expect(toScenes(run)[1]?.actions.map(({ type }) => type)).toEqual(['click', 'type']);
});

test('a function is a step of its own, and one that was refused is shown as asked for', () => {
  const shell = { type: 'function_call', callId: 'f1', status: 'completed', name: 'shell', arguments: '{}' };
  const run = lines(
    request(1, 'a'),
    response(1, shell, call('c1', CLICK), { ...shell, callId: 'f2' }),
    decision(1, 'f1', 'approve'),
    {
      ...step(1, 1, 'f1', 0, 'b'),
      action: { type: 'function_call', name: 'shell', arguments: { command: 'ls' } },
      description: 'shell {"command":"ls"}',
      output: 'a.txt',
    },
    decision(1, 'c1', 'approve'),
    step(1, 2, 'c1', 0, 'c'),
    decision(1, 'f2', 'deny'),
  );
  expect(outline(run).map(([kind, title]) => [kind, title])).toEqual([
    ['step', 'call shell'],
    ['step', 'click at (1, 2)'],
    ['refused-call', 'Refused'],
    ['end', 'The end'],
  ]);
});

test.each([
  ['terminate', 'Refused; the run was ended'],
  ['approve', 'Approved, not run'],
] as const)('a call that was decided %s and did not run', (decided, title) => {
  const run = lines(request(1, 'a'), response(1, call('c1', CLICK)), decision(1, 'c1', decided));
  expect(outline(run)[0]?.slice(0, 2)).toEqual(['refused-call', title]);
});

test('a call that nobody decided about was asked for', () => {
  expect(outline(lines(request(1, 'a'), response(1, call('c1', CLICK))))[0]?.[1]).toBe('Asked for, not run');
});

test('a request without an answer, and a refusal', () => {
  const run = lines(request(1, 'a'), response(1, { type: 'refusal', text: 'No.' }), request(2, 'b'));
  expect(outline(run).map(([kind, title]) => [kind, title])).toEqual([
    ['words', 'The model refuses'],
    ['words', 'No answer was recorded'],
    ['end', 'The end'],
  ]);
});

test('a run that ended before its first turn has its last screen', () => {
  const ready: TrajectoryEvent = {
    type: 'sandbox-ready',
    sandboxId: 's',
    image: { reference: 'i', id: 'd' },
    network: 'none',
    clock: 'real',
    phases: {},
    frame: frame('e'),
  };
  expect(outline(lines(ready)).map(([kind, , before]) => [kind, before])).toEqual([['end', 'e']]);
  expect(outline(lines()).map(([kind, , before]) => [kind, before])).toEqual([['end', undefined]]);
});

test('an item or an action that is not known does not stop the report', () => {
  const odd = { ...step(1, 1, 'c1', 0, 'b'), action: { type: 'fly', x: 1 } };
  const run = lines(
    request(1, 'a'),
    response(
      1,
      { type: 'hologram', depth: 3 },
      { type: 'message' },
      { type: 'computer_call' },
      call('c1', 7),
    ),
    odd,
  );
  expect(outline(run).map(([kind]) => kind)).toEqual(['step', 'end']);
  expect(toScenes(run)[0]?.actions).toEqual([]);
});
