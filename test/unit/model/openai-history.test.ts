import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { History } from '../../../src/model/history.ts';
import type { Step } from '../../../src/model/history.ts';
import type { CallResult } from '../../../src/model/model-client.ts';
import { toCallOutput, toComputerCallOutput, toUserMessage } from '../../../src/model/wire.ts';
import type { InputItem, WireItem } from '../../../src/model/wire.ts';
import {
  callDraft,
  functionCallDraft,
  messageDraft,
  reasoningDraft,
} from '../../../src/testing/responses-server/brain.ts';
import { checkCalls } from '../../../src/testing/responses-server/request-checks.ts';
import type { ScriptedAnswer } from '../../../src/testing/responses-server/scripted-brain.ts';
import { answering, brief, click, executed, first, loopback, ran, refused, screen } from './loopback.ts';

function pictures(input: readonly InputItem[]): number {
  return JSON.stringify(input).split('data:image/png').length - 1;
}

function call(id: string): WireItem {
  return {
    type: 'computer_call',
    id: `cu_${id}`,
    call_id: id,
    status: 'completed',
    actions: [click],
    pending_safety_checks: [],
  };
}

function functionCall(id: string): WireItem {
  return {
    type: 'function_call',
    id: `fc_${id}`,
    call_id: id,
    status: 'completed',
    name: 'shell',
    arguments: '{}',
  };
}

interface PlayedTurn {
  readonly calls: number;
  readonly functions?: number;
  /** The turn's response is then set aside. */
  readonly aside: boolean;
}

/** Turns of as many computer and function calls each as the numbers say. */
function play(window: number, turns: readonly PlayedTurn[]) {
  const history = new History('Task.', window);
  let step: Step = { kind: 'continue', items: [toUserMessage(['Task.'], screen(0))] };
  const inputs: (readonly InputItem[])[] = [];
  turns.forEach(({ calls, functions = 0, aside }, turn) => {
    const plan = history.plan(step);
    inputs.push(history.toWholeInput(plan), history.toInputInWords(plan));
    const pending = Array.from({ length: calls }, (_, n) => `call_${turn}_${n}`);
    const called = Array.from({ length: functions }, (_, n) => `function_${turn}_${n}`);
    const output = [...called.map(functionCall), ...pending.map(call)];
    history.commit(plan, { responseId: `resp_${turn}`, output });
    const results: readonly CallResult[] = [
      ...called.map((callId) => ran(callId, `result ${turn}`)),
      ...pending.map((id) => executed(id, turn % 250)),
    ];
    step = aside
      ? { kind: 'set-aside', texts: [`Not turn ${turn}.`], screenshot: screen(turn) }
      : { kind: 'continue', items: results.map(toCallOutput) };
  });
  return { history, inputs };
}

describe('the window', () => {
  test('whatever happens, no call is without its output and no output without its call', () => {
    const few = fc.integer({ min: 0, max: 3 });
    const turn = fc.record({ calls: few, functions: few, aside: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(turn, { maxLength: 25 }), (window, turns) => {
        for (const input of play(window, turns).inputs) {
          expect(() => checkCalls(input)).not.toThrow();
        }
      }),
      { numRuns: 200 },
    );
  });

  test('500 turns keep at most the window of pictures, and the task', () => {
    const turns = Array.from({ length: 500 }, () => ({ calls: 1, aside: false }));
    const { inputs } = play(6, turns);
    for (const input of inputs) expect(pictures(input)).toBeLessThanOrEqual(7);
    const last = inputs.at(-2) ?? [];
    expect(last[0]).toMatchObject({ content: [{ text: 'Task.' }, { text: expect.any(String) }] });
    const log = JSON.stringify(last[0]);
    expect(log).toContain('earlier lines are left out');
    expect(log).toContain('You asked for: click at (10, 20)');
    expect(log.length).toBeLessThan(20_000);
  });

  test('in words: the log, the present screen, and no item that a server would have to know', () => {
    const { history } = play(10, [
      { calls: 1, aside: false },
      { calls: 2, aside: false },
    ]);
    const items = [
      toComputerCallOutput(executed('call_1_0', 8)),
      toComputerCallOutput(executed('call_1_1', 9)),
    ];
    const plan = history.plan({ kind: 'continue', items: [...items, toUserMessage(['A note.'])] });
    const { image_url: picture } = toComputerCallOutput(executed('x', 9)).output;
    const asked = 'You asked for: click at (10, 20)';
    expect(history.toInputInWords(plan)).toEqual([
      toUserMessage([
        'Task.',
        ['So far in this task, oldest first, without the screens:', asked, asked, asked].join('\n'),
      ]),
      {
        type: 'message',
        role: 'user',
        content: [{ type: 'input_image', image_url: picture, detail: 'original' }],
      },
      toUserMessage(['A note.']),
    ]);
  });
});

test('in words, what functions gave is told, also where the call is older than the window', () => {
  const turns = Array.from({ length: 8 }, () => ({ calls: 0, functions: 1, aside: false }));
  const { history } = play(4, turns);
  const plan = history.plan({ kind: 'continue', items: [toCallOutput(ran('function_7_0', 'result 7'))] });
  const words = JSON.stringify(history.toInputInWords(plan));
  for (let turn = 0; turn < 8; turn++) expect(words).toContain(`The function answered: result ${turn}`);
  expect(words).toContain('You called the function shell with {}');
  expect(words).not.toContain('call_output');
});

