import { describe, expect, test } from 'vitest';
import { parseResponse } from '../../../src/model/wire.ts';
import { NO_USAGE } from '../../../src/model/usage.ts';

function response(output: readonly object[], fields: object = {}): object {
  return { id: 'resp_1', object: 'response', status: 'completed', error: null, output, ...fields };
}

function itemsOf(...output: readonly object[]): unknown {
  const reading = parseResponse(response(output));
  return reading.kind === 'turn' ? reading.turn.items : reading;
}

const action = { type: 'wait' };
const call = { type: 'computer_call', id: 'cu_1', call_id: 'call_1', status: 'completed', actions: [action] };

describe('items', () => {
  test('a message with text, refusal and an unknown part', () => {
    const content = [
      { type: 'output_text', text: 'One. ', annotations: [] },
      { type: 'output_text', text: 'Two.', annotations: [] },
      { type: 'refusal', refusal: 'I will not.' },
      { type: 'output_audio', data: 'x' },
    ];
    expect(itemsOf({ type: 'message', role: 'assistant', content })).toEqual([
      { type: 'message', text: 'One. Two.' },
      { type: 'refusal', text: 'I will not.' },
      { type: 'unknown', wireType: 'message.output_audio', wire: { type: 'output_audio', data: 'x' } },
    ]);
  });

  test('reasoning with a summary; none where there is nothing to show', () => {
    const summary = [
      { type: 'summary_text', text: 'First.' },
      { type: 'summary_text', text: 'Then.' },
    ];
    expect(itemsOf({ type: 'reasoning', id: 'rs_1', summary }, { type: 'reasoning', summary: [] })).toEqual([
      { type: 'reasoning', summary: 'First.\n\nThen.' },
    ]);
  });

  test('a batch of actions, and a single action', () => {
    const { actions: _, ...single } = { ...call, action, call_id: 'call_2', actions: null };
    expect(itemsOf({ ...call, actions: [action, { type: 'screenshot' }] }, single)).toEqual([
      {
        type: 'computer_call',
        callId: 'call_1',
        status: 'completed',
        actions: [action, { type: 'screenshot' }],
        pendingSafetyChecks: [],
      },
      {
        type: 'computer_call',
        callId: 'call_2',
        status: 'completed',
        actions: [action],
        pendingSafetyChecks: [],
      },
    ]);
  });

  test('safety checks, with what they leave out as null', () => {
    const checks = [{ id: 'sc_1', code: 'malicious_instructions', message: 'Careful.' }, { id: 'sc_2' }];
    expect(itemsOf({ ...call, pending_safety_checks: checks })).toEqual([
      {
        type: 'computer_call',
        callId: 'call_1',
        status: 'completed',
        actions: [action],
        pendingSafetyChecks: [
          { id: 'sc_1', code: 'malicious_instructions', message: 'Careful.' },
          { id: 'sc_2', code: null, message: null },
        ],
      },
    ]);
  });

  test.each([
    ['in_progress', 'in_progress'],
    ['incomplete', 'incomplete'],
    ['some new word', 'incomplete'],
    [undefined, 'completed'],
  ])('the status %s of a call counts as %s', (status, expected) => {
    expect(itemsOf({ ...call, status })).toMatchObject([{ status: expected }]);
  });

  test('a function call and an unknown item are kept', () => {
    const search = { type: 'web_search_call', id: 'ws_1', status: 'completed' };
    expect(
      itemsOf({ type: 'function_call', call_id: 'call_9', name: 'shell', arguments: '{"a":1}' }, search),
    ).toEqual([
      { type: 'function_call', callId: 'call_9', status: 'completed', name: 'shell', arguments: '{"a":1}' },
      { type: 'unknown', wireType: 'web_search_call', wire: search },
    ]);
  });
});

describe('the response', () => {
  test('an incomplete one says why, and a call without a status in it does not count as completed', () => {
    const { status: _, ...openCall } = call;
    const body = response([openCall], {
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: { input_tokens: 5, output_tokens: 16 },
    });
    expect(parseResponse(body)).toMatchObject({
      kind: 'turn',
      turn: {
        responseId: 'resp_1',
        status: 'incomplete',
        incompleteReason: 'max_output_tokens',
        items: [{ callId: 'call_1', status: 'incomplete' }],
        usage: { ...NO_USAGE, inputTokens: 5, outputTokens: 16 },
      },
    });
  });

  test('a failed one is a failure with its code', () => {
    const error = { code: 'server_error', message: 'The model crashed.' };
    expect(parseResponse(response([], { status: 'failed', error }))).toEqual({
      kind: 'failure',
      failure: { code: 'server_error', message: 'The model crashed.' },
    });
  });

  test.each([
    ['text', '<html>hello</html>', 'the response'],
    ['nothing', undefined, 'the response'],
    ['no output', { id: 'resp_1', object: 'response' }, 'output'],
    ['no id', { output: [] }, 'id'],
    ['an item without a type', response([{ id: 'x' }]), 'output.0.type'],
    ['a call without an id', response([{ ...call, call_id: '' }]), 'computer_call.call_id'],
    ['checks that cannot be read', response([{ ...call, pending_safety_checks: [{ code: 'x' }] }]), 'checks'],
    ['a response that is under way', response([], { status: 'in_progress' }), 'in_progress'],
  ])('refuses %s', (_name, body, where) => {
    expect(() => parseResponse(body)).toThrow(
      expect.objectContaining({ code: 'model-invalid-response', message: expect.stringContaining(where) }),
    );
  });
});
