import { describe, expect, test, vi } from 'vitest';
import { createOpenAiModel } from '../../../src/model/openai/openai-model.ts';
import { messageDraft } from '../../../src/testing/responses-server/brain.ts';
import { brief, first, loopback } from './loopback.ts';

const apiKey = 'key-for-a-test';
const done = [messageDraft('Done.')];

describe('options', () => {
  test.each([
    ['not a url', 'is not a URL'],
    ['ftp://host/v1', 'does not begin with https://'],
    ['https://user:word@host/v1', 'user name or password'],
    ['https://host/v1?key=secret', 'has a query'],
    ['https://api.openai.com/v1/responses', 'names one operation'],
    ['https://host/v1/chat/completions/', 'names one operation'],
    ['https://res.openai.azure.com/', 'is an Azure OpenAI endpoint'],
  ])('the base URL %s is refused with the right form', (baseUrl, message) => {
    expect(() => createOpenAiModel({ model: 'gpt-5.4', apiKey, baseUrl })).toThrow(
      expect.objectContaining({
        name: 'InputError',
        message: expect.stringContaining(message),
        hint: expect.stringMatching(/https:\/\/\S+\/v1/),
      }),
    );
  });

  test('a query is not repeated: it may be a key', () => {
    expect(() =>
      createOpenAiModel({ model: 'gpt-5.4', apiKey, baseUrl: 'https://host/v1?key=hunter22' }),
    ).not.toThrow(/hunter22/);
  });

  test.each([
    [{ maxRetries: -1 }, 'maxRetries'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ deadlineMs: 1.5 }, 'deadlineMs'],
    [{ historyWindow: 0 }, 'historyWindow'],
    [{ maxOutputTokens: 0 }, 'maxOutputTokens'],
    [{ model: 'two words' }, 'two words'],
    [{ model: '' }, 'no name of a model'],
  ])('%j makes no sense', (options, message) => {
    expect(() => createOpenAiModel({ model: 'gpt-5.4', apiKey, ...options })).toThrow(
      expect.objectContaining({ name: 'InputError', message: expect.stringContaining(message) }),
    );
  });

  test.each([
    ['gpt-5.4', 'computer'],
    ['computer-use-preview', 'computer_use_preview'],
    ['computer-use-preview-2025-03-11', 'computer_use_preview'],
  ] as const)('the model %s takes the tool %s', (model, tool) => {
    expect(createOpenAiModel({ apiKey, model })).toMatchObject({ provider: 'openai', model, tool });
  });

  test('the tool can be chosen', () => {
    expect(createOpenAiModel({ apiKey, model: 'mine', tool: 'computer_use_preview' }).tool).toBe(
      'computer_use_preview',
    );
  });
});

describe('the wire', () => {
  test('organisation and project are sent; the environment is not read', async () => {
    vi.stubEnv('OPENAI_ORG_ID', 'org-of-the-environment');
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:9/v1');
    vi.stubEnv('OPENAI_API_KEY', 'key-of-the-environment');
    try {
      await using it = await loopback([done, done]);
      await it.openAi().start(brief).respond(first());
      await it.openAi({ organization: 'org-1', project: 'proj-1' }).start(brief).respond(first());
      const [plain, named] = it.server.requests.map(({ headers }) => headers);
      expect(plain).not.toHaveProperty('openai-organization');
      expect(plain).toMatchObject({ authorization: `Bearer ${it.server.apiKey}` });
      expect(named).toMatchObject({ 'openai-organization': 'org-1', 'openai-project': 'proj-1' });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('a base URL with a slash at its end is the same', async () => {
    await using it = await loopback([done]);
    await it
      .openAi({ baseUrl: `${it.server.baseUrl}/` })
      .start(brief)
      .respond(first());
    expect(it.server.requests[0]?.path).toBe('/v1/responses');
  });

  test('the SDK never prints, even where its log level says so', async () => {
    vi.stubEnv('OPENAI_LOG', 'debug');
    const printed: unknown[] = [];
    const spies = (['debug', 'info', 'warn', 'error', 'log'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...words: unknown[]) => void printed.push(words)),
    );
    try {
      await using it = await loopback([done]);
      it.server.fail({ kind: 'status', status: 500 });
      await it.openAi().start(brief).respond(first());
      expect(printed).toEqual([]);
    } finally {
      for (const spy of spies) spy.mockRestore();
      vi.unstubAllEnvs();
    }
  });
});

describe('what a server does not take is left out, once and for good', () => {
  const preview = { tool: 'computer', takesDetail: false, givesSummaries: false } as const;

  test('detail and summaries', async () => {
    const screens = [done, done];
    await using it = await loopback(screens, { models: { 'gpt-5.4': preview } });
    const model = it.openAi();
    it.server.fail({
      kind: 'status',
      status: 400,
      body: {
        error: {
          message: "Invalid value: 'original'. Supported values are: 'low', 'high', and 'auto'.",
          type: 'invalid_request_error',
          param: 'input[0].content[1].detail',
          code: 'invalid_value',
        },
      },
    });
    await model.start(brief).respond(first());
    await model.start(brief).respond(first());

    expect(it.statuses()).toEqual([400, 400, 200, 200]);
    expect(JSON.stringify(it.body(0))).toContain('"detail":"original"');
    expect(it.body(1)).toHaveProperty('reasoning', { summary: 'auto' });
    for (const index of [2, 3]) {
      expect(JSON.stringify(it.body(index))).not.toContain('detail');
      expect(it.body(index)).not.toHaveProperty('reasoning');
    }
    expect(it.clock.sleeps).toEqual([]);
  });

  test('reasoning at all', async () => {
    await using it = await loopback([done]);
    it.server.fail({
      kind: 'status',
      status: 400,
      body: {
        error: {
          message: "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
          type: 'invalid_request_error',
          param: 'reasoning.effort',
          code: 'unsupported_parameter',
        },
      },
    });
    await it.openAi().start(brief).respond(first());
    expect(it.body(1)).not.toHaveProperty('reasoning');
  });

  test('an effort that was asked for is not dropped in silence', async () => {
    await using it = await loopback([]);
    const error = { message: 'Unsupported.', param: 'reasoning.effort', code: 'unsupported_value' };
    it.server.fail({ kind: 'status', status: 400, body: { error } });
    const model = it.openAi({ reasoningEffort: 'max', reasoningSummary: 'none' });
    await expect(model.start(brief).respond(first())).rejects.toMatchObject({
      code: 'model-rejected-request',
    });
    expect(it.statuses()).toEqual([400]);
  });
});
