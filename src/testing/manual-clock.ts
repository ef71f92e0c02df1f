import { setImmediate as nextImmediate } from 'node:timers/promises';
import type { Clock } from '../util/clock.ts';

interface Sleeper {
  readonly wakeAt: number;
  wake(): void;
}

/** A clock that only moves when a test turns it. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #wallOrigin: number;
  #sleepers: Sleeper[] = [];

  /** `wallMs`: what `wall()` says at the start, ms since the epoch. */
  constructor(options: { readonly wallMs?: number } = {}) {
    this.#wallOrigin = options.wallMs ?? Date.UTC(2026, 0, 1);
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wallOrigin + this.#now;
  }

  /** How many sleeps are under way. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  async sleep(ms: number, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { signal } = options;
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const sleeper: Sleeper = {
        wakeAt: this.#now + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(toError(signal?.reason));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  /**
   * Moves time on by `ms`, waking each sleep at its own time and in order; what a woken sleeper starts
   * (a further sleep within the span included) runs before time moves on.
   */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await nextImmediate();
    for (let next = this.#takeDue(until); next !== undefined; next = this.#takeDue(until)) {
      this.#now = Math.max(this.#now, next.wakeAt);
      next.wake();
      await nextImmediate();
    }
    this.#now = until;
  }

  /** Turns the clock until `work` is done: for code whose waits a test does not care to name. */
  async run<T>(
    work: Promise<T>,
    options: { readonly stepMs?: number; readonly limitMs?: number } = {},
  ): Promise<T> {
    const { stepMs = 10, limitMs = 600_000 } = options;
    const limit = this.#now + limitMs;
    const progress = { isDone: false };
    const finish = (): void => {
      progress.isDone = true;
    };
    work.then(finish, finish);
    await nextImmediate();
    while (!progress.isDone) {
      if (this.#now > limit) throw new Error(`The work was not done after ${limitMs} ms of manual time.`);
      await this.advance(stepMs);
    }
    return work;
  }

  #takeDue(until: number): Sleeper | undefined {
    const due = this.#sleepers.filter((sleeper) => sleeper.wakeAt <= until);
    if (due.length === 0) return undefined;
    const next = due.reduce((first, other) => (other.wakeAt < first.wakeAt ? other : first));
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
    return next;
  }
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
