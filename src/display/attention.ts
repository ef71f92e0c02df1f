import type { Clock } from '../util/clock.ts';
import type { SettleReport } from './display.ts';
import { Rhythm } from './rhythm.ts';
import type { RfbUpdate } from './rfb/rfb-client.ts';
import { judge, note, observeFrom } from './settle.ts';
import type { Expectation, Observed, SettleRules, Sight } from './settle.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** Watches one screen all the time: what changes by itself, what an input brought about, and when it is quiet. */
export class Attention {
  readonly #clock: Clock;
  readonly #rhythm = new Rhythm();
  readonly #listeners = new Set<() => void>();
  #observed: Observed | undefined;
  #frames = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Number of the present frame: another one whenever a pixel has changed. */
  get frame(): number {
    return this.#frames;
  }

  /** An action begins: what happens from now on is its doing. */
  expect(expectation: Expectation): void {
    this.#observed = observeFrom(this.#clock.now(), expectation);
  }

  /** A key, a button or a movement was sent. */
  input(): void {
    this.#note('input');
  }

  see({ rects, pointerShape }: RfbUpdate): void {
    if (pointerShape !== undefined) this.#note('pointer-shape');
    if (rects.length > 0) {
      this.#frames += 1;
      const isRepeating = this.#rhythm.observe(this.#clock.now(), rects);
      this.#note(isRepeating ? 'repeating-change' : 'change');
    }
    for (const listener of this.#listeners) listener();
  }

  /** Waits until the screen has settled; the wait counts from the last input, the cap from now. */
  async settle(rules: SettleRules, options: Cancellable = {}): Promise<SettleReport> {
    const calledAtMs = this.#clock.now();
    let observed = (this.#observed ??= observeFrom(calledAtMs, 'nothing'));
    const updatesBefore = observed.updates;
    for (;;) {
      const nowMs = this.#clock.now();
      const verdict = judge({ calledAtMs, observed }, nowMs, rules);
      if ('settled' in verdict) {
        this.#observed = undefined;
        return {
          waitedMs: nowMs - calledAtMs,
          reason: verdict.settled,
          updates: observed.updates - updatesBefore,
        };
      }
      await this.changeOr(verdict.lookAgainAtMs - nowMs, options);
      observed = this.#observed;
    }
  }

  /** Resolves at the next change, or after `ms`. */
  async changeOr(ms: number, { signal }: Cancellable = {}): Promise<void> {
    const changed = Promise.withResolvers<undefined>();
    const listener = (): void => changed.resolve(undefined);
    const done = new AbortController();
    const signals = signal === undefined ? [done.signal] : [done.signal, signal];
    this.#listeners.add(listener);
    try {
      await Promise.race([changed.promise, this.#clock.sleep(ms, { signal: AbortSignal.any(signals) })]);
    } finally {
      this.#listeners.delete(listener);
      done.abort();
    }
  }

  #note(sight: Sight): void {
    if (this.#observed !== undefined) this.#observed = note(this.#observed, this.#clock.now(), sight);
  }
}
