import { describe, expect, test } from 'vitest';
import { ModelError } from '../../../src/errors.ts';
import type { Screenshot } from '../../../src/action/screenshot.ts';
import type { TaskBrief, TurnInput } from '../../../src/model/model-client.ts';
import {
  ScriptedModel,
  callItem,
  hangUntilAborted,
  messageItem,
  turnOf,
} from '../../../src/testing/scripted-model.ts';

const brief: TaskBrief = {
  instruction: 'Do it.',
  display: { width: 20, height: 10 },
  environment: 'linux',
};
const screenshot: Screenshot = {
  png: new Uint8Array([1]),
  width: 20,
  height: 10,
  sha256: 'ab',
  takenAtMs: 0,
};

function answering(...callIds: readonly string[]): TurnInput {
  const results = callIds.map((callId) => ({
    type: 'computer' as const,
    callId,
    outcome: 'executed' as const,
    screenshot,
    acknowledgedSafetyChecks: [],
  }));
  return { results, notes: [], screenshot };
}

describe('ScriptedModel', () => {
  test('plays its turns and keeps the requests', async () => {
    const model = new ScriptedModel([
      turnOf(callItem('call_1', [{ type: 'wait' }])),
      turnOf(messageItem('done')),
    ]);
    const conversation = model.start(brief);
    const usage = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5, reasoningTokens: 0 };

    expect(await conversation.respond(answering())).toEqual({
      responseId: 'resp_1',
      status: 'completed',
      usage,
      items: [callItem('call_1', [{ type: 'wait' }])],
    });
    expect(await conversation.respond(answering('call_1'))).toEqual({
      responseId: 'resp_2',
      status: 'completed',
      usage,
      items: [{ type: 'message', text: 'done' }],
    });
    expect(model.requests).toEqual([
      { brief, input: answering(), turn: 1, signal: undefined },
      { brief, input: answering('call_1'), turn: 2, signal: undefined },
    ]);
    model.assertFinished();
  });

  test('fails on a request that is not in the script', async () => {
    const conversation = new ScriptedModel([]).start(brief);
    await expect(conversation.respond(answering())).rejects.toThrow('did not expect request 1');
  });

  test('fails when a step was never asked for', () => {
    const model = new ScriptedModel([turnOf(), turnOf()]);
    expect(() => model.assertFinished()).toThrow('2 of 2 steps unused');
  });

  test('fails when the calls are not all answered in order', async () => {
    const model = new ScriptedModel([turnOf(callItem('a', []), callItem('b', [])), turnOf()]);
    const conversation = model.start(brief);
    await conversation.respond(answering());
    await expect(conversation.respond(answering('b', 'a'))).rejects.toThrow(
      'answers to [b, a] where the calls are [a, b]',
    );
    await expect(conversation.respond(answering('a'))).rejects.toThrow('answers to [a]');
    await expect(conversation.respond(answering('a', 'b'))).resolves.toMatchObject({ items: [] });
  });

  test('fails on a second conversation and after disposal', async () => {
    const model = new ScriptedModel([turnOf()]);
    const conversation = model.start(brief);
    expect(() => model.start(brief)).toThrow('a second conversation');
    await model[Symbol.asyncDispose]();
    expect(model.isDisposed).toBe(true);
    await expect(conversation.respond(answering())).rejects.toThrow('a disposed model');
  });

  test('throws a scripted error, and plays a function', async () => {
    const failure = new ModelError('model-unavailable', 'down');
    const model = new ScriptedModel([
      failure,
      ({ turn, brief }) => turnOf(messageItem(`${turn}: ${brief.instruction}`)),
    ]);
    const conversation = model.start(brief);
    await expect(conversation.respond(answering())).rejects.toBe(failure);
    const turn = await conversation.respond(answering());
    expect(turn.items).toEqual([{ type: 'message', text: '2: Do it.' }]);
  });

  test('hangs until the request is aborted', async () => {
    const conversation = new ScriptedModel([hangUntilAborted]).start(brief);
    const controller = new AbortController();
    const pending = conversation.respond(answering(), { signal: controller.signal });
    controller.abort();
    await expect(pending).rejects.toMatchObject({ code: 'cancelled' });
  });
});
