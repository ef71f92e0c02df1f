import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { RetryNotice } from '../../../src/model/responses/retry.ts';
import { messageDraft } from '../../../src/testing/responses-server/brain.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { brief, first, loopback } from './loopback.ts';

const done = [messageDraft('Done.')];
const KEY = 'sk-proj-0123456789abcdef';

function fault(status: number, message: string, code: string | null = null, param: string | null = null) {
  return {
    kind: 'status',
    status,
    body: { error: { message, type: 'invalid_request_error', code, param } },
  } as const;
}

describe('a refusal is mapped once, with a kind and what to do', () => {
  test.each([
    [fault(401, 'No key.'), 'model-authentication', 'bad-key', 'OPENAI_API_KEY'],
    [fault(403, 'Country not supported.'), 'model-authentication', 'no-permission', 'not allowed'],
    [
      fault(404, 'The model `x` does not exist', 'model_not_found'),
      'model-not-found',
      'no-such-model',
      'name',
    ],
    [fault(400, 'Nope', 'model_not_found'), 'model-not-found', 'no-such-model', 'gpt-5.4'],
    [fault(404, 'Resource not found', '404'), 'model-not-found', 'no-such-path', 'endpoint'],
    [fault(429, 'Quota exceeded.', 'insufficient_quota'), 'model-rate-limited', 'no-quota', 'billing'],
    [
      fault(400, "Computer tool has unacknowledged safety check for ['sc_1']"),
      'model-rejected-request',
      'unacknowledged-safety-check',
      'approved',
    ],
    [
      fault(400, 'No tool output found for computer call call_1.'),
      'model-rejected-request',
      'missing-call-output',
      'answered',
    ],
    [fault(400, 'x', 'image_too_large'), 'model-rejected-request', 'image-too-large', 'smaller display'],
    [
      fault(400, 'Invalid image data.', 'invalid_image'),
      'model-rejected-request',
      'invalid-image',
      'screenshot',
    ],
    [
      fault(400, 'Too long.', 'context_length_exceeded'),
      'model-rejected-request',
      'context-too-long',
      'split',
    ],
    [
      fault(400, "Tool 'computer_use_preview' is not supported with gpt-5.4."),
      'model-rejected-request',
      'tool-not-supported',
      'other computer tool',
    ],
    [
      fault(400, 'Filtered.', 'content_filter'),
      'model-rejected-request',
      'content-filter',
      'refused the task',
    ],
    [
      {
        kind: 'status',
        status: 400,
        body: {
          error: {
            message:
              "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
            type: null,
            param: 'prompt',
            code: 'content_filter',
            status: 400,
            innererror: { code: 'ResponsibleAIPolicyViolation' },
          },
        },
      } as const,
      'model-rejected-request',
      'content-filter',
      'on the screen',
    ],
    [
      fault(400, "Unknown parameter: 'store'.", 'unknown_parameter', 'store'),
      'model-rejected-request',
      'unsupported-parameter',
      'Responses API',
    ],
    [fault(413, 'Too big.'), 'model-rejected-request', 'request-too-large', 'smaller display'],
    [fault(418, 'Teapot.'), 'model-rejected-request', 'other', 'does not take'],
  ])('%j', async (refusal, code, kind, hint) => {
    await using it = await loopback([]);
    it.server.fail(refusal);
    await expect(it.openAi().start(brief).respond(first())).rejects.toMatchObject({
      name: 'ModelError',
      code,
      details: { kind, status: refusal.status },
      hint: expect.stringContaining(hint),
      retryable: false,
    });
    expect(it.clock.sleeps).toEqual([]);
    expect(it.statuses()).toEqual([refusal.status]);
  });

  test.each([
    [
      { statusCode: 401, message: 'Access denied due to missing subscription key.' },
      'missing subscription key',
    ],
    [{ detail: 'Not authenticated' }, 'Not authenticated'],
    ['Go away', 'Go away'],
    [{ colour: 1 }, 'OpenAI API at 127.0.0.1'],
  ])("a gateway's own form of refusal is readable: %j", async (body, words) => {
    await using it = await loopback([]);
    it.server.fail({ kind: 'status', status: 401, body });
    await expect(it.openAi().start(brief).respond(first())).rejects.toMatchObject({
      code: 'model-authentication',
      message: expect.stringContaining(words),
    });
  });

  test('a response that failed is an error with its code', async () => {
    const error = { code: 'invalid_prompt', message: 'Not this.' };
    await using it = await loopback([{ output: [], status: 'failed', error }]);
    await expect(it.openAi().start(brief).respond(first())).rejects.toMatchObject({
      code: 'model-rejected-request',
      message: expect.stringContaining('failed: Not this.'),
      details: { kind: 'content-filter', code: 'invalid_prompt' },
    });
  });

  test.each([
    ['a web page', { kind: 'body', body: '<html></html>', contentType: 'text/html' }],
    ['nothing', { kind: 'body', body: '' }],
    ['another API', { kind: 'body', body: '{"id":"x","object":"chat.completion","choices":[]}' }],
  ] as const)('an answer that is %s', async (_name, body) => {
    await using it = await loopback([]);
    it.server.fail(body);
    await expect(it.openAi().start(brief).respond(first())).rejects.toMatchObject({
      code: 'model-invalid-response',
      hint: expect.stringContaining('Responses API'),
    });
  });
});