const done = [messageDraft('Done.')];
const check = { id: 'sc_1', code: null, message: null };

function steps(count: number): readonly ScriptedAnswer[] {
  return Array.from({ length: count }, (_, n) => [
    reasoningDraft(`Thought ${n}.`),
    messageDraft(`Step ${n}.`),
    callDraft([click], { call_id: `call_${n}` }),
  ]);
}

describe('history on the client', () => {
  test('every request is whole, unstored, and accepted by a strict server, over more turns than the window', async () => {
    await using it = await loopback([...steps(25), done]);
    const conversation = it.openAi({ history: 'client', historyWindow: 6 }).start(brief);
    await conversation.respond(first());
    for (let n = 0; n < 25; n++) await conversation.respond(answering([executed(`call_${n}`, n)]));

    expect(it.statuses()).toEqual(Array.from({ length: 26 }, () => 200));
    expect(it.body(1)).toMatchObject({ store: false, include: ['reasoning.encrypted_content'] });
    expect(it.body(1)).not.toHaveProperty('previous_response_id');
    const types = it.brain.requests[2]?.input.map(({ type }) => type);
    const turn = ['reasoning', 'message', 'computer_call', 'computer_call_output'];
    expect(types).toEqual(['message', ...turn, ...turn]);
    const last = JSON.stringify(it.body(25));
    expect(last).toContain('You said: Step 3.');
    expect(last.split('data:image/png').length - 1).toBeLessThanOrEqual(7);
    it.brain.assertFinished();
  });

  test('approved checks stay acknowledged, a refused one sets the response aside', async () => {
    const risky = callDraft([click], { call_id: 'call_r', pending_safety_checks: [check] });
    await using it = await loopback([[reasoningDraft('Hm.'), risky], [reasoningDraft('Hm.'), risky], done]);
    const conversation = it.openAi({ history: 'client' }).start(brief);
    await conversation.respond(first());
    await conversation.respond(answering([executed('call_r', 1, [check])]));
    await conversation.respond(answering([refused('call_r', 2)], ['No.']));

    const types = it.brain.requests[2]?.input.map(({ type }) => type);
    expect(types).toEqual(['message', 'reasoning', 'computer_call', 'computer_call_output', 'message']);
    expect(JSON.stringify(it.body(2))).toContain('Your last answer was set aside');
  });

  test('an account without encrypted reasoning goes on without it', async () => {
    await using it = await loopback([...steps(2), done]);
    it.server.fail({
      kind: 'status',
      status: 400,
      body: {
        error: {
          message: 'Encrypted content is not supported with this model.',
          type: 'invalid_request_error',
          param: 'include',
          code: null,
        },
      },
    });
    const conversation = it.openAi({ history: 'client' }).start(brief);
    await conversation.respond(first());
    expect(it.body(1)).not.toHaveProperty('include');
  });
});

test('function calls and what they gave go back with the history', async () => {
  const shell = { ...functionCallDraft('shell', { command: 'ls' }), call_id: 'call_f' };
  await using it = await loopback([[reasoningDraft('Hm.'), shell], ...steps(1), done]);
  const conversation = it.openAi({ history: 'client' }).start(brief);
  await conversation.respond(first());
  await conversation.respond(answering([ran('call_f', 'a.txt')]));
  await conversation.respond(answering([executed('call_0', 1)]));
  const types = it.brain.requests[2]?.input.map(({ type }) => type);
  const turn = ['reasoning', 'message', 'computer_call', 'computer_call_output'];
  expect(types).toEqual(['message', 'reasoning', 'function_call', 'function_call_output', ...turn]);
  expect(it.statuses()).toEqual([200, 200, 200]);
});

describe('a server that has forgotten the conversation', () => {
  test('gets it in words, and the run goes on from its new response', async () => {
    await using it = await loopback([...steps(3), done]);
    const conversation = it.openAi().start(brief);
    await conversation.respond(first());
    await conversation.respond(answering([executed('call_0', 1)]));
    it.server.forget();
    const turn = await conversation.respond(answering([executed('call_1', 2)], ['Mind the step.']));
    await conversation.respond(answering([executed('call_2', 3)]));

    expect(it.statuses()).toEqual([200, 200, 400, 200, 200]);
    expect(it.body(3)).not.toHaveProperty('previous_response_id');
    expect(it.brain.requests[2]?.input).toMatchObject([
      {
        content: [
          { text: 'Open the editor.' },
          {
            text: [
              'So far in this task, oldest first, without the screens:',
              'You said: Step 0.',
              'You asked for: click at (10, 20)',
              'You said: Step 1.',
              'You asked for: click at (10, 20)',
            ].join('\n'),
          },
        ],
      },
      { content: [{ type: 'input_image' }] },
      { content: [{ text: 'Mind the step.' }] },
    ]);
    expect(it.body(4)).toHaveProperty('previous_response_id', turn.responseId);
  });

  test('a branch after that is sent whole again', async () => {
    const risky = callDraft([click], { call_id: 'call_r', pending_safety_checks: [check] });
    await using it = await loopback([...steps(1), [risky], done]);
    const conversation = it.openAi().start(brief);
    await conversation.respond(first());
    it.server.forget();
    await conversation.respond(answering([executed('call_0', 1)]));
    await conversation.respond(answering([refused('call_r', 2)], ['No.']));
    expect(it.statuses()).toEqual([200, 400, 200, 400, 200]);
  });
});
