import type { Clock } from '../util/clock.ts';

/** How long a run has worked: time in which somebody is waited for does not count. */
export class WorkingTime {
  readonly #clock: Clock;
  #workedMs = 0;
  #holders = 0;
  #since: number;
  #changed = Promise.withResolvers<void>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  get ms(): number {
    return this.#workedMs + (this.#holders > 0 ? 0 : this.#clock.now() - this.#since);
  }

  /** Stops the time until what is returned is called; may be held more than once at a time. */
  hold(): () => void {
    if (this.#holders === 0) this.#workedMs = this.ms;
    this.#holders += 1;
    this.#tell();
    return () => {
      this.#holders -= 1;
      this.#since = this.#clock.now();
      this.#tell();
    };
  }

  /** Resolves when `limitMs` have been worked. @throws the signal's reason */
  async reached(limitMs: number, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const leftMs = limitMs - this.ms;
      if (leftMs <= 0) return;
      const isHeld = this.#holders > 0;
      const over = new AbortController();
      const end = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => end.resolve(), { signal: over.signal });
      const sleep = isHeld ? end.promise : this.#clock.sleep(leftMs, { signal: over.signal });
      await Promise.race([sleep, this.#changed.promise, end.promise]).finally(() => {
        over.abort();
        sleep.catch(() => undefined);
      });
    }
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
