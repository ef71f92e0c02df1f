import { join } from 'node:path';
import { createAzureModel } from '../../../src/model/azure/azure-model.ts';
import type { AzureModelOptions } from '../../../src/model/azure/azure-model.ts';
import type { ModelClient } from '../../../src/model/model-client.ts';
import { createOpenAiModel } from '../../../src/model/openai/openai-model.ts';
import { recordModel } from '../../../src/model/replay/recording-model.ts';
import { ModelBrain } from '../../../src/testing/responses-server/model-brain.ts';
import { createResponsesServer } from '../../../src/testing/responses-server/responses-server.ts';
import type { ResponsesServer } from '../../../src/testing/responses-server/responses-server.ts';
import { ScriptedModel } from '../../../src/testing/scripted-model.ts';
import { createTemporaryFolder } from '../../support/cli.ts';
import { describeModelContract } from './model-contract.ts';
import type { ModelSubjectFactory } from './model-contract.ts';

const TOKEN = 'token-of-entra';

/** The script behind the strict server, and a client in front of it. */
function served(createClient: (server: ResponsesServer) => ModelClient): ModelSubjectFactory {
  return async (steps) => {
    const script = new ScriptedModel(steps);
    const server = await createResponsesServer({
      brain: new ModelBrain(script),
      isToken: (token) => token === TOKEN,
    });
    return {
      client: createClient(server),
      script,
      [Symbol.asyncDispose]: () => server.close(),
    };
  };
}

function azure(options: (server: ResponsesServer) => Partial<AzureModelOptions>): ModelSubjectFactory {
  return served((server) =>
    createAzureModel({ endpoint: server.url, deployment: 'gpt-5.4', maxRetries: 0, ...options(server) }),
  );
}

const openAi = (history: 'server' | 'client'): ModelSubjectFactory =>
  served(({ apiKey, baseUrl }) =>
    createOpenAiModel({ model: 'gpt-5.4', apiKey, baseUrl, history, maxRetries: 0 }),
  );

const tokenSource = async (): Promise<string> => TOKEN;
const apiVersion = '2025-04-01-preview';

describeModelContract('scripted', async (steps) => {
  const script = new ScriptedModel(steps);
  return { client: script, script, [Symbol.asyncDispose]: () => script[Symbol.asyncDispose]() };
});
describeModelContract('scripted and recorded', async (steps) => {
  const script = new ScriptedModel(steps);
  const folder = await createTemporaryFolder();
  const client = await recordModel(script, { path: join(folder.path, 'cassette.jsonl') });
  return {
    client,
    script,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
});
describeModelContract('OpenAI', openAi('server'));
describeModelContract('OpenAI with history on the client', openAi('client'));
describeModelContract(
  'Azure v1 with a key',
  azure(({ apiKey }) => ({ apiKey })),
);
describeModelContract(
  'Azure v1 with tokens',
  azure(() => ({ tokenSource })),
);
describeModelContract(
  'Azure by date with a key',
  azure(({ apiKey }) => ({ apiKey, apiVersion })),
);
describeModelContract(
  'Azure by date with tokens',
  azure(() => ({ tokenSource, apiVersion })),
);
