import { describe, expect, test } from 'vitest';
import type { SafetyCheck } from '../../../src/action/action.ts';
import type { CallResult, ModelClient, TurnInput } from '../../../src/model/model-client.ts';
import { callItem, functionCallItem, messageItem, turnOf } from '../../../src/testing/scripted-model.ts';
import type { ScriptedModel, ScriptedStep } from '../../../src/testing/scripted-model.ts';
import { answering, brief, click, executed, first, refused } from '../../unit/model/loopback.ts';

/** A client under test and the script that it has to bring across. */
export interface ModelSubject extends AsyncDisposable {
  readonly client: ModelClient;
  readonly script: ScriptedModel;
}

export type ModelSubjectFactory = (steps: readonly ScriptedStep[]) => Promise<ModelSubject>;

const check: SafetyCheck = { id: 'sc_1', code: 'sensitive_domain', message: 'A bank.' };
const done = turnOf(messageItem('Done.'));
const drag = {
  type: 'drag',
  path: [
    { x: 1, y: 2 },
    { x: 30, y: 40 },
  ],
  keys: ['SHIFT'],
};

function seen({ results, notes, screenshot }: TurnInput) {
  return {
    calls: results.map(call),
    notes,
    sha256: screenshot.sha256,
  };
}

function call(result: CallResult) {
  const { callId, outcome } = result;
  if (result.type === 'function') return { callId, outcome, output: result.output };
  return { callId, outcome, sha256: result.screenshot.sha256 };
}

