import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import type { ConfigFlags } from '../../src/config/settings.ts';
import { openModel } from '../../src/open-model.ts';
import { messageDraft } from '../../src/testing/responses-server/brain.ts';
import { createTemporaryFolder } from '../support/cli.ts';
import { brief, first, loopback } from './model/loopback.ts';

/** One request of the model that these flags and the loopback server make. */
async function ask(flags: ConfigFlags) {
  await using folder = await createTemporaryFolder();
  await using it = await loopback([[messageDraft('Done.')]]);
  const env = { OPENAI_API_KEY: it.server.apiKey, OPENAI_BASE_URL: it.server.baseUrl };
  const config = await loadConfig({ flags: { model: 'openai', ...flags }, env, cwd: folder.path });
  await using model = await openModel({ config, env, task: { instruction: 'Go.' } });
  await model.client.start(brief).respond(first());
  return { requests: it.server.requests.map(({ method, path }) => `${method} ${path}`), body: it.body(1) };
}

test('the server is asked about the model first, and keeps the conversation by default', async () => {
  const { requests, body } = await ask({});
  expect(requests).toEqual(['GET /v1/models/gpt-5.4', 'POST /v1/responses']);
  expect(body).toMatchObject({ store: true });
});

test('with --history client nothing is stored at the server', async () => {
  const { body } = await ask({ history: 'client' });
  expect(body).toMatchObject({ store: false, include: ['reasoning.encrypted_content'] });
});

test('a wrong key is found out before anything else is made', async () => {
  await using it = await loopback([]);
  const env = { OPENAI_API_KEY: 'another', OPENAI_BASE_URL: it.server.baseUrl };
  const config = await loadConfig({ flags: { model: 'openai' }, env, cwd: '/' });
  const recordTo = '/no/such/folder/cassette.jsonl';
  await expect(openModel({ config, env, task: { instruction: 'Go.' }, recordTo })).rejects.toMatchObject({
    code: 'model-authentication',
  });
});
