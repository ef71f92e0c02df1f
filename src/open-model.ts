import type { FunctionTool } from './agent/functions/function-tool.ts';
import type { Config } from './config/config.ts';
import { createFunctions } from './configured-functions.ts';
import { InputError } from './errors.ts';
import { createAzureModel } from './model/azure/azure-model.ts';
import { createLocalModel } from './model/local/local-model.ts';
import { parseSteps } from './model/local/parse-steps.ts';
import type { Environment, ModelClient, TaskBrief } from './model/model-client.ts';
import { createOpenAiModel } from './model/openai/openai-model.ts';
import { readPriceTable } from './model/prices/price-table.ts';
import { type CostOf, priceModel, requirePricing } from './model/prices/pricing.ts';
import { lendReader } from './model/ocr/reader-pool.ts';
import type { ScreenReader } from './model/ocr/screen-reader.ts';
import { recordModel } from './model/replay/recording-model.ts';
import { createReplayModel } from './model/replay/replay-model.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** What the model is told of the desktop. */
export function environmentOf({ environment }: Config): Environment {
  return environment ?? 'linux';
}

/** A model, and what its tokens cost where that is known. */
export interface OpenModel extends AsyncDisposable {
  readonly client: ModelClient;
  readonly costOf: CostOf | undefined;
}

export interface OpenModelOptions {
  readonly config: Config;
  /** Keys come from here alone. */
  readonly env: Variables;
  readonly task: { readonly instruction: string };
  /** What the local model reads the screen with; stays with the caller. Default: one for this model alone. */
  readonly reader?: ScreenReader | undefined;
  /** What the model may call beside the functions of the configuration. */
  readonly functions?: readonly FunctionTool[] | undefined;
  /** A file to record the conversation to, for `replay`. */
  readonly recordTo?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Everything about the model that can be wrong is found here, before there is a desktop.
 * @throws ModelError when the task is nothing for the local model, or the server does not take the sign-in or the model
 * @throws InputError: a key or an address is missing or has the wrong form; a price table that cannot be read, or has
 * no price where there is a budget; a cassette that is damaged or of another task, or cannot be written
 */
export async function openModel(options: OpenModelOptions): Promise<OpenModel> {
  const { config, env, recordTo, signal } = options;
  const own = config.pricesFile === undefined ? undefined : await readPriceTable(config.pricesFile);
  const costOf = requirePricing(priceModel(config.model, own), config.limits.budgetUsd);
  await using resources = new AsyncDisposableStack();
  const model = resources.use(await createModel(options));
  await model.check?.({ signal });
  const client =
    recordTo === undefined ? model : await recordModel(model, { path: recordTo, secrets: secretsOf(env) });
  resources.move();
  return { client, costOf, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

async function createModel({
  config,
  env,
  task,
  reader,
  functions = [],
}: OpenModelOptions): Promise<ModelClient> {
  const { model, display } = config;
  switch (model.provider) {
    case 'local':
      // What is not steps is found out here, and not on a desktop that was started for nothing.
      parseSteps(task.instruction);
      return createLocalModel(reader === undefined ? {} : { reader: lendReader(reader) });
    case 'replay': {
      const offered = [...createFunctions(config), ...functions].map(({ declaration }) => declaration);
      const brief: TaskBrief = {
        instruction: task.instruction,
        display,
        environment: environmentOf(config),
        functions: offered,
      };
      return await createReplayModel({ path: model.name, brief, secrets: secretsOf(env) });
    }
    case 'openai':
      return createOpenAi(model, env);
    case 'azure': {
      if (model.azure === undefined) throw new InputError('invalid-option', 'Azure needs an endpoint.');
      const { endpoint, apiVersion } = model.azure;
      const apiKey = env['AZURE_OPENAI_API_KEY'] || undefined;
      const { name: deployment, tool, history } = model;
      return createAzureModel({ deployment, tool, history, endpoint, apiVersion, apiKey });
    }
  }
}

function createOpenAi({ name, tool, history, baseUrl }: Config['model'], env: Variables): ModelClient {
  const { OPENAI_API_KEY: apiKey, OPENAI_ORG_ID: organization, OPENAI_PROJECT_ID: project } = env;
  if (!apiKey) {
    throw new InputError('invalid-environment', 'OpenAI needs an API key.', {
      hint: 'Set OPENAI_API_KEY, or use --model local, which needs none.',
    });
  }
  return createOpenAiModel({ model: name, tool, history, apiKey, baseUrl, organization, project });
}

/** What must never get into a file. */
function secretsOf(env: Variables): readonly (string | undefined)[] {
  return [env['OPENAI_API_KEY'], env['AZURE_OPENAI_API_KEY'], env['AZURE_CLIENT_SECRET']];
}
