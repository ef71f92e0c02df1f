import type { Rect } from '../util/geometry.ts';
import { tilesOf } from './tiles.ts';

/** How many equal pauses make a beat: a caret that blinks, a clock that shows seconds. */
const BEATS = 4;
/** How far a pause may be from the beat, as a part of it, and at least so many ms. */
const TOLERANCE = 0.3;
const TOLERANCE_MS = 25;
/** Pauses at most this long are one movement: a spinner, a video. */
const FLOW_GAP_MS = 120;
/** A movement that has gone on for this long is the screen's own. */
const FLOW_MS = 1000;

interface History {
  /** The last changes, ms, oldest first. */
  readonly times: readonly number[];
  /** Since when there was no pause longer than FLOW_GAP_MS. */
  readonly flowSinceMs: number;
}

/**
 * Learns which parts of a screen change by themselves, from nothing but when they changed: in an even beat, or
 * without a rest for long. A change that comes out of the beat counts as news again.
 */
export class Rhythm {
  readonly #tiles = new Map<number, History>();

  /** Takes note of a change. Returns whether all of it is what changes by itself. */
  observe(atMs: number, rects: readonly Rect[]): boolean {
    let isRepeating = true;
    for (const tile of tilesOf(rects)) {
      const history = toNext(this.#tiles.get(tile), atMs);
      this.#tiles.set(tile, history);
      if (!isRhythmic(history, atMs)) isRepeating = false;
    }
    return isRepeating;
  }
}

function toNext(history: History | undefined, atMs: number): History {
  const last = history?.times.at(-1);
  if (history === undefined || last === undefined) return { times: [atMs], flowSinceMs: atMs };
  return {
    times: [...history.times, atMs].slice(-(BEATS + 1)),
    flowSinceMs: atMs - last <= FLOW_GAP_MS ? history.flowSinceMs : atMs,
  };
}

function isRhythmic({ times, flowSinceMs }: History, atMs: number): boolean {
  if (atMs - flowSinceMs >= FLOW_MS) return true;
  if (times.length <= BEATS) return false;
  const pauses = times.slice(1).map((time, i) => time - (times[i] ?? time));
  const mean = pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length;
  if (mean <= FLOW_GAP_MS) return false;
  const tolerance = Math.max(TOLERANCE_MS, TOLERANCE * mean);
  return pauses.every((pause) => Math.abs(pause - mean) <= tolerance);
}
