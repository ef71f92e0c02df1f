import type { Activity } from '../util/activity.ts';
import type { Clock } from '../util/clock.ts';

/** What a timer that finds nothing to do takes, and less than any reaction does, ms of processor time. */
const TRIFLE_MS = 0.25;
/** Who works for more than this part of the time, on one processor, works always. */
const ALWAYS_SHARE = 0.1;
/** A shorter time than this says nothing about that, ms. */
const SHORTEST_MS = 500;

interface Look {
  readonly atMs: number;
  readonly usedMs: number | undefined;
}

/** Tells from the processor time of a desktop's processes when they work, and whether they do so without a cause. */
export class WorkWatch {
  readonly #activity: Activity;
  readonly #clock: Clock;
  #last: Look;
  #rested: Look;
  #wasIdle = false;
  #worksAlways = false;

  constructor(activity: Activity, clock: Clock) {
    this.#activity = activity;
    this.#clock = clock;
    this.#last = this.#look();
    this.#rested = this.#last;
  }

  /** Whether they work by themselves: they had no rest at the last wait for them, nor until the last input. */
  get worksAlways(): boolean {
    return this.#worksAlways;
  }

  /** Whether they have worked since they were last found to. What cannot be told counts as work. */
  hasWorked(): boolean {
    const look = this.#look();
    if (isTrifle(this.#last, look)) return false;
    this.#last = look;
    return true;
  }

  /** Whether one works at this moment, or did while they were looked at one after the other. */
  isWorking(): boolean {
    const before = this.#activity.usedMs();
    return this.#activity.isWorking() || this.#activity.usedMs() !== before;
  }

  /** They are waited for no longer. `isIdle`: for they had nothing left to do. */
  rest(isIdle: boolean): void {
    this.#rested = this.#look();
    this.#wasIdle = isIdle;
    if (isIdle) this.#worksAlways = false;
  }

  /** An input begins. */
  begin(): void {
    this.#last = this.#look();
    const { atMs, usedMs = 0 } = this.#rested;
    const spanMs = this.#last.atMs - atMs;
    if (this.#wasIdle || spanMs < SHORTEST_MS || this.#last.usedMs === undefined) return;
    this.#worksAlways = this.#last.usedMs - usedMs > ALWAYS_SHARE * spanMs;
  }

  #look(): Look {
    return { atMs: this.#clock.now(), usedMs: this.#activity.usedMs() };
  }
}

function isTrifle(from: Look, to: Look): boolean {
  return from.usedMs !== undefined && to.usedMs !== undefined && to.usedMs - from.usedMs < TRIFLE_MS;
}
