import type { IncomingMessage } from 'node:http';
import { azureFault, invalidRequest } from './api-fault.ts';

/** The three forms of the endpoint, told apart by path. */
export type ApiForm = 'openai' | 'azure-v1' | 'azure-dated';

export interface Credentials {
  readonly apiKey: string;
  /** Whether an Entra ID token is valid now. */
  readonly isToken: (token: string) => boolean;
}

const ROUTE = /^(\/openai)?(\/v1)?\/(?:responses|models\/[^/]+)$/;

/**
 * `/v1/responses`, `/openai/v1/responses`, `/openai/responses?api-version=DATE`; `models/NAME` likewise.
 * @throws ApiFault where nothing is served
 */
export function toApiForm(url: URL, method: string): ApiForm {
  const match = ROUTE.exec(url.pathname);
  if (match === null) {
    throw invalidRequest(`Invalid URL (${method} ${url.pathname})`, { status: 404 });
  }
  const [, azure, v1] = match;
  if (azure === undefined) return 'openai';
  const version = url.searchParams.get('api-version');
  if (v1 !== undefined) {
    if (version === null || version === 'preview' || version === 'v1') return 'azure-v1';
    throw azureFault(400, 'BadRequest', 'API version not supported');
  }
  if (version !== null && /^20\d\d-\d\d-\d\d(-preview)?$/.test(version)) return 'azure-dated';
  throw azureFault(404, '404', 'Resource not found');
}

function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
}

/** @throws ApiFault 401 */
export function checkCredentials(request: IncomingMessage, form: ApiForm, credentials: Credentials): void {
  const bearer = bearerOf(request);
  const key = request.headers['api-key'];
  if (form === 'openai') return checkOpenAiKey(bearer, credentials);
  const isKey = key === credentials.apiKey || (form === 'azure-v1' && bearer === credentials.apiKey);
  if (isKey || (bearer !== undefined && credentials.isToken(bearer))) return;
  if (bearer !== undefined && bearer.split('.').length === 3) {
    throw azureFault(
      401,
      '401',
      'Unauthorized. Access token is missing, invalid, audience is incorrect, or have expired.',
    );
  }
  throw azureFault(
    401,
    '401',
    'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
  );
}

function checkOpenAiKey(bearer: string | undefined, { apiKey }: Credentials): void {
  if (bearer === apiKey) return;
  if (bearer === undefined) {
    throw invalidRequest("You didn't provide an API key.", { status: 401 });
  }
  // The service shows the wrong key, masked; unmasked here, so that a leak of it shows in a test.
  throw invalidRequest(`Incorrect API key provided: ${bearer}.`, { status: 401, code: 'invalid_api_key' });
}

/** @throws ApiFault 404 */
export function unknownModel(form: ApiForm, model: string): Error {
  if (form === 'openai') {
    return invalidRequest(`The model \`${model}\` does not exist or you do not have access to it.`, {
      status: 404,
      code: 'model_not_found',
    });
  }
  return azureFault(
    404,
    'DeploymentNotFound',
    'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
  );
}
