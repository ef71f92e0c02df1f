import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What goes wrong with one request, whatever it asks. */
export type Fault =
  /** The answer is right but late. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** An answer of this status instead; default body: the API's for 429, 500 and others. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection is reset before any answer. */
  | { readonly kind: 'reset' }
  /** The beginning of an answer; the brain is not asked. */
  | { readonly kind: 'truncate' }
  /** No answer at all, or none after the headers, until the client gives up. */
  | { readonly kind: 'stall'; readonly after: 'nothing' | 'headers' }
  /** 200 with another body. */
  | { readonly kind: 'body'; readonly body: string; readonly contentType?: string };

function defaultBody(status: number): unknown {
  const type = status === 429 ? 'requests' : 'server_error';
  const code = status === 429 ? 'rate_limit_exceeded' : null;
  const message =
    status === 429
      ? 'Rate limit reached for requests per minute (RPM).'
      : 'The server had an error while processing your request. Sorry about that!';
  return { error: { message, type, param: null, code } };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

function sendBeginning(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
  response.write('{"id":"resp_cut","object":"response","output":[', () => response.destroy());
}

/** Ends early when the client is gone. */
async function delayWhileOpen(ms: number, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (response.destroyed) return;
  await delay(ms, undefined, { signal: gone.signal }).catch(() => undefined);
}

/**
 * Plays a fault. `answer` is called only where the fault lets the request through.
 * @returns the status that was sent; 0 for none
 */
export async function play(
  fault: Fault,
  response: ServerResponse,
  answer: () => Promise<object>,
): Promise<number> {
  switch (fault.kind) {
    case 'latency':
      if (fault.ms > 0) await delayWhileOpen(fault.ms, response);
      // A client that gave up meanwhile must not use up an answer of the script.
      if (response.destroyed) return 0;
      sendJson(response, 200, await answer());
      return 200;
    case 'status':
      sendJson(response, fault.status, fault.body ?? defaultBody(fault.status), fault.headers);
      return fault.status;
    case 'reset':
      response.socket?.resetAndDestroy();
      return 0;
    case 'truncate':
      sendBeginning(response);
      return 200;
    case 'stall':
      if (fault.after === 'headers') {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
        response.flushHeaders();
      }
      return 0;
    case 'body':
      sendJson(response, 200, fault.body, { 'content-type': fault.contentType ?? 'application/json' });
      return 200;
  }
}
