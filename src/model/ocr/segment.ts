import type { Rect } from '../../util/geometry.ts';
import { type Component, findComponents } from './components.ts';
import { type EdgeMask, findEdges } from './edges.ts';
import { findPictures } from './pictures.ts';
import type { Raster } from './raster.ts';

/** Taller groups are pictures and frames. px */
const TALLEST_GLYPH = 48;
/** Dots, dashes and commas: they link by position, not by height. px */
const TALLEST_MARK = 6;
const WIDEST_MARK = 20;
/** Glyph heights on one line differ by no more than this factor. */
const HEIGHT_RATIO = 2.4;
/** Beside something as tall as this stands large text or an icon. px */
const TALL_LINE = 22;
const HEIGHT_RATIO_OF_TALL = 1.6;
const HEIGHT_RATIO_OF_MARKS = 8;
/** Widest gap inside a line, in heights of the taller neighbour. */
const WIDEST_GAP = 0.95;
/** A wall is taller than the letters by this much on both sides. px */
const WALL_MARGIN = 3;
const WALL_GAPS = 3;
/** px */
const SMALLEST_ICON = 11;
const NEAREST_ICON = 4;
/** Widest gap between the parts of one sign. px */
const WIDEST_STACK = 4;

/** Share of one side of the box that is marked, looking at its two outermost rows or columns. */
function sideCoverage(
  edges: EdgeMask,
  { x, y, width, height }: Rect,
  side: 'left' | 'right' | 'top' | 'bottom',
) {
  const isVertical = side === 'left' || side === 'right';
  const length = isVertical ? height : width;
  let covered = 0;
  for (let i = 0; i < length; i++) {
    const hit = [0, 1, 2].some((depth) => {
      const px = isVertical ? (side === 'left' ? x + depth : x + width - 1 - depth) : x + i;
      const py = isVertical ? y + i : side === 'top' ? y + depth : y + height - 1 - depth;
      return edges.mask[py * edges.width + px] === 1;
    });
    if (hit) covered++;
  }
  return covered / length;
}

/** Outlines of buttons, fields and tick boxes, and what is left of them. */
function isFrame(edges: EdgeMask, box: Component): boolean {
  if (box.height >= 20 && box.width <= 6) return true;
  if (box.height < 14 || box.width < 7) return false;
  const sides = (['left', 'right', 'top', 'bottom'] as const).map((side) => sideCoverage(edges, box, side));
  const isLarge = box.width >= 26 && box.height >= 20;
  return sides.every((coverage) => coverage >= (isLarge ? 0.7 : 0.9));
}

function findGlyphs(raster: Raster, edges: EdgeMask): readonly Component[] {
  const pictures = findPictures(raster, edges);
  return findComponents(edges).filter(
    (box) =>
      box.height <= TALLEST_GLYPH && box.marks >= 3 && !isFrame(edges, box) && !pictures.isMostlyIn(box),
  );
}

/** As tall as wide: perhaps an icon of one colour. */
function isSquare({ width, height }: Rect): boolean {
  return height >= SMALLEST_ICON && width >= height * 0.7 && width <= height * 1.45;
}

function overlap(a: Rect, b: Rect): number {
  return Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
}

function heightRatio(small: Rect, tall: Rect): number {
  if (small.height <= TALLEST_MARK) return HEIGHT_RATIO_OF_MARKS;
  return tall.height < TALL_LINE ? HEIGHT_RATIO : HEIGHT_RATIO_OF_TALL;
}

function isOnOneLine(a: Component, b: Component): boolean {
  const [small, tall] = a.height < b.height ? [a, b] : [b, a];
  if (tall.height > small.height * heightRatio(small, tall)) return false;
  return overlap(a, b) >= Math.max(1, small.height * 0.5);
}

/** The two bars of an equals sign, a colon, the dot of an i. */
function isStacked(a: Component, b: Component): boolean {
  const [small, tall] = a.height < b.height ? [a, b] : [b, a];
  if (small.height > TALLEST_MARK || small.width > WIDEST_MARK) return false;
  if (tall.height > small.height * HEIGHT_RATIO_OF_MARKS) return false;
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  return -overlap(a, b) <= WIDEST_STACK && across >= Math.min(a.width, b.width) * 0.5;
}

