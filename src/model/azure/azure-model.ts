import { InputError, ModelError, isDeskhandError } from '../../errors.ts';
import { systemClock } from '../../util/clock.ts';
import type { ModelClient } from '../model-client.ts';
import type { ErrorContext } from '../responses/api-errors.ts';
import { checkModelName, checkSecret } from '../responses/checked-options.ts';
import { gatewayFetch } from '../responses/gateway-fetch.ts';
import { ResponsesModel } from '../responses/responses-model.ts';
import type { ResponsesModelOptions } from '../responses/responses-model.ts';
import { SdkTransport } from '../responses/sdk-transport.ts';
import type { Sdk } from '../responses/sdk-transport.ts';
import { Secrets } from '../responses/secrets.ts';
import { parseAzureEndpoint } from './endpoint.ts';
import type { AzureEndpoint } from './endpoint.ts';
import { createEntraTokenSource } from './entra.ts';
import type { TokenSource } from './entra.ts';

export interface AzureModelOptions extends ResponsesModelOptions {
  /** As in AZURE_OPENAI_ENDPOINT: `https://RESOURCE.openai.azure.com/`. */
  readonly endpoint: string;
  /** The deployment's name, as in AZURE_OPENAI_DEPLOYMENT. */
  readonly deployment: string;
  /** As in AZURE_OPENAI_API_KEY. Without key and token function: Entra ID by DefaultAzureCredential. */
  readonly apiKey?: string | undefined;
  /** Called before every request for an Entra ID access token. */
  readonly tokenSource?: TokenSource | undefined;
  /** As in OPENAI_API_VERSION: a date takes the dated API; none (default) the v1 API. */
  readonly apiVersion?: string | undefined;
}

/** A token as it comes, checked so that no error about a header can show it. */
function checkedTokens(source: TokenSource, secrets: Secrets): TokenSource {
  return async () => {
    const token = await source().catch((error: unknown) => {
      if (isDeskhandError(error)) throw error;
      throw new ModelError(
        'model-authentication',
        `The token function failed: ${secrets.clean(String(error))}`,
      );
    });
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new ModelError(
        'model-authentication',
        'The token function gave no token that a header can carry.',
      );
    }
    secrets.replaceAll(token);
    return token;
  };
}

function createClient(sdk: Sdk, endpoint: AzureEndpoint, apiKey: string | undefined, tokens: TokenSource) {
  const shared = { baseURL: endpoint.baseUrl, fetch: gatewayFetch, maxRetries: 0, logLevel: 'off' } as const;
  const unused = { organization: null, project: null, adminAPIKey: null, webhookSecret: null };
  if (endpoint.apiVersion === undefined) {
    return new sdk.OpenAI({ ...shared, ...unused, apiKey: apiKey ?? tokens });
  }
  const { apiVersion } = endpoint;
  // The empty key keeps the SDK from taking AZURE_OPENAI_API_KEY of the environment beside the token function.
  const credential = apiKey === undefined ? { apiKey: '', azureADTokenProvider: tokens } : { apiKey };
  return new sdk.AzureOpenAI({ ...shared, ...unused, apiVersion, ...credential });
}

/**
 * A deployment in an Azure OpenAI resource: the v1 API through the plain client, or a dated API.
 * @throws InputError before anything is sent, when an option cannot be right.
 */
export function createAzureModel(options: AzureModelOptions): ModelClient {
  if (options.apiKey !== undefined && options.tokenSource !== undefined) {
    throw new InputError('invalid-option', 'Both a key and a token for Azure OpenAI were given.', {
      hint: 'Give one of them; with neither, Entra ID is used.',
    });
  }
  const model = checkModelName(options.deployment, 'deployment');
  const endpoint = parseAzureEndpoint(options.endpoint, options.apiVersion);
  const apiKey =
    options.apiKey === undefined
      ? undefined
      : checkSecret(options.apiKey, 'the Azure OpenAI key', 'AZURE_OPENAI_API_KEY');
  const secrets = new Secrets(apiKey);
  const tokens = checkedTokens(options.tokenSource ?? createEntraTokenSource(endpoint.scope), secrets);
  const context: ErrorContext = {
    service: 'Azure OpenAI',
    model,
    modelNoun: 'deployment',
    endpoint: endpoint.baseUrl,
  };
  const transport = new SdkTransport({
    context,
    secrets,
    clock: options.clock ?? systemClock,
    createClient: (sdk) => createClient(sdk, endpoint, apiKey, tokens),
  });
  return new ResponsesModel({ provider: 'azure', model, transport, context }, options);
}
