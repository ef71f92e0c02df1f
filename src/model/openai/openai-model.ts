import { InputError } from '../../errors.ts';
import { systemClock } from '../../util/clock.ts';
import type { ModelClient } from '../model-client.ts';
import type { ErrorContext } from '../responses/api-errors.ts';
import { checkModelName, checkSecret, parseEndpoint } from '../responses/checked-options.ts';
import { gatewayFetch } from '../responses/gateway-fetch.ts';
import { ResponsesModel } from '../responses/responses-model.ts';
import type { ResponsesModelOptions } from '../responses/responses-model.ts';
import { SdkTransport } from '../responses/sdk-transport.ts';
import { Secrets } from '../responses/secrets.ts';

export interface OpenAiModelOptions extends ResponsesModelOptions {
  /** As the server names it: `gpt-5.4`. */
  readonly model: string;
  /** As in OPENAI_API_KEY. A compatible server without keys takes any word. */
  readonly apiKey: string;
  /** As in OPENAI_BASE_URL: up to and including `/v1`. Default `https://api.openai.com/v1`. */
  readonly baseUrl?: string | undefined;
  /** As in OPENAI_ORG_ID. */
  readonly organization?: string | undefined;
  /** As in OPENAI_PROJECT_ID. */
  readonly project?: string | undefined;
}

const DEFAULT_BASE_URL = 'https://api.openai.com/v1';

/** @throws InputError */
function parseBaseUrl(text: string): string {
  const url = parseEndpoint(text, 'The base URL', `${DEFAULT_BASE_URL} or http://localhost:8000/v1`);
  const path = url.pathname.replace(/\/+$/, '');
  if (/\/(responses|chat\/completions|completions)$/.test(path)) {
    throw new InputError('invalid-option', `The base URL "${text}" names one operation of the API.`, {
      hint: `Leave off the last part: ${url.origin}${path.replace(/\/(responses|chat\/completions|completions)$/, '')}`,
    });
  }
  if (url.hostname.endsWith('.openai.azure.com') && !path.endsWith('/openai/v1')) {
    throw new InputError('invalid-option', `The base URL "${text}" is an Azure OpenAI endpoint.`, {
      hint: `Use the azure model with AZURE_OPENAI_ENDPOINT, or the base URL ${url.origin}/openai/v1/.`,
    });
  }
  return `${url.origin}${path}`;
}

/**
 * A model of OpenAI, or of any server that speaks its Responses API.
 * @throws InputError before anything is sent, when an option cannot be right.
 */
export function createOpenAiModel(options: OpenAiModelOptions): ModelClient {
  const apiKey = checkSecret(options.apiKey, 'the OpenAI API key', 'OPENAI_API_KEY');
  const model = checkModelName(options.model, 'model');
  const baseURL = parseBaseUrl(options.baseUrl ?? DEFAULT_BASE_URL);
  const context: ErrorContext = {
    service: baseURL === DEFAULT_BASE_URL ? 'OpenAI' : `OpenAI API at ${new URL(baseURL).host}`,
    model,
    modelNoun: 'model',
    endpoint: baseURL,
  };
  const transport = new SdkTransport({
    context,
    secrets: new Secrets(apiKey),
    clock: options.clock ?? systemClock,
    createClient: ({ OpenAI }) =>
      new OpenAI({
        apiKey,
        baseURL,
        // Named even when absent: the SDK would else read the environment behind the configuration's back.
        organization: options.organization ?? null,
        project: options.project ?? null,
        adminAPIKey: null,
        webhookSecret: null,
        fetch: gatewayFetch,
        maxRetries: 0,
        logLevel: 'off',
      }),
  });
  return new ResponsesModel({ provider: 'openai', model, transport, context }, options);
}
