import type { Clock } from '../util/clock.ts';

/** A clock whose sleeps are over at once and move time on: for code that waits between real requests. */
export class SkippingClock implements Clock {
  /** Every sleep, ms. */
  readonly sleeps: number[] = [];
  #now = 0;

  now(): number {
    return this.#now;
  }

  wall(): number {
    return Date.UTC(2026, 0, 1) + this.#now;
  }

  async sleep(ms: number, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.sleeps.push(ms);
    this.#now += ms;
  }
}
