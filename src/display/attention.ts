import type { Clock } from '../util/clock.ts';
import type { Point, Rect, Size } from '../util/geometry.ts';
import type { SettleReport } from './display.ts';
import { Rhythm } from './rhythm.ts';
import type { RfbClient, RfbUpdate } from './rfb/rfb-client.ts';
import { ScreenMemory } from './screen-memory.ts';
import type { Screen } from './screen-memory.ts';
import { judge, mayHaveClosed, note, observeFrom } from './settle.ts';
import type { Expectation, Extent, Observed, SettleRules, Sight, Verdict } from './settle.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** A rectangle this far from the pointer still belongs to what was clicked, px. */
const NEAR_PX = 16;

/** Watches one screen all the time: what changes by itself, what an input brought about, and when it is quiet. */
export class Attention {
  readonly #clock: Clock;
  readonly #rhythm = new Rhythm();
  readonly #memory = new ScreenMemory();
  readonly #listeners = new Set<() => void>();
  #screen: Screen | undefined;
  #observed: Observed | undefined;
  #frames = 0;
  #pointer: Point = { x: 0, y: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Number of the present frame: another one whenever a pixel has changed. */
  get frame(): number {
    return this.#frames;
  }

  /** Turns to a connection; its whole picture is new. */
  watch(client: RfbClient): void {
    this.#screen = client;
    client.onUpdate((update) => this.#see(update, client));
    this.#see({ rects: [{ x: 0, y: 0, ...client.size }] }, client);
  }

  /** An action begins: what happens from now on is its doing. */
  expect(expectation: Expectation): void {
    this.#observed = observeFrom(this.#clock.now(), expectation);
  }

  /** A key, or a button or a movement at a point of the real screen, was sent. */
  input(pointer?: Point): void {
    this.#pointer = pointer ?? this.#pointer;
    this.#note('input');
  }

  /** Waits until the screen has settled; quiet counts from the last input, the cap from now. */
  async settle(rules: SettleRules, options: Cancellable = {}): Promise<SettleReport> {
    const calledAtMs = this.#clock.now();
    let observed = (this.#observed ??= observeFrom(calledAtMs, 'nothing'));
    const updatesBefore = observed.updates;
    for (;;) {
      const nowMs = this.#clock.now();
      const verdict = this.#judge(observed, calledAtMs, rules);
      if ('settled' in verdict) {
        this.#observed = undefined;
        if (this.#screen !== undefined) this.#memory.remember(this.#screen);
        const updates = observed.updates - updatesBefore;
        return { waitedMs: nowMs - calledAtMs, reason: verdict.settled, updates };
      }
      await this.#changeOr(verdict.lookAgainAtMs - nowMs, options);
      observed = this.#observed;
    }
  }

  #judge(observed: Observed, calledAtMs: number, rules: SettleRules): Verdict {
    const nowMs = this.#clock.now();
    const verdict = judge({ calledAtMs, observed, hasClosed: false }, nowMs, rules);
    const isInDoubt = 'settled' in verdict && verdict.settled !== 'cap' && mayHaveClosed(observed);
    if (!isInDoubt || this.#screen === undefined) return verdict;
    const hasClosed = this.#memory.hasReturned(this.#screen);
    return judge({ calledAtMs, observed, hasClosed }, nowMs, rules);
  }

  #see({ rects, pointerShape }: RfbUpdate, { size }: RfbClient): void {
    if (pointerShape !== undefined) this.#note('pointer-shape');
    if (rects.length > 0) {
      this.#frames += 1;
      this.#memory.touch(rects);
      const isRepeating = this.#rhythm.observe(this.#clock.now(), rects);
      this.#note(isRepeating ? 'repeating-change' : 'change', this.#extentOf(rects, size));
    }
    for (const listener of this.#listeners) listener();
  }

  /** Resolves at the next change, or after `ms`. */
  async #changeOr(ms: number, { signal }: Cancellable): Promise<void> {
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

  #extentOf(rects: readonly Rect[], { width, height }: Size): Extent {
    const near = rects.filter((rect) => isNear(this.#pointer, rect));
    return { share: areaOf(rects) / (width * height), nearPointerPx: areaOf(near) };
  }

  #note(sight: Sight, extent?: Extent): void {
    if (this.#observed === undefined) return;
    this.#observed = note(this.#observed, this.#clock.now(), sight, extent);
  }
}

function areaOf(rects: readonly Rect[]): number {
  return rects.reduce((sum, { width, height }) => sum + width * height, 0);
}

function isNear({ x, y }: Point, rect: Rect): boolean {
  const dx = Math.max(rect.x - x, 0, x - rect.x - rect.width);
  const dy = Math.max(rect.y - y, 0, y - rect.y - rect.height);
  return Math.max(dx, dy) <= NEAR_PX;
}
