import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { ApiFault, azureFault, invalidRequest } from './api-fault.ts';
import { checkCredentials, toApiForm, unknownModel } from './auth.ts';
import type { ApiForm, Credentials } from './auth.ts';
import type { Brain } from './brain.ts';
import { play, sendJson } from './faults.ts';
import type { Fault } from './faults.ts';
import { IdSource } from './ids.ts';
import { checkCalls, checkImages, checkResentItems, checkTools } from './request-checks.ts';
import { parseRequest } from './request-schema.ts';
import type { ValidRequest } from './request-schema.ts';
import { checkContext, estimateUsage, toOutputItem, toResponseBody } from './response-body.ts';
import { ResponseStore } from './response-store.ts';
import { DEFAULT_MODELS } from './served-model.ts';
import type { ServedModel } from './served-model.ts';

export interface ResponsesServerOptions {
  readonly brain: Brain;
  /** By model or deployment name. Default: `gpt-5.4` and `computer-use-preview`. */
  readonly models?: Readonly<Record<string, ServedModel>>;
  readonly apiKey?: string;
  /** Which Entra ID tokens are valid now; default none. */
  readonly isToken?: (token: string) => boolean;
  /** Default 0: any free port of 127.0.0.1. */
  readonly port?: number;
  /** `false` keeps no bodies: for runs of many turns. */
  readonly keepsBodies?: boolean;
  /** Told when a request has got what it gets. */
  readonly onServed?: ((request: ServedRequest) => void) | undefined;
}

/** One request as it came, and what became of it. */
export interface ServedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
  /** 0: the connection was cut. Undefined: no answer yet. */
  readonly status: number | undefined;
  /** The refusal: its status and body. */
  readonly problem?: string;
}

const MODEL_PATH = /\/models\/[^/?]+(\?|$)/;
const MOST_BYTES = 64 * 1024 * 1024;

/** Starts the server; it ends with `await using` or `close`. */
export async function createResponsesServer(options: ResponsesServerOptions): Promise<ResponsesServer> {
  const server = new ResponsesServer(options);
  await server.listen(options.port ?? 0);
  return server;
}

/**
 * A Responses API on 127.0.0.1 that refuses what the documented one refuses, and keeps one immutable snapshot for
 * each response. What it answers is up to a brain; what goes wrong is scripted with `fail`.
 */
export class ResponsesServer implements AsyncDisposable {
  readonly apiKey: string;
  /** Every request, in order. */
  readonly requests: ServedRequest[] = [];
  readonly #options: ResponsesServerOptions;
  readonly #credentials: Credentials;
  readonly #models: Readonly<Record<string, ServedModel>>;
  readonly #http: Server;
  readonly #ids = new IdSource();
  readonly #store = new ResponseStore();
  readonly #faults: Fault[] = [];
  #answered = 0;

