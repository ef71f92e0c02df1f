import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { toDataUrl } from '../../../src/action/screenshot.ts';
import {
  callDraft,
  functionCallDraft,
  messageDraft,
  reasoningDraft,
  refusalDraft,
} from '../../../src/testing/responses-server/brain.ts';
import { click, loopback, screen } from '../model/loopback.ts';
import type { Loopback } from '../model/loopback.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const responseView = z.looseObject({ id: z.string(), output: z.array(z.looseObject({})) });
const json = { 'content-type': 'application/json' };

async function post(it: Loopback, body: unknown, path = '/v1/responses', headers?: object): Promise<Answer> {
  const response = await fetch(`${it.server.url}${path}`, {
    method: 'POST',
    headers: { ...json, authorization: `Bearer ${it.server.apiKey}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const picture = toDataUrl(screen(1));
const ask = { model: 'gpt-5.4', input: 'Hello.', tools: [{ type: 'computer' }] };
const screenshot = { type: 'computer_screenshot', image_url: picture };
const output = { type: 'computer_call_output', call_id: 'call_1', output: screenshot };
const call = callDraft([click], { call_id: 'call_1' });

function refusal(message: string, param: string | null, code: string | null = null, status = 400): Answer {
  return { status, body: { error: { message, type: 'invalid_request_error', param, code } } };
}

function message(...content: readonly object[]): object {
  return { ...ask, input: [{ role: 'user', content }] };
}

function image(url: string): object {
  return message({ type: 'input_image', image_url: url, detail: 'auto' });
}

describe('a request is read as strictly as it is documented', () => {
  test.each([
    [{ ...ask, colour: 1 }, refusal("Unknown parameter: 'colour'.", 'colour', 'unknown_parameter')],
    [{ input: 'x' }, refusal("Missing required parameter: 'model'.", 'model', 'missing_required_parameter')],
    [
      { ...ask, input: undefined },
      refusal("Missing required parameter: 'input'.", 'input', 'missing_required_parameter'),
    ],
    [
      { ...ask, store: 'yes' },
      refusal(
        "Invalid type for 'store': expected boolean, but got a string instead.",
        'store',
        'invalid_type',
      ),
    ],
    [
      { ...ask, truncation: 'some' },
      refusal(
        "Invalid value: 'some'. Supported values are: 'auto', 'disabled'.",
        'truncation',
        'invalid_value',
      ),
    ],
    [
      { ...ask, input: [{ type: 'hologram' }] },
      {
        status: 400,
        body: { error: expect.objectContaining({ param: 'input[0].type', code: 'invalid_value' }) },
      },
    ],
    [
      { ...ask, input: [{ ...output, colour: 1 }] },
      refusal("Unknown parameter: 'input[0].colour'.", 'input[0].colour', 'unknown_parameter'),
    ],
    [
      { ...ask, input: [{ ...output, output: { ...screenshot, type: 'input_image' } }] },
      refusal(
        "Invalid value: 'input_image'. Supported values are: 'computer_screenshot'.",
        'input[0].output.type',
        'invalid_value',
      ),
    ],
    [
      message({ type: 'output_text', text: 'x' }),
      refusal(
        "Invalid value: 'output_text'. Supported values are: 'input_text', 'input_image'.",
        'input[0].content[0].type',
        'invalid_value',
      ),
    ],
    [
      { ...ask, tools: [{ type: 'computer', display_width: 10 }] },
      refusal("Unknown parameter: 'tools[0].display_width'.", 'tools[0].display_width', 'unknown_parameter'),
    ],
    [
      { ...ask, tools: [{ type: 'computer_use_preview', display_width: 1, display_height: 1 }] },
      refusal(
        "Missing required parameter: 'tools[0].environment'.",
        'tools[0].environment',
        'missing_required_parameter',
      ),
    ],
    [
      { ...ask, stream: true },
      refusal('This server neither streams nor answers in the background.', 'stream'),
    ],
    ['{"model":', refusal('We could not parse the JSON body of your request.', null)],
  ])('%j', async (request, answer) => {
    await using it = await loopback([]);
    expect(await post(it, request)).toEqual(answer);
  });
});

describe('what is asked has to fit', () => {
  const preview = {
    type: 'computer_use_preview',
    display_width: 64,
    display_height: 48,
    environment: 'linux',
  };
  const tiny = toDataUrl(screen(1, 8, 8));
  const cut = toDataUrl({ ...screen(1), png: screen(1).png.subarray(0, 60) });

  test.each([
    [
      'the wrong tool',
      { ...ask, tools: [preview] },
      refusal("Tool 'computer_use_preview' is not supported with gpt-5.4.", 'tools'),
    ],
    [
      'the preview tool without truncation',
      { ...ask, model: 'computer-use-preview', tools: [preview] },
      refusal("The computer_use_preview tool requires 'truncation' to be 'auto'.", 'truncation'),
    ],
    [
      'an output without a call',
      { ...ask, input: [output] },
      refusal('No tool call found for computer call output with call_id call_1.', 'input'),
    ],
    [
      'an unknown response',
      { ...ask, previous_response_id: 'resp_unknown' },
      refusal(
        "Previous response with id 'resp_unknown' not found.",
        'previous_response_id',
        'previous_response_not_found',
      ),
    ],
    [
      'no response id',
      { ...ask, previous_response_id: 'call_1' },
      refusal(
        "Invalid 'previous_response_id': 'call_1'. Expected an ID that begins with 'resp'.",
        'previous_response_id',
        'invalid_value',
      ),
    ],
    [
      'a picture elsewhere',
      image('https://example.com/a.png'),
      { status: 400, body: { error: expect.objectContaining({ code: 'invalid_image_url' }) } },
    ],
    [
      'no base64',
      image('data:image/png;base64,###'),
      { status: 400, body: { error: expect.objectContaining({ code: 'invalid_base64_image' }) } },
    ],
    [
      'half a picture',
      image(cut),
      { status: 400, body: { error: expect.objectContaining({ code: 'invalid_image_format' }) } },
    ],
    [
      'a tiny picture',
      image(tiny),
      refusal('The image is too small.', 'input[0].content[0].image_url', 'image_too_small'),
    ],
    [
      'an unknown model',
      { ...ask, model: 'gpt-0' },
      refusal(
        'The model `gpt-0` does not exist or you do not have access to it.',
        null,
        'model_not_found',
        404,
      ),
    ],
  ])('%s', async (_name, request, answer) => {
    await using it = await loopback([]);
    expect(await post(it, request)).toEqual(answer);
  });

  test('detail on a screenshot, where the model does not take it', async () => {
    await using it = await loopback([], {
      models: { 'gpt-5.4': { tool: 'computer', takesDetail: false, givesSummaries: true } },
    });
    const detailed = { ...output, output: { ...screenshot, detail: 'original' } };
    expect(await post(it, { ...ask, input: [detailed] })).toEqual(
      refusal("Unknown parameter: 'input[0].output.detail'.", 'input[0].output.detail', 'unknown_parameter'),
    );
  });
});

describe('a conversation', () => {
  const checks = [{ id: 'cu_sc_1' }, { id: 'cu_sc_2' }];

  async function begin(it: Loopback): Promise<string> {
    const { body } = await post(it, ask);
    return responseView.parse(body).id;
  }

  test('the response has every documented field', async () => {
    await using it = await loopback([[reasoningDraft('Hm.'), call, refusalDraft('No.')]]);
    const { status, body } = await post(it, ask);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^resp_[0-9a-f]{24}$/),
      object: 'response',
      status: 'completed',
      error: null,
      model: 'gpt-5.4',
      previous_response_id: null,
      store: true,
      tools: [{ type: 'computer' }],
      output: [
        {
          id: expect.stringMatching(/^rs_/),
          type: 'reasoning',
          summary: [{ type: 'summary_text', text: 'Hm.' }],
        },
        {
          id: expect.stringMatching(/^cu_/),
          type: 'computer_call',
          call_id: 'call_1',
          status: 'completed',
          actions: [click],
          pending_safety_checks: [],
        },
        { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
      ],
      usage: { input_tokens: expect.any(Number), total_tokens: expect.any(Number) },
    });
  });

  test.each([
    [
      'a call without an output',
      [{ role: 'user', content: 'Go on.' }],
      refusal('No tool output found for computer call call_1.', 'input'),
    ],
    [
      'two outputs for a call',
      [output, output],
      refusal('No tool call found for computer call output with call_id call_1.', 'input'),
    ],
  ])('%s', async (_name, input, answer) => {
    await using it = await loopback([[call]]);
    const id = await begin(it);
    expect(await post(it, { ...ask, previous_response_id: id, input })).toEqual(answer);
  });

  test('a function call without an output', async () => {
    await using it = await loopback([[functionCallDraft('f', {})]]);
    const id = await begin(it);
    const { body } = await post(it, { ...ask, previous_response_id: id });
    expect(body).toMatchObject({
      error: { message: expect.stringMatching(/^No tool output found for function call call_/) },
    });
  });

  test('checks that are not acknowledged, and those that are', async () => {
    await using it = await loopback([[{ ...call, pending_safety_checks: checks }], [messageDraft('Ok.')]]);
    const id = await begin(it);
    const answer = (acknowledged: readonly object[]): Promise<Answer> =>
      post(it, {
        ...ask,
        previous_response_id: id,
        input: [{ ...output, acknowledged_safety_checks: acknowledged }],
      });
    expect(await answer([])).toEqual(
      refusal("Computer tool has unacknowledged safety check for ['cu_sc_1', 'cu_sc_2']", 'input'),
    );
    expect(await answer(checks.slice(0, 1))).toEqual(
      refusal("Computer tool has unacknowledged safety check for ['cu_sc_2']", 'input'),
    );
    expect(await answer(checks)).toMatchObject({ status: 200 });
  });

  test('a response can be gone on from twice: what one branch did is not in the other', async () => {
    await using it = await loopback([[call], [messageDraft('One.')], [messageDraft('Two.')]]);
    const id = await begin(it);
    const next = { ...ask, previous_response_id: id, input: [output] };
    await post(it, next);
    await post(it, next);
    const [, one, two] = it.brain.requests;
    expect(two?.context).toEqual(one?.context);
    expect(two?.context.map(({ type }) => type)).toEqual(['message', 'computer_call']);
  });

  test('an unstored or forgotten response is lost', async () => {
    await using it = await loopback([[messageDraft('a')], [messageDraft('b')]]);
    const { body } = await post(it, { ...ask, store: false });
    const { id } = responseView.parse(body);
    const lost = { status: 400, body: { error: { code: 'previous_response_not_found' } } };
    expect(await post(it, { ...ask, previous_response_id: id })).toMatchObject(lost);
    const stored = await begin(it);
    it.server.forget();
    expect(await post(it, { ...ask, previous_response_id: stored })).toMatchObject(lost);
  });

  test('reasoning comes back whole and together with what it led to', async () => {
    await using it = await loopback([[reasoningDraft('Hm.'), call], [messageDraft('Ok.')]]);
    const include = ['reasoning.encrypted_content'];
    const { body } = await post(it, { ...ask, store: false, include });
    const { output: items } = responseView.parse(body);
    const [reasoning = {}, made = {}] = items;
    const resend = (...input: readonly object[]): Promise<Answer> =>
      post(it, { ...ask, store: false, input });

    expect(await resend(made, output)).toMatchObject({
      body: { error: { message: expect.stringContaining("without its required 'reasoning' item") } },
    });
    expect(await resend(reasoning)).toMatchObject({
      body: { error: { message: expect.stringContaining('without its required following item') } },
    });
    expect(await resend({ ...reasoning, encrypted_content: null }, made, output)).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringContaining('Items are not persisted') } },
    });
    expect(await resend(reasoning, made, output)).toMatchObject({ status: 200 });
  });

  test('ids are unique over servers', async () => {
    const ids = new Set<string>();
    for (let run = 0; run < 3; run++) {
      await using it = await loopback([[call], [call]]);
      ids.add(await begin(it));
      ids.add(await begin(it));
    }
    expect(ids.size).toBe(6);
  });

  test('a script that is over refuses for good, and one that is not used up is told', async () => {
    await using it = await loopback([[call]]);
    expect(() => it.brain.assertFinished()).toThrow('1 of 1 scripted answers were never asked for');
    await begin(it);
    it.brain.assertFinished();
    expect(await post(it, ask)).toEqual(refusal('The script has no answer to request 2.', null));
  });
});

describe('who may ask, and where', () => {
  test.each([
    ['no key', '/v1/responses', { authorization: '' }, 401],
    ['a wrong key', '/v1/responses', { authorization: 'Bearer nope' }, 401],
    ['an api-key header at OpenAI', '/v1/responses', { authorization: '', 'api-key': 'loopback-key' }, 401],
    [
      'an api-key header at Azure',
      '/openai/v1/responses',
      { authorization: '', 'api-key': 'loopback-key' },
      200,
    ],
    ['a bearer key at the dated API', '/openai/responses?api-version=2025-04-01-preview', {}, 401],
    ['no version at the dated API', '/openai/responses', {}, 404],
    ['a date at the v1 API', '/openai/v1/responses?api-version=2025-04-01-preview', {}, 400],
    ['another path', '/v1/chat/completions', {}, 404],
    ['no prefix', '/responses', {}, 200],
  ])('%s', async (_name, path, headers, status) => {
    await using it = await loopback([[messageDraft('Hi.')]]);
    expect(await post(it, ask, path, headers)).toMatchObject({ status });
    expect(it.server.requests).toMatchObject([{ path, status }]);
  });

  test('another method', async () => {
    await using it = await loopback([]);
    const response = await fetch(`${it.server.url}/v1/responses`);
    expect(response.status).toBe(405);
  });
});

describe('faults', () => {
  test('each takes one request, in order, and the brain is not asked', async () => {
    await using it = await loopback([[messageDraft('Hi.')]]);
    it.server.fail(
      { kind: 'status', status: 429, headers: { 'retry-after': '3' } },
      { kind: 'body', body: '{}' },
      { kind: 'reset' },
      { kind: 'truncate' },
    );
    expect(await post(it, ask)).toMatchObject({
      status: 429,
      body: { error: { code: 'rate_limit_exceeded' } },
    });
    expect(await post(it, ask)).toEqual({ status: 200, body: {} });
    await expect(post(it, ask)).rejects.toThrow('fetch failed');
    await expect(post(it, ask)).rejects.toThrow();
    expect(await post(it, ask)).toMatchObject({ status: 200, body: { object: 'response' } });
    expect(it.statuses()).toEqual([429, 200, 0, 200, 200]);
  });

  test('an answer that comes late uses the script only if somebody still waits', async () => {
    await using it = await loopback([[messageDraft('Hi.')]]);
    it.server.fail({ kind: 'latency', ms: 3_600_000 });
    const controller = new AbortController();
    const pending = fetch(`${it.server.baseUrl}/responses`, {
      method: 'POST',
      headers: { ...json, authorization: `Bearer ${it.server.apiKey}` },
      body: JSON.stringify(ask),
      signal: controller.signal,
    });
    await expect.poll(() => it.server.requests.length).toBe(1);
    controller.abort();
    await expect(pending).rejects.toThrow('aborted');
    await expect.poll(() => it.statuses()).toEqual([0]);
    expect(it.brain.requests).toEqual([]);
  });
});
