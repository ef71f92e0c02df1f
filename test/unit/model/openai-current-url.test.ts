import { expect, test } from 'vitest';
import { callDraft, messageDraft } from '../../../src/testing/responses-server/brain.ts';
import { answering, brief, click, executed, first, loopback } from './loopback.ts';

const URL = 'https://example.com/inbox';
const call = callDraft([click], { call_id: 'call_a' });
const seen = { ...executed('call_a', 1), currentUrl: URL };
const done = [messageDraft('Done.')];

test('the preview tool is told the address of the page with the screen', async () => {
  await using it = await loopback([[call], done]);
  const conversation = it
    .openAi({ model: 'computer-use-preview' })
    .start({ ...brief, environment: 'browser' });
  await conversation.respond(first());
  await conversation.respond(answering([seen]));
  expect(it.body(1)).toMatchObject({ input: [{ call_id: 'call_a', current_url: URL }] });
  expect(it.statuses()).toEqual([200, 200]);
});

test('the computer tool does not take it, so it is not sent', async () => {
  await using it = await loopback([[call], done]);
  const conversation = it.openAi().start({ ...brief, environment: 'browser' });
  await conversation.respond(first());
  await conversation.respond(answering([seen]));
  expect(JSON.stringify(it.body(1))).not.toContain('current_url');
});

test('a server that refuses it is not told it again', async () => {
  await using it = await loopback([[call], [call], done]);
  const conversation = it
    .openAi({ model: 'computer-use-preview' })
    .start({ ...brief, environment: 'browser' });
  await conversation.respond(first());
  const message = "Unknown parameter: 'input[0].current_url'.";
  const error = {
    message,
    type: 'invalid_request_error',
    param: 'input[0].current_url',
    code: 'unknown_parameter',
  };
  it.server.fail({ kind: 'status', status: 400, body: { error } });
  await conversation.respond(answering([seen]));
  await conversation.respond(answering([seen]));
  expect(it.statuses()).toEqual([200, 400, 200, 200]);
  expect([2, 3].map((n) => JSON.stringify(it.body(n)).includes('current_url'))).toEqual([false, false]);
});

test('the strict server refuses it with the computer tool', async () => {
  await using it = await loopback([[call], done]);
  const post = (body: object): Promise<Response> =>
    fetch(`${it.server.baseUrl}/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${it.server.apiKey}` },
      body: JSON.stringify({ model: 'gpt-5.4', tools: [{ type: 'computer' }], ...body }),
    });
  const output = { type: 'computer_screenshot', image_url: 'data:image/png;base64,' };
  const answer = { type: 'computer_call_output', call_id: 'call_a', output, current_url: URL };
  const response = await post({ input: [answer] });
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { message: "Unknown parameter: 'input[0].current_url'.", param: 'input[0].current_url' } },
  ]);
});
