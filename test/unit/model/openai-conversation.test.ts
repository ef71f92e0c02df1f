import { describe, expect, test } from 'vitest';
import { toDataUrl } from '../../../src/action/screenshot.ts';
import { DEFAULT_INSTRUCTIONS } from '../../../src/model/responses/request.ts';
import {
  callDraft,
  functionCallDraft,
  messageDraft,
  reasoningDraft,
} from '../../../src/testing/responses-server/brain.ts';
import { answering, brief, click, executed, first, loopback, ran, refused, screen } from './loopback.ts';

function picture(shade: number): object {
  return { type: 'input_image', image_url: toDataUrl(screen(shade)), detail: 'original' };
}

function said(...texts: readonly string[]): readonly object[] {
  return texts.map((text) => ({ type: 'input_text', text }));
}

function message(content: readonly object[]): object {
  return { type: 'message', role: 'user', content };
}

function output(callId: string, shade: number, extra: object = {}): object {
  return {
    type: 'computer_call_output',
    call_id: callId,
    output: { type: 'computer_screenshot', image_url: toDataUrl(screen(shade)), detail: 'original' },
    ...extra,
  };
}

const a = callDraft([click], { call_id: 'call_a' });
const b = callDraft([{ type: 'wait' }], { call_id: 'call_b' });
const check = { id: 'sc_1', code: 'sensitive_domain', message: 'A bank.' };
const risky = callDraft([{ type: 'type', text: 'hello' }], {
  call_id: 'call_r',
  pending_safety_checks: [check],
});
const done = [messageDraft('Done.')];
const declaration = {
  name: 'shell',
  description: 'Runs a command.',
  parameters: {
    type: 'object',
    properties: { command: { type: 'string' } },
    required: ['command'],
    additionalProperties: false,
  },
  strict: true,
};

