import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAzureModel } from '../../../src/model/azure/azure-model.ts';
import { createEntraTokenSource, toCredentialError } from '../../../src/model/azure/entra.ts';
import { messageDraft } from '../../../src/testing/responses-server/brain.ts';
import { brief, first, loopback } from './loopback.ts';

/**
 * The managed identity endpoint of App Service, on loopback: the environment leads DefaultAzureCredential to it.
 * One for all tests, since the library keeps the first address that it finds.
 */
const identity = {
  /** The resource that each token was asked for. */
  asked: new Array<string | null>(),
  answer: (): object | undefined => undefined,
};

const service = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  identity.asked.push(url.searchParams.get('resource'));
  const body = identity.answer();
  response.writeHead(body === undefined ? 400 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body ?? { error: 'invalid_scope', error_description: 'Unknown resource.' }));
});

let folder: string;

beforeAll(async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  service.listen(0, '127.0.0.1', resolve);
  await promise;
  folder = await mkdtemp(join(tmpdir(), 'deskhand-entra-'));
});

afterAll(async () => {
  service.closeAllConnections();
  service.close();
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  const address = service.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  vi.stubEnv('AZURE_TOKEN_CREDENTIALS', 'ManagedIdentityCredential');
  vi.stubEnv('IDENTITY_ENDPOINT', `http://127.0.0.1:${port}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', 'identity-header');
  identity.asked.length = 0;
});

afterEach(() => {
  vi.unstubAllEnvs();
});

function token(access: string, livesForSeconds: number): object {
  const expiresOn = Math.floor(Date.now() / 1_000) + livesForSeconds;
  return { access_token: access, expires_on: String(expiresOn), resource: 'x', token_type: 'Bearer' };
}

describe('Entra ID', () => {
  test('a managed identity signs in for the v1 API, once for many requests', async () => {
    identity.answer = () => token('token-of-identity', 7_200);
    const done = [messageDraft('Done.')];
    await using it = await loopback([done, done], {
      models: { desk: { tool: 'computer', takesDetail: true, givesSummaries: true } },
      isToken: (access) => access === 'token-of-identity',
    });
    const model = createAzureModel({ endpoint: it.server.url, deployment: 'desk', clock: it.clock });
    await model.start(brief).respond(first());
    await model.start(brief).respond(first());
    expect(it.statuses()).toEqual([200, 200]);
    expect(identity.asked).toEqual(['https://ai.azure.com']);
  });

  test('the dated API has a scope of its own', async () => {
    identity.answer = () => token('another-token', 7_200);
    const source = createEntraTokenSource('https://cognitiveservices.azure.com/.default');
    expect(await source()).toBe('another-token');
    expect(identity.asked).toEqual(['https://cognitiveservices.azure.com']);
  });

  test('when no credential works, each is named with its reason', async () => {
    identity.answer = () => undefined;
    const failure: unknown = await createEntraTokenSource('https://unknown.example/.default')().catch(
      (error: unknown) => error,
    );
    expect(identity.asked.length).toBeGreaterThan(0);
    expect(failure).toMatchObject({
      code: 'model-authentication',
      message: expect.stringMatching(/^No Azure credential gave a token:\n {2}- .*ManagedIdentity/),
      details: { kind: 'no-credential', scope: 'https://unknown.example/.default' },
      hint: expect.stringContaining('az login'),
    });
  });

  test('an unknown name in AZURE_TOKEN_CREDENTIALS is told', async () => {
    vi.stubEnv('AZURE_TOKEN_CREDENTIALS', 'nonsense');
    await expect(createEntraTokenSource('https://ai.azure.com/.default')()).rejects.toMatchObject({
      code: 'model-authentication',
      message: expect.stringContaining('AZURE_TOKEN_CREDENTIALS = nonsense'),
    });
  });

  test('the whole chain is tried, and each part of it told with its reason, in ten lines', async () => {
    // No address outside this machine is asked: the metadata service stands on a port where nothing listens.
    vi.stubEnv('AZURE_TOKEN_CREDENTIALS', undefined);
    vi.stubEnv('IDENTITY_ENDPOINT', undefined);
    vi.stubEnv('IDENTITY_HEADER', undefined);
    vi.stubEnv('AZURE_POD_IDENTITY_AUTHORITY_HOST', 'http://127.0.0.1:9');
    vi.stubEnv('PATH', folder);
    const failure: unknown = await createEntraTokenSource('https://ai.azure.com/.default')().catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 'model-authentication', details: { kind: 'no-credential' } });
    const lines = failure instanceof Error ? failure.message.split('\n') : [];
    expect(lines.length).toBeLessThanOrEqual(10);
    const tried = [
      'EnvironmentCredential',
      'ManagedIdentityCredential',
      'Azure CLI',
      'PowerShell',
      'Developer CLI',
    ];
    expect(tried.filter((name) => !lines.some((line) => line.includes(name)))).toEqual([]);
  });

  test('az login signs in, and a token is renewed when its time is over', async () => {
    // What az prints; the counter shows how often it was asked.
    const script = [
      '#!/bin/sh',
      `echo x >> ${folder}/asked`,
      `n=$(/usr/bin/wc -l < ${folder}/asked)`,
      `echo "{\\"accessToken\\":\\"token-of-az-$n\\",\\"expires_on\\":$(/bin/date +%s)}"`,
    ];
    await writeFile(join(folder, 'az'), script.join('\n'), { mode: 0o755 });
    vi.stubEnv('AZURE_TOKEN_CREDENTIALS', 'AzureCliCredential');
    vi.stubEnv('PATH', folder);
    const source = createEntraTokenSource('https://ai.azure.com/.default');
    expect([await source(), await source()]).toEqual(['token-of-az-1', 'token-of-az-2']);
  });

  test('at most ten lines, however many credentials failed and however much they say', () => {
    const errors = Array.from(
      { length: 12 },
      (_, n) => new Error(`Credential${n}: ${'long '.repeat(99)}\nmore`),
    );
    const { message } = toCredentialError(Object.assign(new Error('all'), { errors }), 'scope');
    const lines = message.split('\n');
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe('  - and 4 more');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(180);
  });
});
