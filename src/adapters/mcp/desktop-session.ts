import { CancelledError, SandboxError, toDeskhandError, toMessage } from '../../errors.ts';
import { type Clock, systemClock } from '../../util/clock.ts';
import type { OwnedDesktop } from '../open-desktop.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface DesktopSessionOptions {
  readonly open: (options: { readonly signal: AbortSignal }) => Promise<OwnedDesktop>;
  /** A desktop that nobody used for so long is removed, ms. */
  readonly idleMs: number;
  readonly clock?: Clock | undefined;
  /** Told when a desktop could not be removed while no call waits for it. */
  readonly onError?: ((error: Error) => void) | undefined;
}

/** The one desktop of one client: made when it asks, used by one call at a time, removed when it goes or sleeps. */
export class DesktopSession implements AsyncDisposable {
  readonly #options: DesktopSessionOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #desktop: OwnedDesktop | undefined;
  /** Why there is no desktop any more. */
  #goneBecause: string | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #idle: AbortController | undefined;
  #disposed: Promise<void> | undefined;

  constructor(options: DesktopSessionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** The desktop that is there, else a new one. `isNew` says which. */
  async start(options: Cancellable): Promise<{ readonly desktop: OwnedDesktop; readonly isNew: boolean }> {
    return await this.#inTurn(options, async (signal) => {
      if (this.#desktop !== undefined) return { desktop: this.#desktop, isNew: false };
      const desktop = await this.#options.open({ signal });
      this.#desktop = desktop;
      void desktop.display.lost.then((reason) => this.#forget(desktop, reason));
      return { desktop, isNew: true };
    });
  }

  /** Resolves with whether there was a desktop. */
  async stop(options: Cancellable = {}): Promise<boolean> {
    return await this.#inTurn(options, () => this.#remove('It was stopped.'));
  }

  /**
   * Calls are done one after the other, in the order in which they came.
   * @throws SandboxError sandbox-not-found when there is no desktop
   */
  async use<T>(
    options: Cancellable,
    act: (desktop: OwnedDesktop, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return await this.#inTurn(options, async (signal) => {
      if (this.#desktop === undefined) {
        const message = ['There is no desktop.', this.#goneBecause].filter(Boolean).join(' ');
        throw new SandboxError('sandbox-not-found', message, { hint: 'Call desktop_start first.' });
      }
      return await act(this.#desktop, signal);
    });
  }

  /** Ends what is under way and removes the desktop. */
  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#disposed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#closing.abort(new CancelledError('cancelled', 'The session is over.'));
    this.#idle?.abort();
    await this.#tail;
    await this.#remove('The session is over.');
  }

  async #inTurn<T>({ signal }: Cancellable, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const closing = this.#closing.signal;
    const either = signal === undefined ? closing : AbortSignal.any([signal, closing]);
    const turn = this.#tail.then(async () => {
      either.throwIfAborted();
      this.#idle?.abort();
      try {
        return await act(either);
      } finally {
        this.#watchIdle();
      }
    });
    this.#tail = turn.catch(() => undefined);
    return await turn;
  }

  #watchIdle(): void {
    if (this.#desktop === undefined || this.#closing.signal.aborted) return;
    const idle = new AbortController();
    this.#idle = idle;
    this.#clock.sleep(this.#options.idleMs, { signal: idle.signal }).then(
      () =>
        this.#later(async () => {
          if (!idle.signal.aborted) await this.#remove('It was removed because nobody used it.');
        }),
      () => undefined,
    );
  }

  /** After the calls that wait; nobody waits for it. */
  #later(act: () => Promise<void>): void {
    const { onError } = this.#options;
    this.#tail = this.#tail.then(act).catch((error: unknown) => onError?.(toDeskhandError(error)));
  }

  async #remove(because: string): Promise<boolean> {
    const desktop = this.#desktop;
    if (desktop === undefined) return false;
    this.#desktop = undefined;
    this.#goneBecause = because;
    await desktop[Symbol.asyncDispose]();
    return true;
  }

  /** The desktop ended by itself; what it left is removed. */
  #forget(desktop: OwnedDesktop, reason: Error): void {
    this.#later(async () => {
      if (this.#desktop === desktop) await this.#remove(`It was lost: ${toMessage(reason)}`);
    });
  }
}