describe('requests', () => {
  test('the first one brings the task and the screen', async () => {
    await using it = await loopback([done]);
    const turn = await it
      .openAi()
      .start(brief)
      .respond(first(7, ['A note.']));

    expect(turn).toMatchObject({ status: 'completed', items: [{ type: 'message', text: 'Done.' }] });
    expect(it.body(0)).toEqual({
      model: 'gpt-5.4',
      instructions: DEFAULT_INSTRUCTIONS,
      tools: [{ type: 'computer' }],
      input: [message([...said('Open the editor.', 'A note.'), picture(7)])],
      store: true,
      reasoning: { summary: 'auto' },
    });
    expect(it.server.requests[0]).toMatchObject({ method: 'POST', path: '/v1/responses', status: 200 });
  });

  test('the screen can be left out of the first one', async () => {
    await using it = await loopback([done]);
    await it.openAi({ initialScreenshot: false }).start(brief).respond(first(7));
    expect(it.body(0)).toMatchObject({ input: [message(said('Open the editor.'))] });
  });

  test('the next one answers every call in order and goes on from the response', async () => {
    await using it = await loopback([[reasoningDraft('Thinking.'), a, b], done]);
    const conversation = it.openAi().start(brief);
    const turn = await conversation.respond(first());
    await conversation.respond(answering([executed('call_a', 1), executed('call_b', 2)]));

    expect(it.body(1)).toMatchObject({
      previous_response_id: turn.responseId,
      instructions: DEFAULT_INSTRUCTIONS,
      input: [output('call_a', 1), output('call_b', 2)],
    });
  });

  test('notes are a message after the outputs', async () => {
    await using it = await loopback([[a], done]);
    const conversation = it.openAi().start(brief);
    await conversation.respond(first());
    await conversation.respond(answering([executed('call_a', 1)], ['It failed.', 'Be careful.']));

    expect(it.body(1)).toMatchObject({
      input: [output('call_a', 1), message(said('It failed.', 'Be careful.'))],
    });
  });

  test('without calls the notes come with the screen', async () => {
    await using it = await loopback([[messageDraft('Which editor?')], done]);
    const conversation = it.openAi().start(brief);
    await conversation.respond(first());
    await conversation.respond({ results: [], notes: ['Any.'], screenshot: screen(9) });
    expect(it.body(1)).toMatchObject({ input: [message([...said('Any.'), picture(9)])] });
  });

  test('the preview tool has a size, an environment and truncation, and no detail', async () => {
    await using it = await loopback([[a], done]);
    const conversation = it
      .openAi({ model: 'computer-use-preview' })
      .start({ ...brief, environment: 'ubuntu' });
    const turn = await conversation.respond(first());
    expect(turn.items).toEqual([
      {
        type: 'computer_call',
        callId: 'call_a',
        status: 'completed',
        actions: [click],
        pendingSafetyChecks: [],
      },
    ]);
    await conversation.respond(answering([executed('call_a', 1)]));

    expect(it.body(1)).toEqual({
      model: 'computer-use-preview',
      instructions: DEFAULT_INSTRUCTIONS,
      tools: [{ type: 'computer_use_preview', display_width: 64, display_height: 48, environment: 'ubuntu' }],
      input: [
        {
          type: 'computer_call_output',
          call_id: 'call_a',
          output: { type: 'computer_screenshot', image_url: toDataUrl(screen(1)) },
        },
      ],
      previous_response_id: turn.responseId,
      store: true,
      reasoning: { summary: 'concise' },
      truncation: 'auto',
    });
    expect(JSON.stringify(it.body(0))).not.toContain('"detail"');
  });

  test('settings go into every request', async () => {
    await using it = await loopback([done]);
    const settings = { instructions: 'Be quick.', reasoningEffort: 'low', maxOutputTokens: 500 } as const;
    await it
      .openAi({ ...settings, reasoningSummary: 'none' })
      .start(brief)
      .respond(first());
    expect(it.body(0)).toMatchObject({
      instructions: 'Be quick.',
      reasoning: { effort: 'low' },
      max_output_tokens: 500,
    });
  });

  test('functions are offered beside the computer, and their calls answered in the order of the response', async () => {
    const shell = functionCallDraft('shell', { command: 'ls' });
    await using it = await loopback([[{ ...shell, call_id: 'call_f' }, a], [shell], done]);
    const conversation = it.openAi().start({ ...brief, functions: [declaration] });
    await conversation.respond(first());
    const turn = await conversation.respond(answering([ran('call_f', 'a.txt'), executed('call_a', 1)]));
    const [call] = turn.items;
    const callId = call !== undefined && 'callId' in call ? call.callId : '';
    await conversation.respond(answering([ran(callId, 'b.txt')], ['A note.']));

    expect(it.body(0)).toMatchObject({ tools: [{ type: 'computer' }, { type: 'function', ...declaration }] });
    expect(it.body(1)).toMatchObject({
      tools: [{ type: 'computer' }, { type: 'function', ...declaration }],
      input: [{ type: 'function_call_output', call_id: 'call_f', output: 'a.txt' }, output('call_a', 1)],
    });
    expect(it.body(2)).toMatchObject({
      input: [{ type: 'function_call_output', call_id: callId, output: 'b.txt' }, message(said('A note.'))],
    });
  });

  test('a function call without a result is a defect', async () => {
    await using it = await loopback([[functionCallDraft('shell', {})]]);
    const conversation = it.openAi().start(brief);
    await conversation.respond(first());
    await expect(conversation.respond(answering([]))).rejects.toMatchObject({ code: 'internal' });
  });

  test('an unknown item is kept and does no harm', async () => {
    await using it = await loopback([[{ type: 'hologram', beam: 3 }, a], done]);
    const conversation = it.openAi().start(brief);
    const turn = await conversation.respond(first());
    expect(turn.items).toMatchObject([{ type: 'unknown', wireType: 'hologram' }, { callId: 'call_a' }]);
    await expect(conversation.respond(answering([executed('call_a', 1)]))).resolves.toMatchObject({
      status: 'completed',
    });
  });
});

