import { InputError } from '../errors.ts';
import type { ModelConfig, Provider } from './config.ts';
import { rankOffers } from './layers.ts';
import type { Environment, Offer } from './layers.ts';
import type { SettingValues } from './settings.ts';

/** OpenAI's first model whose `computer` tool is generally available. */
const DEFAULT_OPENAI_MODEL = 'gpt-5.4';
/** The local model is one; its name is there for the records. */
export const LOCAL_MODEL = 'screen-reader-1';

/**
 * The model that the settings name, or that the rule picks: azure, else openai, else local.
 * @throws InputError when Azure is chosen but its endpoint or deployment is not known
 */
export function chooseModel(
  settings: SettingValues,
  offers: readonly Offer[],
  env: Environment,
): ModelConfig {
  const { provider, reason } = chooseProvider(settings, offers, env);
  const name = chooseName(provider, offers, env);
  const tool = settings['model.tool'] ?? (isPreview(name) ? 'computer_use_preview' : 'computer');
  const hasKey = keyOf(provider).some((variable) => isSet(env, variable));
  const baseUrl = provider === 'openai' ? settings['model.baseUrl'] : undefined;
  const azure = provider === 'azure' ? chooseAzure(settings) : undefined;
  return {
    provider,
    name,
    tool,
    history: settings['model.history'] ?? 'server',
    reason,
    hasKey,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(azure === undefined ? {} : { azure }),
  };
}

function chooseProvider(
  settings: SettingValues,
  offers: readonly Offer[],
  env: Environment,
): { readonly provider: Provider; readonly reason: string } {
  const [offer] = rankOffers(offers, 'model.provider');
  const provider = settings['model.provider'];
  if (provider !== undefined && provider !== 'auto') {
    return { provider, reason: `${provider}, because ${offer?.from ?? 'the default'} says so` };
  }
  const [endpoint] = rankOffers(offers, 'model.azure.endpoint');
  if (endpoint !== undefined) {
    const where =
      endpoint.source === 'environment'
        ? 'AZURE_OPENAI_ENDPOINT is set'
        : `${endpoint.from} names an endpoint`;
    return { provider: 'azure', reason: `azure, because ${where}` };
  }
  if (isSet(env, 'OPENAI_API_KEY')) {
    return {
      provider: 'openai',
      reason: 'openai, because OPENAI_API_KEY is set and AZURE_OPENAI_ENDPOINT is not',
    };
  }
  return {
    provider: 'local',
    reason: 'local, because neither AZURE_OPENAI_ENDPOINT nor OPENAI_API_KEY is set',
  };
}

/** A name counts only where it was not given together with another provider. */
function chooseName(provider: Provider, offers: readonly Offer[], env: Environment): string {
  if (provider === 'local') return LOCAL_MODEL;
  const providers = offers.filter(({ name }) => name === 'model.provider');
  const match = rankOffers(offers, 'model.name').find(({ source }) => {
    const beside = providers.find((offer) => offer.source === source);
    return beside === undefined || beside.raw === 'auto' || beside.raw === provider;
  });
  if (match !== undefined) return String(match.raw);
  if (provider === 'openai') return DEFAULT_OPENAI_MODEL;
  if (provider === 'replay') {
    throw new InputError('invalid-option', 'A replay needs the cassette to play back.', {
      hint: 'Say --model replay:FILE, with a file that --record-model wrote.',
    });
  }
  const deployment = env['AZURE_OPENAI_DEPLOYMENT'];
  if (deployment) return deployment;
  throw new InputError('invalid-option', 'Azure needs the name of a deployment.', {
    hint: 'Say --model azure:DEPLOYMENT, or set DESKHAND_MODEL=azure:DEPLOYMENT or AZURE_OPENAI_DEPLOYMENT.',
  });
}

function chooseAzure(settings: SettingValues): NonNullable<ModelConfig['azure']> {
  const endpoint = settings['model.azure.endpoint'];
  if (endpoint === undefined) {
    throw new InputError('invalid-option', 'Azure needs the address of your resource.', {
      hint: 'Set AZURE_OPENAI_ENDPOINT=https://RESOURCE.openai.azure.com, or model.azure.endpoint in deskhand.yaml.',
    });
  }
  const apiVersion = settings['model.azure.apiVersion'];
  return { endpoint, ...(apiVersion === undefined ? {} : { apiVersion }) };
}

function keyOf(provider: Provider): readonly string[] {
  if (provider === 'azure') return ['AZURE_OPENAI_API_KEY'];
  return provider === 'openai' ? ['OPENAI_API_KEY'] : [];
}

/** The preview tool is the only one that the preview model takes. */
function isPreview(model: string): boolean {
  return model.includes('computer-use-preview');
}

function isSet(env: Environment, variable: string): boolean {
  return (env[variable] ?? '') !== '';
}