function isLinked(left: Component, right: Component): boolean {
  if (isStacked(left, right)) return true;
  const gap = right.x - (left.x + left.width);
  return gap <= Math.max(4, Math.max(left.height, right.height) * WIDEST_GAP) && isOnOneLine(left, right);
}

function union(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/** Root of `index` in a union-find forest, halving the paths on the way. */
function rootOf(parents: number[], index: number): number {
  let at = index;
  for (;;) {
    const parent = parents[at] ?? at;
    if (parent === at) return at;
    parents[at] = parents[parent] ?? parent;
    at = parents[at] ?? at;
  }
}

/** Groups what is linked by a chain of neighbours. */
function linkAll(
  glyphs: readonly Component[],
  isLink: (left: Component, right: Component) => boolean,
): readonly (readonly Component[])[] {
  const sorted = [...glyphs].sort((a, b) => a.x - b.x || a.y - b.y);
  const parents = sorted.map((_, index) => index);
  sorted.forEach((left, i) => {
    for (let j = i + 1; j < sorted.length; j++) {
      const right = sorted[j];
      if (right === undefined || right.x - (left.x + left.width) > TALLEST_GLYPH) break;
      if (isLink(left, right)) parents[rootOf(parents, j)] = rootOf(parents, i);
    }
  });
  const groups = new Map<number, Component[]>();
  sorted.forEach((glyph, index) => {
    const root = rootOf(parents, index);
    groups.set(root, [...(groups.get(root) ?? []), glyph]);
  });
  return [...groups.values()];
}

/** Where a line of text stands, px. */
export interface LineBox extends Rect {
  /** The line without the square thing that it begins with: perhaps an icon. */
  readonly withoutIcon?: Rect;
}

function boxAround(group: readonly Component[]): Rect {
  const [first, ...rest] = group;
  const { x, y, width, height } = rest.reduce<Rect>(union, first ?? { x: 0, y: 0, width: 0, height: 0 });
  return { x, y, width, height };
}

/** Whether a straight edge, taller than both, stands between two parts: the side of a button or a panel. */
function isWalledOff({ verticals, width, height }: EdgeMask, left: Rect, right: Rect): boolean {
  const top = Math.max(0, Math.min(left.y, right.y) - WALL_MARGIN);
  const bottom = Math.min(height, Math.max(left.y + left.height, right.y + right.height) + WALL_MARGIN);
  for (let x = left.x + left.width - 1; x < right.x; x++) {
    let missing = 0;
    for (let y = top; y < bottom; y++) if (verticals[y * width + x] !== 1) missing++;
    if (missing <= WALL_GAPS) return true;
  }
  return false;
}

/** Too small to be a letter. */
function isText({ width, height }: Rect): boolean {
  return width >= 3 && height >= 2 && width * height >= 10;
}

/** How many parts stand before the first gap as wide as that between an icon and its label. */
function countBeforeGap(group: readonly Component[]): number {
  let right = -Infinity;
  const index = group.findIndex((part) => {
    const isAfterGap = right !== -Infinity && part.x >= right + NEAREST_ICON;
    right = Math.max(right, part.x + part.width);
    return isAfterGap;
  });
  return index === -1 ? group.length : index;
}

/** @param group sorted from left to right. */
function toLineBox(group: readonly Component[]): LineBox {
  const split = countBeforeGap(group);
  const [head, tail] = [group.slice(0, split), group.slice(split)];
  if (tail.length === 0 || !isSquare(boxAround(head))) return boxAround(group);
  return { ...boxAround(group), withoutIcon: boxAround(tail) };
}

/**
 * Boxes of the lines of text in a picture of a desktop, in reading order: groups of small edges
 * that stand side by side. Columns, menu titles and captions come out as lines of their own.
 */
export function findLineBoxes(raster: Raster): readonly LineBox[] {
  const edges = findEdges(raster);
  return linkAll(findGlyphs(raster, edges), (a, b) => isLinked(a, b) && !isWalledOff(edges, a, b))
    .map(toLineBox)
    .filter(isText)
    .sort((a, b) => a.y - b.y || a.x - b.x);
}