describe('retries', () => {
  test.each([
    ['500', { kind: 'status', status: 500 }],
    ['503', { kind: 'status', status: 503 }],
    ['408', { kind: 'status', status: 408 }],
    ['a reset connection', { kind: 'reset' }],
    ['an answer cut off half-way', { kind: 'truncate' }],
    ['half a JSON text', { kind: 'body', body: '{"id":"resp_1","out' }],
  ] as const)('%s is tried again after a growing wait', async (_name, broken) => {
    await using it = await loopback([done]);
    it.server.fail(broken, broken);
    await expect(it.openAi().start(brief).respond(first())).resolves.toMatchObject({ status: 'completed' });
    expect(it.clock.sleeps).toEqual([500, 1_000]);
    expect(it.server.requests).toHaveLength(3);
  });

  test('a failed response of the server is tried again', async () => {
    const error = { code: 'server_error', message: 'Sorry.' };
    await using it = await loopback([{ output: [], status: 'failed', error }, done]);
    await expect(it.openAi().start(brief).respond(first())).resolves.toMatchObject({ status: 'completed' });
  });

  test('a rate limit waits as long as the server asks, with a little jitter', async () => {
    await using it = await loopback([done]);
    const azure = { error: { code: '429', message: 'Rate limit is exceeded. Try again in 26 seconds.' } };
    it.server.fail(
      { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
      { kind: 'status', status: 429, headers: { 'retry-after-ms': '1500' } },
      { kind: 'status', status: 429, body: azure },
      { kind: 'status', status: 429 },
    );
    const notices: RetryNotice[] = [];
    const model = it.openAi({ onRetry: (notice) => notices.push(notice) });
    await model.start(brief).respond(first());
    expect(it.clock.sleeps.map(Math.round)).toEqual([7_350, 1_575, 27_300, 16_000]);
    expect(notices.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(notices[2]?.reason).toContain('Try again in 26 seconds.');
  });

  test('jitter spreads the waits', async () => {
    for (const [random, waits] of [
      [0, [375, 750]],
      [0.999, [624.75, 1_249.5]],
    ] as const) {
      await using it = await loopback([done]);
      it.server.fail({ kind: 'reset' }, { kind: 'reset' });
      await it
        .openAi({ random: () => random })
        .start(brief)
        .respond(first());
      expect(it.clock.sleeps).toEqual(waits);
    }
  });

  test('the attempts are limited, and counted in the message', async () => {
    await using it = await loopback([]);
    it.server.fail(...Array.from({ length: 3 }, () => ({ kind: 'status', status: 502 }) as const));
    await expect(it.openAi({ maxRetries: 2 }).start(brief).respond(first())).rejects.toMatchObject({
      code: 'model-unavailable',
      message: expect.stringMatching(/answered 502: .* \(3 attempts in 1\.5 s\)$/),
      details: { attempts: 3, status: 502 },
      retryable: true,
    });
    expect(it.statuses()).toEqual([502, 502, 502]);
  });

  test('a wait beyond the deadline is not begun', async () => {
    await using it = await loopback([]);
    it.server.fail({ kind: 'status', status: 429, headers: { 'retry-after': '86400' } });
    await expect(it.openAi().start(brief).respond(first())).rejects.toMatchObject({
      code: 'model-rate-limited',
      message: expect.stringContaining('(it asks to wait 86400.0 s, longer than a turn may take)'),
      details: { retryAfterMs: 86_400_000 },
    });
    expect(it.clock.sleeps).toEqual([]);
  });

  test.each(['nothing', 'headers'] as const)('no answer after %s is a timeout', async (after) => {
    await using it = await loopback([]);
    it.server.fail({ kind: 'stall', after });
    const model = it.openAi({ timeoutMs: 60, maxRetries: 0 });
    await expect(model.start(brief).respond(first())).rejects.toMatchObject({
      code: 'model-timeout',
      message: expect.stringContaining('within 60 ms'),
      retryable: true,
    });
  });

  test('a timeout is tried again', async () => {
    await using it = await loopback([done]);
    it.server.fail({ kind: 'stall', after: 'nothing' });
    const turn = await it.openAi({ timeoutMs: 1_000 }).start(brief).respond(first());
    expect(turn.status).toBe('completed');
    // A machine under load may time out more than once.
    expect(it.clock.sleeps[0]).toBe(500);
  });

  test('no attempt outlasts the deadline', async () => {
    await using it = await loopback([]);
    it.server.fail({ kind: 'stall', after: 'nothing' });
    const model = it.openAi({ deadlineMs: 80, clock: systemClock });
    await expect(model.start(brief).respond(first())).rejects.toMatchObject({ code: 'model-timeout' });
  });

  test('nothing listens: the reason and the endpoint are named', async () => {
    await using it = await loopback([]);
    const model = it.openAi({ maxRetries: 1 });
    await it.server.close();
    await expect(model.start(brief).respond(first())).rejects.toMatchObject({
      code: 'model-unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
      hint: expect.stringContaining('127.0.0.1'),
    });
    await it.server.listen(0);
  });
});

describe('stopping', () => {
  test('an abort ends a request under way', async () => {
    await using it = await loopback([]);
    it.server.fail({ kind: 'stall', after: 'nothing' });
    const controller = new AbortController();
    const pending = it.openAi().start(brief).respond(first(), { signal: controller.signal });
    await expect.poll(() => it.server.requests.length).toBe(1);
    controller.abort();
    await expect(pending).rejects.toMatchObject({ name: 'CancelledError', code: 'cancelled' });
  });

  test('an abort ends a wait', async () => {
    await using it = await loopback([]);
    it.server.fail({ kind: 'status', status: 429, headers: { 'retry-after': '60' } });
    const controller = new AbortController();
    const model = it.openAi({ clock: systemClock, onRetry: () => controller.abort() });
    const pending = model.start(brief).respond(first(), { signal: controller.signal });
    await expect(pending).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('an aborted signal sends nothing', async () => {
    await using it = await loopback([]);
    const pending = it.openAi().start(brief).respond(first(), { signal: AbortSignal.abort() });
    await expect(pending).rejects.toMatchObject({ code: 'cancelled' });
    expect(it.server.requests).toEqual([]);
  });

  test('disposal ends what is under way and refuses more', async () => {
    await using it = await loopback([]);
    it.server.fail({ kind: 'stall', after: 'nothing' });
    const model = it.openAi();
    const pending = model.start(brief).respond(first());
    await expect.poll(() => it.server.requests.length).toBe(1);
    await model[Symbol.asyncDispose]();
    await expect(pending).rejects.toMatchObject({ code: 'cancelled' });
    expect(() => model.start(brief)).toThrow('disposed');
  });
});

describe('secrets', () => {
  test('a server that repeats the key does not get it into the error', async () => {
    await using it = await loopback([]);
    const failure: unknown = await it
      .openAi({ apiKey: KEY })
      .start(brief)
      .respond(first())
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'model-authentication',
      message: expect.stringContaining('Incorrect API key provided: [secret].'),
    });
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain(KEY.slice(0, 12));
  });

  test.each(['two words', 'line\nbreak', '"quoted"é'])('the key %j is refused unseen', async (apiKey) => {
    await using it = await loopback([]);
    expect(() => it.openAi({ apiKey })).toThrow(
      expect.objectContaining({
        name: 'InputError',
        message: expect.not.stringContaining(apiKey),
        hint: expect.stringContaining('OPENAI_API_KEY'),
      }),
    );
  });

  test('no key at all', async () => {
    await using it = await loopback([]);
    expect(() => it.openAi({ apiKey: '' })).toThrow(expect.objectContaining({ hint: 'Set OPENAI_API_KEY.' }));
  });
});
