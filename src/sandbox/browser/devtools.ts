import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { SandboxError } from '../../errors.ts';
import { toMessage } from '../../errors.ts';

export interface CallOptions {
  /** The page that is meant; absent: the browser itself. */
  readonly sessionId?: string | undefined;
  readonly timeoutMs: number;
}

const answerSchema = z.object({
  id: z.number().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A browser that answers with more than this at once is not answering what it was asked. */
const LONGEST_ANSWER = 8 * 1024 * 1024;

/**
 * The DevTools protocol over a pipe: JSON texts, each ended by a NUL. The browser is not trusted: what it says is
 * parsed, bounded, and awaited no longer than the caller will.
 * https://chromedevtools.github.io/devtools-protocol/
 */
export class DevTools {
  readonly #stream: Duplex;
  readonly #waiting = new Map<number, Waiting>();
  #chunks: Buffer[] = [];
  #bytes = 0;
  #lastId = 0;
  #end: Error | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.once('error', (error) => this.#close(toMessage(error)));
    stream.once('close', () => this.#close('its connection was closed'));
  }

  /** @throws SandboxError browser-failed: the browser has ended, does not answer in time, or says no */
  async call(method: string, parameters: object, { sessionId, timeoutMs }: CallOptions): Promise<unknown> {
    if (this.#end) throw this.#end;
    const id = (this.#lastId += 1);
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    const late = setTimeout(
      () => answer.reject(failed(`it did not answer ${method} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    try {
      this.#stream.write(`${JSON.stringify({ id, method, params: parameters, sessionId })}\0`);
      return await answer.promise;
    } finally {
      clearTimeout(late);
      this.#waiting.delete(id);
    }
  }

  close(): void {
    this.#stream.destroy();
  }

  #take(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      const text = Buffer.concat([...this.#chunks, rest.subarray(0, end)]).toString('utf8');
      this.#chunks = [];
      this.#bytes = 0;
      rest = rest.subarray(end + 1);
      this.#read(text);
    }
    this.#chunks.push(rest);
    this.#bytes += rest.length;
    if (this.#bytes > LONGEST_ANSWER) this.#close(`it sent more than ${LONGEST_ANSWER} bytes at once`);
  }

  #read(text: string): void {
    const message = parseJson(text);
    if (message === undefined) return this.#close('it does not speak the DevTools protocol');
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (message.error) waiting?.reject(failed(message.error.message));
    else waiting?.resolve(message.result);
  }

  #close(reason: string): void {
    if (this.#end) return;
    this.#end = failed(reason);
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
    this.#stream.destroy();
  }
}

function parseJson(text: string): z.infer<typeof answerSchema> | undefined {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function failed(reason: string): SandboxError {
  return new SandboxError('browser-failed', `The browser failed: ${reason}.`);
}
