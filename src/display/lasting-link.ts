import { DisplayError, toDeskhandError } from '../errors.ts';
import type { Clock } from '../util/clock.ts';
import type { RfbClient } from './rfb/rfb-client.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** Pauses before the attempts to connect again, ms: one attempt each. */
const PAUSES_MS: readonly number[] = [0, 200, 1000, 3000];
/** A connection that lasted this long has proved itself: the attempts count from zero again, ms. */
const PROVED_MS = 10_000;

export interface LastingLinkOptions {
  readonly clock: Clock;
  readonly connect: (options: { readonly signal: AbortSignal }) => Promise<RfbClient>;
  /** Runs on each new connection before anything else uses it. */
  readonly onLink: (client: RfbClient) => void;
}

/** One connection after another, as if they were one, until connecting again fails too often. */
export class LastingLink {
  readonly #options: LastingLinkOptions;
  readonly #loss = Promise.withResolvers<Error>();
  readonly #over = new AbortController();
  #client: Promise<RfbClient>;
  #live: RfbClient | undefined;
  #attempts = 0;

  constructor(options: LastingLinkOptions) {
    this.#options = options;
    this.#client = fail(new DisplayError('display-closed', 'The display is not open yet.'));
  }

  /** Resolves with the reason when there will be no connection any more. */
  get lost(): Promise<Error> {
    return this.#loss.promise;
  }

  /** The connection that is up at this moment. */
  get live(): RfbClient | undefined {
    return this.#live;
  }

  /** Connects for the first time, in one attempt. @throws DisplayError */
  async open({ signal }: Cancellable = {}): Promise<void> {
    const signals = signal === undefined ? [this.#over.signal] : [this.#over.signal, signal];
    const client = await this.#options.connect({ signal: AbortSignal.any(signals) });
    this.#adopt(client);
    this.#client = Promise.resolve(client);
  }

  /** The connection of now, or the next one while there is none. @throws DisplayError when there will be none */
  async client({ signal }: Cancellable = {}): Promise<RfbClient> {
    signal?.throwIfAborted();
    if (signal === undefined) return this.#client;
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([this.#client, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    const reason = new DisplayError('display-closed', 'The display was closed.');
    this.#over.abort(reason);
    this.#client = fail(reason);
    await this.#live?.[Symbol.asyncDispose]();
    this.#live = undefined;
  }

  #adopt(client: RfbClient): void {
    const sinceMs = this.#options.clock.now();
    this.#live = client;
    this.#options.onLink(client);
    void client.closed.then((reason) => {
      this.#live = undefined;
      if (this.#over.signal.aborted) return;
      if (this.#options.clock.now() - sinceMs >= PROVED_MS) this.#attempts = 0;
      this.#client = this.#connectAgain(reason);
      this.#client.catch(() => undefined);
    });
  }

  async #connectAgain(reason: Error): Promise<RfbClient> {
    const { signal } = this.#over;
    let last = reason;
    for (;;) {
      const pauseMs = PAUSES_MS[this.#attempts++];
      if (pauseMs === undefined || isFinal(last)) break;
      try {
        await this.#options.clock.sleep(pauseMs, { signal });
        const client = await this.#options.connect({ signal });
        this.#adopt(client);
        return client;
      } catch (thrown) {
        signal.throwIfAborted();
        last = toDeskhandError(thrown);
      }
    }
    const lost = new DisplayError('display-closed', `The display was lost: ${reason.message}`, {
      cause: last,
    });
    this.#loss.resolve(lost);
    throw lost;
  }
}

function isFinal(reason: Error): boolean {
  return reason instanceof DisplayError && reason.code === 'display-authentication';
}

/** A rejection that is no one's fault when nobody waits for it. */
function fail(reason: Error): Promise<never> {
  const failure = Promise.reject(reason);
  failure.catch(() => undefined);
  return failure;
}
