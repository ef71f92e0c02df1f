import type { Rect, Size } from '../util/geometry.ts';
import { changedRects } from './changed-rects.ts';
import { BYTES_PER_PIXEL } from './framebuffer.ts';

/** R, G, B, X pixels, rows from the top without padding. */
interface Picture extends Size {
  readonly pixels: Buffer;
}

/** Around what was typed, px: the edge of a letter, the caret. */
const MARGIN = 6;
/** What lies so far around a place tells whether it is still the same place, px. */
const SURROUNDINGS = 24;
/** From this share of equal pixels on, the surroundings are the same: a caret or a button may have changed in them. */
const SAME_PLACE = 0.9;
/**
 * Letters are known again by where their colour changes along a row, whatever the colours are: selected text is drawn in
 * others. px of a row, changes in it, rows that are tried, and places that are looked at for each.
 */
const MARK_PX = 48;
const FEWEST_EDGES = 6;
const MOST_MARKS = 8;
const MOST_COPIES = 64;
/** The colour of a cover: R, G, B. */
const GREY = 0x50;

const WITHOUT_X = 0x00ff_ffff;

/** The pixels as numbers; X, which means nothing, left out by whoever compares. */
function toNumbers({ pixels }: Pick<Picture, 'pixels'>): Uint32Array {
  return new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / BYTES_PER_PIXEL);
}

/** For each pixel whether it differs from the one to its left. */
function edgesOf(picture: Picture): Buffer {
  const pixels = toNumbers(picture);
  const edges = Buffer.alloc(pixels.length);
  for (let at = 1; at < pixels.length; at++) {
    edges[at] = (((pixels[at] ?? 0) ^ (pixels[at - 1] ?? 0)) & WITHOUT_X) === 0 ? 0 : 1;
  }
  return edges;
}

function grow({ x, y, width, height }: Rect, by: number, within: Size): Rect {
  const [left, top] = [Math.max(0, x - by), Math.max(0, y - by)];
  const [right, bottom] = [Math.min(within.width, x + width + by), Math.min(within.height, y + height + by)];
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function isInside(x: number, y: number, rect: Rect): boolean {
  return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
}

/** A stretch of a row of letters. */
interface Mark {
  readonly x: number;
  readonly y: number;
  readonly edges: Buffer;
}

/** One place where a secret was typed: what lay around it, and what its letters look like. */
class Place {
  readonly #rect: Rect;
  readonly #outer: Rect;
  readonly #size: Size;
  readonly #around: Uint32Array;
  readonly #marks: readonly Mark[];

  constructor(changed: Rect, after: Picture) {
    this.#size = { width: after.width, height: after.height };
    this.#rect = grow(changed, MARGIN, after);
    this.#outer = grow(this.#rect, SURROUNDINGS, after);
    this.#around = toNumbers(after).slice();
    this.#marks = findMarks(this.#rect, after);
  }

  /** Everywhere in the picture where the secret has to be taken to be seen. */
  rectsIn(picture: Picture, edges: Buffer): readonly Rect[] {
    const here = this.#isHere(picture) ? [this.#rect] : [];
    return [...here, ...this.#marks.flatMap((mark) => this.#copiesOf(mark, picture, edges))];
  }

  /** Whether what lies around the place is the same, whatever the place itself shows now. */
  #isHere(picture: Picture): boolean {
    if (picture.width !== this.#size.width || picture.height !== this.#size.height) return true;
    const pixels = toNumbers(picture);
    const { x, y, width, height } = this.#outer;
    let [same, all] = [0, 0];
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) {
        if (isInside(column, row, this.#rect)) continue;
        const at = row * picture.width + column;
        all += 1;
        if ((((pixels[at] ?? 0) ^ (this.#around[at] ?? 0)) & WITHOUT_X) === 0) same += 1;
      }
    }
    return same >= all * SAME_PLACE;
  }

  /** Where the letters are now: also moved, scrolled, selected. */
  #copiesOf({ x, y, edges: wanted }: Mark, picture: Picture, edges: Buffer): readonly Rect[] {
    const copies: Rect[] = [];
    for (let at = edges.indexOf(wanted); at >= 0; at = edges.indexOf(wanted, at + 1)) {
      const [column, row] = [at % picture.width, Math.floor(at / picture.width)];
      if (column + wanted.length > picture.width) continue;
      copies.push(
        grow({ ...this.#rect, x: this.#rect.x + column - x, y: this.#rect.y + row - y }, 0, picture),
      );
      if (copies.length === MOST_COPIES) break;
    }
    return copies;
  }
}

/** The stretches that change most often, one of a row; none where there is too little shape. */
function findMarks({ x, y, width, height }: Rect, after: Picture): readonly Mark[] {
  const edges = edgesOf(after);
  const length = Math.min(MARK_PX, width);
  const marks: (Mark & { readonly count: number })[] = [];
  for (let row = y; row < y + height; row++) {
    let best: (Mark & { readonly count: number }) | undefined;
    for (let start = x; start + length <= x + width; start += MARK_PX / 4) {
      const from = row * after.width + start;
      const stretch = edges.subarray(from, from + length);
      const count = stretch.reduce((sum, edge) => sum + edge, 0);
      if (count > (best?.count ?? FEWEST_EDGES - 1)) {
        best = { x: start, y: row, edges: Buffer.from(stretch), count };
      }
    }
    if (best !== undefined) marks.push(best);
  }
  return marks.toSorted((a, b) => b.count - a.count).slice(0, MOST_MARKS);
}

/**
 * Covers on every picture what secrets have left on the screen. A place stays covered while what lies around it is the
 * same, so also when a password is made visible in its field; and its letters are covered wherever they are, also moved,
 * scrolled or selected.
 */
export class Concealment {
  readonly #places: Place[] = [];

  /** How many places there are: a picture that was made with fewer is out of date. */
  get places(): number {
    return this.#places.length;
  }

  /** What changed between two pictures is what a secret has left. */
  add(before: Picture, after: Picture): void {
    for (const rect of changedRects(before, after)) this.#places.push(new Place(rect, after));
  }

  /** Covers it in these pixels. */
  cover(picture: Picture): void {
    const edges = edgesOf(picture);
    const rects = this.#places.flatMap((place) => place.rectsIn(picture, edges));
    for (const rect of rects) paint(rect, picture);
  }
}

function paint({ x, y, width, height }: Rect, picture: Picture): void {
  for (let row = y; row < y + height; row++) {
    const from = (row * picture.width + x) * BYTES_PER_PIXEL;
    picture.pixels.fill(GREY, from, from + width * BYTES_PER_PIXEL);
  }
}
