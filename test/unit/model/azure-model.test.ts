import { inspect } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ModelError } from '../../../src/errors.ts';
import { createAzureModel } from '../../../src/model/azure/azure-model.ts';
import type { AzureModelOptions } from '../../../src/model/azure/azure-model.ts';
import { messageDraft } from '../../../src/testing/responses-server/brain.ts';
import { brief, first, loopback } from './loopback.ts';
import type { Loopback } from './loopback.ts';

const done = [messageDraft('Done.')];
const models = { desk: { tool: 'computer', takesDetail: true, givesSummaries: true } } as const;
const DATED = '2025-04-01-preview';

function azure(it: Loopback, options: Partial<AzureModelOptions> = {}) {
  return createAzureModel({ endpoint: it.server.url, deployment: 'desk', clock: it.clock, ...options });
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the forms of the endpoint', () => {
  test('v1 with a key: a bearer header, no version', async () => {
    await using it = await loopback([done], { models });
    const model = azure(it, { apiKey: it.server.apiKey });
    await model.start(brief).respond(first());

    expect(model).toMatchObject({ provider: 'azure', model: 'desk', tool: 'computer' });
    expect(it.server.requests).toMatchObject([
      { path: '/openai/v1/responses', headers: { authorization: 'Bearer loopback-key' }, status: 200 },
    ]);
    expect(it.body(0)).toMatchObject({ model: 'desk', tools: [{ type: 'computer' }] });
  });

  test('v1 with tokens: the function is asked at every request', async () => {
    await using it = await loopback([done, done], { models, isToken: (token) => token.startsWith('token-') });
    let count = 0;
    const model = azure(it, { tokenSource: async () => `token-${++count}` });
    await model.start(brief).respond(first());
    await model.start(brief).respond(first());
    expect(it.server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  test.each(['2025-03-01-preview', DATED])(
    'dated with a key: the api-key header and %s',
    async (apiVersion) => {
      await using it = await loopback([done], { models });
      await azure(it, { apiKey: it.server.apiKey, apiVersion }).start(brief).respond(first());
      const [request] = it.server.requests;
      expect(request).toMatchObject({
        path: `/openai/responses?api-version=${apiVersion}`,
        headers: { 'api-key': 'loopback-key' },
        status: 200,
      });
      expect(request?.headers).not.toHaveProperty('authorization');
    },
  );

  test('dated with tokens: a bearer header, whatever the environment says', async () => {
    vi.stubEnv('AZURE_OPENAI_API_KEY', 'key-of-the-environment');
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:9/v1');
    await using it = await loopback([done], { models, isToken: (token) => token === 'token-1' });
    const model = azure(it, { tokenSource: async () => 'token-1', apiVersion: DATED });
    await model.start(brief).respond(first());
    expect(it.server.requests[0]).toMatchObject({
      path: `/openai/responses?api-version=${DATED}`,
      headers: { authorization: 'Bearer token-1' },
      status: 200,
    });
    expect(it.server.requests[0]?.headers).not.toHaveProperty('api-key');
  });
});

describe('options', () => {
  const endpoint = 'https://res.openai.azure.com/';

  test('a key and a token together are refused', () => {
    const both = { endpoint, deployment: 'desk', apiKey: 'k', tokenSource: async () => 't' };
    expect(() => createAzureModel(both)).toThrow(
      expect.objectContaining({
        name: 'InputError',
        message: expect.stringContaining('Both a key and a token'),
      }),
    );
  });

  test('no deployment is refused', () => {
    expect(() => createAzureModel({ endpoint, deployment: '', apiKey: 'key' })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('AZURE_OPENAI_DEPLOYMENT') }),
    );
  });
});

describe('errors', () => {
  test('an unknown deployment', async () => {
    await using it = await loopback([], { models });
    const model = azure(it, { deployment: 'gpt-5.4', apiKey: it.server.apiKey });
    await expect(model.start(brief).respond(first())).rejects.toMatchObject({
      code: 'model-not-found',
      details: { kind: 'no-such-model', code: 'DeploymentNotFound', status: 404 },
      hint: expect.stringContaining('"gpt-5.4" is the name of a deployment'),
    });
  });

  test('a wrong key', async () => {
    await using it = await loopback([], { models });
    const model = azure(it, { apiKey: 'wrong-key' });
    await expect(model.start(brief).respond(first())).rejects.toMatchObject({
      code: 'model-authentication',
      details: { kind: 'bad-key' },
      hint: expect.stringContaining('AZURE_OPENAI_API_KEY'),
    });
  });

  test('a token that the server does not take', async () => {
    await using it = await loopback([], { models });
    const model = azure(it, { tokenSource: async () => 'eyJhbGciOi.eyJleHAiOjE.c2ln' });
    await expect(model.start(brief).respond(first())).rejects.toMatchObject({
      code: 'model-authentication',
      message: expect.stringContaining('Access token is missing, invalid'),
      hint: expect.stringContaining('az login'),
    });
  });

  test('a token function that fails, or gives what no header can carry', async () => {
    await using it = await loopback([], { models });
    const failing = azure(it, { tokenSource: () => Promise.reject(new Error('vault is closed')) });
    await expect(failing.start(brief).respond(first())).rejects.toMatchObject({
      code: 'model-authentication',
      message: 'The token function failed: Error: vault is closed',
    });
    const broken = azure(it, { tokenSource: async () => 'secret-part\nother-part' });
    const failure: unknown = await broken
      .start(brief)
      .respond(first())
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'model-authentication' });
    expect(inspect(failure, { depth: 10 })).not.toContain('secret-part');
    expect(it.server.requests).toEqual([]);
  });

  test('an error of ours from a token function comes through as it is', async () => {
    await using it = await loopback([], { models });
    const own = new ModelError('model-authentication', 'No credential.');
    const model = azure(it, { tokenSource: () => Promise.reject(own) });
    await expect(model.start(brief).respond(first())).rejects.toBe(own);
  });
});
