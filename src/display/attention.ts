import type { Activity } from '../util/activity.ts';
import type { Clock } from '../util/clock.ts';
import type { Point, Rect, Size } from '../util/geometry.ts';
import type { SettleReason, SettleReport } from './display.ts';
import { note, observeFrom } from './observation.ts';
import type { Expectation, Extent, Observed, Sight } from './observation.ts';
import { Rhythm } from './rhythm.ts';
import type { RfbClient, RfbUpdate } from './rfb/rfb-client.ts';
import { ScreenMemory } from './screen-memory.ts';
import type { Screen } from './screen-memory.ts';
import { judge, mayHaveClosed } from './settle.ts';
import type { SettleRules, Verdict } from './settle.ts';
import { WorkWatch } from './work-watch.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface SettleOptions extends Cancellable {
  /** Resolves when all has come that was drawn before: asked for before idle processes are believed. */
  readonly barrier?: (options: Cancellable) => Promise<unknown>;
  /** The screen has not changed for a moment: what can be prepared for its being settled may be. */
  readonly onLull?: () => void;
}

/** A rectangle this far from the pointer still belongs to what was clicked, px. */
const NEAR_PX = 16;
/** How often processes are looked at while they are waited for, ms. */
const LOOK_MS = 2;
/** No change for so long is a lull, ms. */
const LULL_MS = 4;

/** Watches one screen all the time: what changes by itself, what an input brought about, and when it is quiet. */
export class Attention {
  readonly #clock: Clock;
  readonly #rhythm = new Rhythm();
  readonly #memory = new ScreenMemory();
  readonly #listeners = new Set<() => void>();
  readonly #work: WorkWatch | undefined;
  #screen: Screen | undefined;
  #observed: Observed | undefined;
  #frames = 0;
  #pointer: Point = { x: 0, y: 0 };

  constructor(clock: Clock, activity?: Activity) {
    this.#clock = clock;
    this.#work = activity && new WorkWatch(activity, clock);
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
    this.#work?.begin();
    this.#observe(expectation);
  }

  /** A key, or a button or a movement at a point of the real screen, was sent. */
  input(pointer?: Point): void {
    this.#pointer = pointer ?? this.#pointer;
    this.#note('input');
  }

  /** Waits until the screen has settled; quiet counts from the last input, the cap from now. */
  async settle(rules: SettleRules, options: SettleOptions = {}): Promise<SettleReport> {
    const calledAtMs = this.#clock.now();
    const { updates: updatesBefore } = this.#observed ?? this.#observe('nothing');
    for (;;) {
      if (this.#work?.hasWorked() === true) this.#note('work');
      const observed = this.#observed ?? this.#observe('nothing');
      const nowMs = this.#clock.now();
      const verdict = this.#judge(observed, calledAtMs, rules);
      if (!('settled' in verdict)) {
        if (nowMs - (observed.changedAtMs ?? calledAtMs) >= LULL_MS) options.onLull?.();
        await this.#changeOr(this.#pauseMs(verdict.lookAgainAtMs - nowMs), options);
      } else if (verdict.settled !== 'idle' || (await this.#isOver(options))) {
        this.#rest(verdict.settled);
        const updates = observed.updates - updatesBefore;
        return { waitedMs: nowMs - calledAtMs, reason: verdict.settled, updates };
      }
    }
  }

  #observe(expectation: Expectation): Observed {
    const nowMs = this.#clock.now();
    const observed = observeFrom(nowMs, expectation);
    const { worksAlways } = this.#work ?? {};
    return (this.#observed =
      worksAlways === undefined ? observed : { ...observed, workedAtMs: nowMs, worksAlways });
  }

  #rest(reason: SettleReason): void {
    this.#observed = undefined;
    if (this.#screen !== undefined) this.#memory.remember(this.#screen);
    this.#work?.rest(reason === 'idle');
  }

  #pauseMs(ms: number): number {
    return this.#work === undefined ? ms : Math.min(ms, LOOK_MS);
  }

  /** Processes that have used no time may be waiting for it, and what they drew last may still be on its way. */
  async #isOver({ barrier, signal }: SettleOptions): Promise<boolean> {
    if (this.#work?.isWorking() === true) {
      this.#note('work');
      return false;
    }
    const before = this.#observed?.changedAtMs;
    await barrier?.({ signal });
    return this.#observed?.changedAtMs === before;
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
