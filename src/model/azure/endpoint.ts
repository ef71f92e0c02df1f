import { InputError } from '../../errors.ts';
import { isLoopback, parseEndpoint } from '../responses/checked-options.ts';

export interface AzureEndpoint {
  /** What the SDK puts `/responses` after. */
  readonly baseUrl: string;
  /** The date of a dated API; none for the v1 API. */
  readonly apiVersion: string | undefined;
  /** What an Entra ID token has to be for. */
  readonly scope: string;
}

const RIGHT_FORM = 'https://RESOURCE.openai.azure.com/ or https://RESOURCE.openai.azure.com/openai/v1/';
const OPERATION = /\/(deployments|responses|chat|completions)(\/|$)/;

/**
 * Accepts the endpoint as the portal shows it (resource only), with `/openai`, or the whole base URL of the v1 API,
 * also behind a gateway's path. Source: Azure OpenAI, API version lifecycle.
 * @throws InputError that says the right form
 */
export function parseAzureEndpoint(text: string, apiVersion: string | undefined): AzureEndpoint {
  const url = parseEndpoint(withoutApiVersion(text), 'The Azure endpoint', RIGHT_FORM);
  if (url.protocol !== 'https:' && !isLoopback(url)) {
    throw wrong(`The Azure endpoint "${text}" is not https: the key would cross the network in the clear.`);
  }
  if (/(^|\.)api\.openai\.com$/.test(url.hostname)) {
    throw wrong(`"${text}" is OpenAI's own endpoint, not that of an Azure resource.`);
  }
  if (OPERATION.test(url.pathname)) {
    throw wrong(`The Azure endpoint "${text}" names a deployment or an operation of the API.`);
  }
  const prefix = url.pathname.replace(/\/+$/, '').replace(/\/openai(\/v1)?$/, '');
  if (prefix !== '' && !/\/openai(\/v1)?\/*$/.test(url.pathname)) {
    throw wrong(`The Azure endpoint "${text}" has a path that does not end in /openai/v1.`);
  }
  const base = `${url.origin}${prefix}/openai`;
  if (apiVersion === undefined) {
    return { baseUrl: `${base}/v1`, apiVersion, scope: 'https://ai.azure.com/.default' };
  }
  checkApiVersion(apiVersion);
  return { baseUrl: base, apiVersion, scope: 'https://cognitiveservices.azure.com/.default' };
}

function checkApiVersion(apiVersion: string): void {
  if (/^20\d\d-\d\d-\d\d(-preview)?$/.test(apiVersion)) return;
  throw new InputError('invalid-option', `"${apiVersion}" is no API version of Azure OpenAI.`, {
    hint: 'Give a date such as 2025-04-01-preview in OPENAI_API_VERSION, or leave it out for the v1 API.',
  });
}

/** The portal's "target URI" has the version in it; it is named as the mistake rather than "a query". */
function withoutApiVersion(text: string): string {
  if (!/[?&]api-version=/.test(text)) return text;
  throw wrong(`The Azure endpoint "${text.split('?')[0]}" has an api-version in it: give it by itself.`);
}

function wrong(message: string): InputError {
  return new InputError('invalid-option', message, {
    hint: `The right form is ${RIGHT_FORM}; the deployment and the API version are given by themselves.`,
  });
}