  constructor(options: ResponsesServerOptions) {
    this.#options = options;
    this.apiKey = options.apiKey ?? 'loopback-key';
    this.#credentials = { apiKey: this.apiKey, isToken: options.isToken ?? (() => false) };
    this.#models = options.models ?? DEFAULT_MODELS;
    this.#http = createServer((request, response) => {
      void this.#serve(request, response);
    });
  }

  /** `http://127.0.0.1:PORT`; also the Azure endpoint. */
  get url(): string {
    const address = this.#http.address();
    if (address === null || typeof address === 'string') throw new Error('The server does not listen.');
    return `http://127.0.0.1:${address.port}`;
  }

  /** As in OPENAI_BASE_URL. */
  get baseUrl(): string {
    return `${this.url}/v1`;
  }

  /** The faults of the next requests, one each, in order. */
  fail(...faults: readonly Fault[]): void {
    this.#faults.push(...faults);
  }

  /** Forgets every stored response, as when their time is over. */
  forget(): void {
    this.#store.forget();
  }

  async listen(port: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#http.once('error', reject).listen(port, '127.0.0.1', resolve);
    await promise;
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#http.close(() => resolve());
    this.#http.closeAllConnections();
    await promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const index = this.requests.push({ method, path, headers, body: undefined, status: undefined }) - 1;
    const note = (fields: Partial<ServedRequest>): void => {
      const noted = this.requests[index];
      if (noted !== undefined) this.requests[index] = { ...noted, ...fields };
    };
    try {
      if (method === 'GET' && MODEL_PATH.test(path)) {
        sendJson(response, 200, this.#describeModel(request));
        note({ status: 200 });
        return;
      }
      if (method !== 'POST') {
        throw invalidRequest(`Invalid method for URL (${method} ${path})`, { status: 405 });
      }
      const text = await readBody(request);
      const body = parseJson(text);
      if (this.#options.keepsBodies !== false) note({ body });
      const answer = (): Promise<object> => this.#answer(request, body, gone.signal);
      const fault = this.#faults.shift() ?? { kind: 'latency', ms: 0 };
      note({ status: await play(fault, response, answer) });
    } catch (thrown) {
      const fault = toApiFault(thrown);
      note({ status: fault.status, problem: fault.message });
      if (!response.headersSent) sendJson(response, fault.status, fault.body, fault.headers);
    } finally {
      const served = this.requests[index];
      if (served !== undefined) this.#options.onServed?.(served);
    }
  }

  async #answer(message: IncomingMessage, body: unknown, signal: AbortSignal): Promise<object> {
    const url = new URL(message.url ?? '/', this.url);
    const form = toApiForm(url, 'POST');
    checkCredentials(message, form, this.#credentials);
    const request = parseRequest(body);
    const served = this.#servedModel(form, request.model);
    if (request.stream === true || request.background === true) {
      throw invalidRequest('This server neither streams nor answers in the background.', { param: 'stream' });
    }
    return this.#respond(request, served, signal);
  }

  /** `GET /models/NAME`. At Azure these are models, and a deployment is none. */
  #describeModel(message: IncomingMessage): object {
    const url = new URL(message.url ?? '/', this.url);
    const form = toApiForm(url, 'GET');
    checkCredentials(message, form, this.#credentials);
    const id = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    if (form !== 'openai') throw azureFault(404, '404', 'Resource not found');
    this.#servedModel(form, id);
    return { id, object: 'model', created: 1_772_668_800, owned_by: 'openai' };
  }

  #servedModel(form: ApiForm, model: string): ServedModel {
    const served = this.#models[model];
    if (served === undefined) throw unknownModel(form, model);
    return served;
  }

  async #respond(request: ValidRequest, served: ServedModel, signal: AbortSignal): Promise<object> {
    checkTools(request, served);
    const previousId = request.previous_response_id ?? undefined;
    const context = previousId === undefined ? [] : this.#store.itemsUpTo(previousId);
    const images = checkImages(request, served);
    checkResentItems(request.items, this.#store);
    checkCalls([...context, ...request.items]);

    checkContext(request, served, estimateUsage(context, request, images, []).inputTokens);

    const id = this.#ids.next('resp');
    const reply = await this.#options.brain.answer({
      number: ++this.#answered,
      responseId: id,
      previousResponseId: previousId,
      model: request.model,
      tools: request.tools,
      instructions: request.instructions ?? undefined,
      context,
      input: request.items,
      screenshot: images.at(-1),
      signal,
    });
    const sendsSecret = request.include?.includes('reasoning.encrypted_content') ?? false;
    const output = reply.output.map((draft) => toOutputItem(draft, served, this.#ids, sendsSecret));
    this.#store.noteOutput(output);
    if (request.store !== false) this.#store.save(id, previousId, [...request.items, ...output]);
    const usage = reply.usage ?? estimateUsage(context, request, images, output);
    return toResponseBody({ id, request, reply, output, usage });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MOST_BYTES) throw invalidRequest('The request is too large.', { status: 413 });
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidRequest('We could not parse the JSON body of your request.');
  }
}

/** What is thrown beside an ApiFault is a defect of the script or the brain: its message is sent, to be seen. */
function toApiFault(thrown: unknown): ApiFault {
  if (thrown instanceof ApiFault) return thrown;
  const message = `The brain of the loopback server failed: ${String(thrown)}`;
  return invalidRequest(message, { code: 'brain_failed' });
}
