import type { Point, Size } from '../util/geometry.ts';

export type Axis = 'x' | 'y';

/** Which way a view goes over its content: `forth` is down and to the right. */
export interface Direction {
  readonly axis: Axis;
  readonly towards: 'back' | 'forth';
}

/** A mark for each line of a picture that lies across an axis: equal lines have equal marks. */
type Strip = Uint32Array;

/** What lies near a point, seen in a wide strip and in a narrow one. */
export type Strips = readonly Strip[];

/**
 * Half the length of the lines that are looked at, px. Long ones tell more; short ones lie within one view where
 * another, which does not move, is beside it.
 */
const REACHES_PX = [240, 48] as const;
/** Fewer lines than this that fit say nothing. */
const LEAST_LINES = 12;
/** What a view draws beside its content (a lit row, a scroll bar) may differ: so many of the lines must fit. */
const LEAST_SHARE = 0.75;
/** And so many more than at any other place, where content repeats. */
const LEAST_LEAD = 0.1;
/** The fourth byte of a pixel means nothing. */
const COLOUR = 0xff_ff_ff;
/** FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** @param picture its pixels begin at a multiple of four bytes */
export function stripsAt(picture: Size & { readonly pixels: Buffer }, axis: Axis, { x, y }: Point): Strips {
  const { pixels, width, height } = picture;
  const colours = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height);
  return REACHES_PX.map((reach) =>
    axis === 'y'
      ? marksOf(colours, { lines: height, lineStep: width, step: 1, ...range(x, reach, width) })
      : marksOf(colours, { lines: width, lineStep: 1, step: width, ...range(y, reach, height) }),
  );
}

/**
 * By how far the view has gone forth over what lies in the strips, px; exchanged, by how far it has gone back.
 * @returns undefined where nothing moved, or the lines do not say by how far: blank ones, or ones that repeat
 */
export function shiftOf(before: Strips, after: Strips): number | undefined {
  for (const [index, strip] of after.entries()) {
    const shift = shiftOfStrip(before[index] ?? strip, strip);
    if (shift !== undefined) return shift;
  }
  return undefined;
}

function range(centre: number, reach: number, end: number): { readonly from: number; readonly to: number } {
  return { from: Math.max(0, centre - reach), to: Math.min(end, centre + reach) };
}

interface Lines {
  readonly lines: number;
  /** From a line to the next, and from a pixel of a line to the next, in pixels. */
  readonly lineStep: number;
  readonly step: number;
  readonly from: number;
  readonly to: number;
}

function marksOf(colours: Uint32Array, { lines, lineStep, step, from, to }: Lines): Strip {
  return Uint32Array.from({ length: lines }, (_, line) => {
    let mark = FNV_BASIS;
    for (let i = from; i < to; i++) {
      mark = Math.imul(mark ^ ((colours[line * lineStep + i * step] ?? 0) & COLOUR), FNV_PRIME);
    }
    return mark;
  });
}

function shiftOfStrip(before: Strip, after: Strip): number | undefined {
  const from = after.findIndex((mark, line) => mark !== before[line]);
  if (from < 0 || before.length !== after.length) return undefined;
  const to = after.findLastIndex((mark, line) => mark !== before[line]) + 1;
  const shares = Array.from({ length: to - from }, (_, shift) =>
    shift === 0 ? 0 : shareThatFits(before.subarray(from + shift, to), after.subarray(from, to - shift)),
  );
  const best = shares.indexOf(Math.max(...shares));
  const [first = 0, second = 0] = shares.toSorted((a, b) => b - a);
  return first >= LEAST_SHARE && first - second >= LEAST_LEAD ? best : undefined;
}

/** Lines that are like the one before them, such as those of an empty area, fit everywhere and do not count. */
function shareThatFits(before: Strip, after: Strip): number {
  let telling = 0;
  let fitting = 0;
  for (let line = 1; line < after.length; line++) {
    if (after[line] === after[line - 1] && before[line] === before[line - 1]) continue;
    telling += 1;
    if (after[line] === before[line]) fitting += 1;
  }
  return fitting < LEAST_LINES ? 0 : fitting / telling;
}