/** What every ModelClient does, whatever is between it and the model. */
export function describeModelContract(name: string, create: ModelSubjectFactory): void {
  describe(`ModelClient: ${name}`, () => {
    test('the task and the first screen get to the model, the turn comes back', async () => {
      const items = [{ type: 'reasoning', summary: 'Look.' } as const, callItem('call_1', [click, drag])];
      await using subject = await create([{ items, usage: USAGE }]);
      const turn = await subject.client.start(brief).respond(first(3));

      expect(turn).toEqual({
        responseId: expect.any(String),
        status: 'completed',
        items,
        usage: USAGE,
      });
      const [request] = subject.script.requests;
      expect(request?.brief).toEqual(brief);
      expect(seen(request?.input ?? first())).toEqual(seen(first(3)));
    });

    test('several calls are answered in order, each with its own screen', async () => {
      const calls = turnOf(callItem('call_a', [click]), callItem('call_b', [{ type: 'wait' }]));
      await using subject = await create([calls, done]);
      const conversation = subject.client.start(brief);
      await conversation.respond(first());
      const results = [executed('call_a', 1), executed('call_b', 2)];
      const turn = await conversation.respond(answering(results, ['Mind the gap.']));

      expect(turn.items).toEqual([{ type: 'message', text: 'Done.' }]);
      const input = subject.script.requests[1]?.input;
      expect(input?.notes).toEqual(['Mind the gap.']);
      expect(input?.results.map(({ callId }) => callId)).toEqual(['call_a', 'call_b']);
      expect(input?.screenshot.sha256).toBe(results[1]?.screenshot.sha256);
      subject.script.assertFinished();
    });

    test('functions are offered, and their calls answered in order with those of the computer', async () => {
      const parameters = {
        type: 'object',
        properties: { command: { type: 'string' } },
        required: ['command'],
        additionalProperties: false,
      };
      const functions = [{ name: 'shell', description: 'Runs it.', parameters, strict: true }];
      const calls = [functionCallItem('call_f', 'shell', { command: 'ls' }), callItem('call_a', [click])];
      await using subject = await create([
        turnOf(...calls),
        turnOf(functionCallItem('call_g', 'shell')),
        done,
      ]);
      const conversation = subject.client.start({ ...brief, functions });
      const turn = await conversation.respond(first());
      expect(turn.items).toEqual(calls);
      const ran = { type: 'function', callId: 'call_f', outcome: 'executed', output: 'a.txt' } as const;
      await conversation.respond(answering([ran, executed('call_a', 1)]));
      // A function alone: no screen is sent with its answer.
      const again = { ...ran, callId: 'call_g', output: 'b.txt' };
      await conversation.respond({ ...answering([again]), screenshot: executed('x', 1).screenshot });

      const [asked, second, third] = subject.script.requests;
      expect(asked?.brief).toEqual({ ...brief, functions });
      expect(second?.input.results.map(call)).toEqual([ran, executed('call_a', 1)].map(call));
      expect(third?.input.results.map(call)).toEqual([call(again)]);
      subject.script.assertFinished();
    });

    test('approved checks are acknowledged', async () => {
      const risky = callItem('call_r', [click], { pendingSafetyChecks: [check] });
      await using subject = await create([turnOf(risky), done]);
      const conversation = subject.client.start(brief);
      const turn = await conversation.respond(first());
      expect(turn.items).toEqual([risky]);
      const result = executed('call_r', 1, [check]);
      await conversation.respond(answering([result]));
      const [answered] = subject.script.requests[1]?.input.results ?? [];
      expect(answered && call(answered)).toEqual(call(result));
      expect(answered).toMatchObject({ acknowledgedSafetyChecks: [check] });
    });

    test('a refused call with checks: the model is told, nothing is acknowledged, the run goes on', async () => {
      const risky = callItem('call_r', [click], { pendingSafetyChecks: [check] });
      await using subject = await create([turnOf(risky), turnOf(callItem('call_2', [click])), done]);
      const conversation = subject.client.start(brief);
      await conversation.respond(first());
      await conversation.respond(answering([refused('call_r', 1)], ['A person said no.']));
      await conversation.respond(answering([executed('call_2', 2)]));

      const input = subject.script.requests[1]?.input;
      expect(input?.notes.join('\n')).toContain('A person said no.');
      expect(input?.results).toMatchObject([
        { callId: 'call_r', outcome: 'refused', acknowledgedSafetyChecks: [] },
      ]);
      expect(input?.screenshot.sha256).toBe(refused('x', 1).screenshot.sha256);
      subject.script.assertFinished();
    });

    test('a refused call without checks is answered, and the model is told', async () => {
      await using subject = await create([turnOf(callItem('call_1', [click])), done]);
      const conversation = subject.client.start(brief);
      await conversation.respond(first());
      await conversation.respond(answering([refused('call_1', 1)], ['Not that.']));
      const input = subject.script.requests[1]?.input;
      expect(input?.notes).toEqual(['Not that.']);
      expect(input?.results.map(({ callId }) => callId)).toEqual(['call_1']);
    });

    test('an incomplete turn says why', async () => {
      const items = [callItem('call_1', [click], { status: 'incomplete' })];
      await using subject = await create([
        { status: 'incomplete', incompleteReason: 'max_output_tokens', items },
      ]);
      expect(await subject.client.start(brief).respond(first())).toMatchObject({
        status: 'incomplete',
        incompleteReason: 'max_output_tokens',
        items,
      });
    });

    test('messages, refusals, function calls and unknown items come through', async () => {
      const items = [
        messageItem('Hello.'),
        { type: 'refusal', text: 'I will not.' },
        functionCallItem('call_f', 'shell'),
      ] as const;
      await using subject = await create([turnOf(...items)]);
      const turn = await subject.client.start(brief).respond(first());
      expect(turn.items).toEqual(items);
    });

    test('an abort before a request is a cancellation', async () => {
      await using subject = await create([done]);
      const pending = subject.client.start(brief).respond(first(), { signal: AbortSignal.abort() });
      await expect(pending).rejects.toMatchObject({ name: 'CancelledError', code: 'cancelled' });
      expect(subject.script.requests).toEqual([]);
    });

    test('an abort during a request is a cancellation', async () => {
      const controller = new AbortController();
      await using subject = await create([
        async () => {
          controller.abort();
          return done;
        },
      ]);
      const pending = subject.client.start(brief).respond(first(), { signal: controller.signal });
      await expect(pending).rejects.toMatchObject({ code: 'cancelled' });
    });

    test('a disposed client starts nothing', async () => {
      await using subject = await create([done]);
      await subject.client[Symbol.asyncDispose]();
      expect(() => subject.client.start(brief)).toThrow('disposed');
    });
  });
}

const USAGE = { inputTokens: 100, cachedInputTokens: 60, outputTokens: 20, reasoningTokens: 5 };
