import type * as OpenAiSdk from 'openai';
import type { OpenAI } from 'openai';
import { CancelledError, ModelError, isDeskhandError, toDeskhandError, toMessage } from '../../errors.ts';
import type { DeskhandError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import { toModelError } from './api-errors.ts';
import type { ErrorContext } from './api-errors.ts';
import type { RequestBody } from './request-body.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { Secrets } from './secrets.ts';

export type Sdk = typeof OpenAiSdk;

export interface TransportOptions {
  /** Makes the client of the SDK; called once, when the SDK is loaded. */
  readonly createClient: (sdk: Sdk) => OpenAI;
  readonly context: ErrorContext;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

export interface SendOptions {
  /** For the answer with its body, ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * A body that `fetch` would have whole it copies, 15 MB with ten large screens. A stream it does not; told the length, it
 * sends the stream as it would the whole, and not in chunks, which not every gateway takes.
 */
function toStream({ parts, length }: RequestBody): { body: ReadableStream; headers: Record<string, string> } {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
  return { body, headers: { 'content-type': 'application/json', 'content-length': String(length) } };
}

/** Errors of name resolution and certificates do not go away by asking again. */
const LASTING_NETWORK_ERRORS = /ENOTFOUND|CERT|SELF_SIGNED|ERR_TLS|ERR_SSL|ERR_INVALID_URL/;

/**
 * `POST /responses`, and `GET /models/NAME`, through the openai package. It is loaded when a model is made rather than with the program
 * (140 ms), and its own retries are off: they wait as the header says but do not read "try again in 20 seconds",
 * and know no deadline.
 */
export class SdkTransport {
  readonly #options: TransportOptions;
  readonly #loading: Promise<{ readonly sdk: Sdk; readonly client: OpenAI }>;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#loading = import('openai').then((sdk) => ({ sdk, client: options.createClient(sdk) }));
    // Whoever posts first gets the failure; nobody may ever post.
    this.#loading.catch(() => undefined);
  }

  /**
   * Asks about a model, which takes no tokens.
   * @throws ModelError, CancelledError
   */
  async getModel(name: string, { timeoutMs, signal }: SendOptions): Promise<unknown> {
    const path = `/models/${encodeURIComponent(name)}`;
    const options = { signal, timeout: timeoutMs, maxRetries: 0 };
    return await this.#send((client) => client.get<unknown>(path, options), { timeoutMs, signal });
  }

  /** @throws ModelError, CancelledError */
  async post(body: RequestBody, { timeoutMs, signal }: SendOptions): Promise<unknown> {
    const options = { ...toStream(body), signal, timeout: timeoutMs, maxRetries: 0 };
    // Not `responses.create`: it fails with a TypeError on a body without `output`, before we can say what came.
    return await this.#send((client) => client.post<unknown>('/responses', options), { timeoutMs, signal });
  }

  async #send(
    act: (client: OpenAI) => Promise<unknown>,
    { timeoutMs, signal }: SendOptions,
  ): Promise<unknown> {
    const { sdk, client } = await this.#loading;
    try {
      return await act(client);
    } catch (thrown) {
      if (signal.aborted) throw new CancelledError('cancelled', 'Cancelled.', { cause: signal.reason });
      throw this.#toError(sdk, thrown, timeoutMs);
    }
  }

  #toError(sdk: Sdk, thrown: unknown, timeoutMs: number): DeskhandError {
    const { context, secrets } = this.#options;
    const ours = ownErrorIn(thrown);
    if (ours !== undefined) return ours;
    if (thrown instanceof sdk.APIConnectionTimeoutError) {
      return new ModelError('model-timeout', `${context.service} did not answer within ${timeoutMs} ms.`, {
        hint: 'Try again later, or allow more time for a request.',
        retryable: true,
      });
    }
    if (thrown instanceof sdk.APIError && thrown.status !== undefined) return this.#toFault(thrown);
    if (thrown instanceof sdk.APIConnectionError) return this.#toNetworkError(thrown);
    if (thrown instanceof SyntaxError || (thrown instanceof TypeError && thrown.message === 'terminated')) {
      return new ModelError('model-unavailable', `The answer of ${context.service} stopped half-way.`, {
        details: { kind: 'cut-off' },
        hint: 'Try again later.',
        retryable: true,
      });
    }
    return toDeskhandError(new Error(secrets.clean(toMessage(thrown))));
  }

  #toFault(thrown: InstanceType<Sdk['APIError']>): ModelError {
    const { context, secrets, clock } = this.#options;
    const body: { readonly message?: unknown } = thrown.error ?? {};
    const said = typeof body.message === 'string' ? body.message : thrown.message;
    return toModelError(
      {
        message: secrets.clean(said),
        status: thrown.status,
        code: toText(thrown.code),
        param: toText(thrown.param),
        requestId: toText(thrown.requestID ?? thrown.headers?.get('apim-request-id')),
        retryAfterMs: parseRetryAfter(thrown.headers, said, clock.wall()),
      },
      context,
    );
  }

  #toNetworkError(thrown: Error): ModelError {
    const { context, secrets } = this.#options;
    const reason = secrets.clean(deepestMessage(thrown));
    const isLasting = LASTING_NETWORK_ERRORS.test(reason);
    return new ModelError('model-unavailable', `${context.service} cannot be reached: ${reason}`, {
      details: { kind: 'network', endpoint: context.endpoint },
      hint: `Check the network and the endpoint (${context.endpoint}).`,
      retryable: !isLasting,
    });
  }
}

/** An error of ours, thrown by a token function, comes back wrapped by the SDK. */
function ownErrorIn(thrown: unknown): DeskhandError | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (isDeskhandError(error)) return error;
  }
  return undefined;
}

function deepestMessage(thrown: Error): string {
  let deepest = thrown;
  while (deepest.cause instanceof Error) deepest = deepest.cause;
  const code = 'code' in deepest && typeof deepest.code === 'string' ? deepest.code : '';
  return deepest.message.includes(code) ? deepest.message || code : `${deepest.message} (${code})`;
}

function toText(value: unknown): string | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