describe('safety checks', () => {
  test('approved ones are acknowledged exactly as they came', async () => {
    await using it = await loopback([[risky], done]);
    const conversation = it.openAi().start(brief);
    await conversation.respond(first());
    await conversation.respond(answering([executed('call_r', 1, [check])]));
    expect(it.body(1)).toMatchObject({
      input: [output('call_r', 1, { acknowledged_safety_checks: [check] })],
    });
  });

  test('a refused call without checks is answered with the screen and the reason', async () => {
    await using it = await loopback([[a], done]);
    const conversation = it.openAi().start(brief);
    const turn = await conversation.respond(first());
    await conversation.respond(answering([refused('call_a', 1)], ['Refused: not that button.']));
    expect(it.body(1)).toMatchObject({
      previous_response_id: turn.responseId,
      input: [output('call_a', 1), message(said('Refused: not that button.'))],
    });
  });

  test('a refused call with checks sets the response aside: the request before is asked again', async () => {
    await using it = await loopback([[a], [b, risky], [a], done]);
    const conversation = it.openAi().start(brief);
    const before = await conversation.respond(first());
    await conversation.respond(answering([executed('call_a', 1)]));
    await conversation.respond(answering([executed('call_b', 2), refused('call_r', 2)], ['No typing.']));

    const aside = [
      'Your last answer was set aside, since not all of it was allowed.',
      'This was done: wait.',
      'This was not done: type "hello".',
    ].join(' ');
    expect(it.body(2)).toMatchObject({
      previous_response_id: before.responseId,
      input: [output('call_a', 1), message([...said(aside, 'No typing.'), picture(2)])],
    });
    expect(JSON.stringify(it.body(2))).not.toContain('acknowledged');

    // The run goes on from the branch.
    await conversation.respond(answering([executed('call_a', 3)]));
    expect(it.statuses()).toEqual([200, 200, 200, 200]);
  });

  test('what functions gave in a response that is set aside is told in words', async () => {
    const shell = { ...functionCallDraft('shell', { command: 'ls' }), call_id: 'call_f' };
    await using it = await loopback([[shell, risky], done]);
    const conversation = it.openAi().start({ ...brief, functions: [declaration] });
    await conversation.respond(first());
    await conversation.respond(answering([ran('call_f', 'a.txt'), refused('call_r', 2)], ['No typing.']));
    const aside = [
      'Your last answer was set aside, since not all of it was allowed.',
      'This was done: the function shell with {"command":"ls"}. The function answered: a.txt',
      'This was not done: type "hello".',
    ].join(' ');
    expect(it.body(1)).toMatchObject({ input: [{}, message([...said(aside, 'No typing.'), picture(2)])] });
  });

  test('set aside at the first response, and twice in a row: reasons add up, pictures do not', async () => {
    await using it = await loopback([[risky], [risky], done]);
    const conversation = it.openAi().start(brief);
    await conversation.respond(first(0));
    await conversation.respond(answering([refused('call_r', 1)], ['No.']));
    await conversation.respond(answering([refused('call_r', 2)], ['Still no.']));

    const aside =
      'Your last answer was set aside, since not all of it was allowed. This was not done: type "hello".';
    const opening = message([...said('Open the editor.'), picture(0)]);
    expect(it.body(1)).toMatchObject({ input: [opening, message([...said(aside, 'No.'), picture(1)])] });
    expect(it.body(2)).toMatchObject({
      input: [opening, message([...said(aside, 'No.', aside, 'Still no.'), picture(2)])],
    });
    expect(it.body(2)).not.toHaveProperty('previous_response_id');
  });

  test('a call that was not completed and has no result sets the response aside', async () => {
    await using it = await loopback([
      { output: [callDraft([click], { call_id: 'call_x', status: 'incomplete' })], status: 'incomplete' },
      done,
    ]);
    const conversation = it.openAi().start(brief);
    expect(await conversation.respond(first())).toMatchObject({
      status: 'incomplete',
      incompleteReason: 'max_output_tokens',
      items: [{ callId: 'call_x', status: 'incomplete' }],
    });
    await conversation.respond({ results: [], notes: ['Try again.'], screenshot: screen(3) });
    expect(it.body(1)).not.toHaveProperty('previous_response_id');
    expect(it.statuses()).toEqual([200, 200]);
  });
});

describe('misuse', () => {
  test('results that do not match the calls are a defect', async () => {
    await using it = await loopback([[a, b]]);
    const conversation = it.openAi().start(brief);
    await conversation.respond(first());
    const wrong = [executed('call_b', 1), executed('call_a', 1)];
    await expect(conversation.respond(answering(wrong))).rejects.toMatchObject({
      code: 'internal',
      details: { calls: ['call_a', 'call_b'], results: ['call_b', 'call_a'] },
    });
    await expect(conversation.respond(answering([executed('call_a', 1)]))).rejects.toMatchObject({
      code: 'internal',
    });
    expect(it.statuses()).toEqual([200]);
  });

  test('two requests at once are a defect', async () => {
    await using it = await loopback([done]);
    const conversation = it.openAi().start(brief);
    const running = conversation.respond(first());
    await expect(conversation.respond(first())).rejects.toMatchObject({ code: 'internal' });
    await running;
  });

  test('a failed request can be asked again with the same results', async () => {
    await using it = await loopback([[a], done]);
    const conversation = it.openAi({ maxRetries: 0 }).start(brief);
    await conversation.respond(first());
    it.server.fail({ kind: 'status', status: 500 });
    const input = answering([executed('call_a', 1)]);
    await expect(conversation.respond(input)).rejects.toMatchObject({ code: 'model-unavailable' });
    await conversation.respond(input);
    expect(it.body(2)).toEqual(it.body(1));
  });
});
