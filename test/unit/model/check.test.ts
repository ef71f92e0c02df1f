import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { createAzureModel } from '../../../src/model/azure/azure-model.ts';
import { createOpenAiModel } from '../../../src/model/openai/openai-model.ts';
import type { Fault } from '../../../src/testing/responses-server/faults.ts';
import { loopback } from './loopback.ts';

const models = { desk: { tool: 'computer', takesDetail: true, givesSummaries: true } } as const;

test('a key and a model that the server knows pass, and no tokens are taken', async () => {
  await using it = await loopback([]);
  await it.openAi().check?.();
  expect(it.server.requests).toMatchObject([{ method: 'GET', path: '/v1/models/gpt-5.4', status: 200 }]);
});

test('a wrong key is found out', async () => {
  await using it = await loopback([]);
  await expect(it.openAi({ apiKey: 'another' }).check?.()).rejects.toMatchObject({
    code: 'model-authentication',
    details: { kind: 'bad-key', status: 401 },
  });
});

test('an unknown model is found out', async () => {
  await using it = await loopback([]);
  await expect(it.openAi({ model: 'gpt-9' }).check?.()).rejects.toMatchObject({
    code: 'model-not-found',
    details: { kind: 'no-such-model' },
    hint: expect.stringContaining('"gpt-9"'),
  });
});

test('a host that does not exist is found out', async () => {
  await using it = await loopback([]);
  const model = it.openAi({ baseUrl: 'http://no-such-host.invalid/v1' });
  await expect(model.check?.()).rejects.toMatchObject({
    code: 'model-unavailable',
    details: { kind: 'network' },
  });
});

test.each(['2025-04-01-preview', undefined])(
  'at Azure, version %s: a wrong key and an expired token are',
  async (apiVersion) => {
    await using it = await loopback([], { models });
    const shared = { endpoint: it.server.url, deployment: 'desk', apiVersion, clock: it.clock };
    const wrong = createAzureModel({ ...shared, apiKey: 'another' });
    await expect(wrong.check?.()).rejects.toMatchObject({ code: 'model-authentication' });
    const expired = createAzureModel({ ...shared, tokenSource: async () => 'eyJhbGciOi.eyJleHAiOjE.c2ln' });
    await expect(expired.check?.()).rejects.toMatchObject({
      code: 'model-authentication',
      message: expect.stringContaining('expired'),
    });
    const failing = createAzureModel({ ...shared, tokenSource: () => Promise.reject(new Error('closed')) });
    await expect(failing.check?.()).rejects.toMatchObject({ code: 'model-authentication' });
  },
);

test('at Azure a deployment is no model, so what is told about it says nothing', async () => {
  await using it = await loopback([], { models });
  const model = createAzureModel({ endpoint: it.server.url, deployment: 'desk', apiKey: it.server.apiKey });
  await model.check?.();
  expect(it.server.requests).toMatchObject([{ path: '/openai/v1/models/desk', status: 404 }]);
});

const scopes = { error: { message: 'You have insufficient permissions. Missing scopes: api.model.read.' } };

test.each<[string, Response]>([
  ['a key that may not ask', Response.json(scopes, { status: 401 })],
  ['a server that tells of no models', Response.json({ detail: 'Not Found' }, { status: 404 })],
  ['a server with a fault', Response.json({}, { status: 503 })],
  ['an answer that is none', new Response('<html></html>')],
])('%s passes: it says nothing about the run', async (_name, response) => {
  const body = await response.text();
  const server = createServer((_request, reply) => {
    reply.writeHead(response.status, Object.fromEntries(response.headers)).end(body);
  }).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const model = createOpenAiModel({
      model: 'gpt-5.4',
      apiKey: 'none',
      baseUrl: `http://127.0.0.1:${port}/v1`,
    });
    expect(await model.check?.()).toBeUndefined();
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('faults are for what a run asks', async () => {
  const fault: Fault = { kind: 'status', status: 500 };
  await using it = await loopback([]);
  it.server.fail(fault);
  await it.openAi().check?.();
  expect(it.statuses()).toEqual([200]);
});

test('an abort is a cancellation', async () => {
  await using it = await loopback([]);
  await expect(it.openAi().check?.({ signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'cancelled',
  });
});
