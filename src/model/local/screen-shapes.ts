import type { Point, Rect } from '../../util/geometry.ts';
import { type Colour, channelDistance, colourAt, commonColour } from '../ocr/colours.ts';
import { type Raster, cropRaster } from '../ocr/raster.ts';

/** Neighbours that differ by no more than this are one surface, so that gradients are. Of 255. */
const SAME_SURFACE = 12;
/** A line in a title bar keeps this far above the title's letters. px */
const ABOVE_TITLE = 3;
/** A narrower bar is the head of a column, px. */
const TITLE_BAR = { mostHeight: 44, leastWidth: 240 } as const;
const LEAST_WINDOW = { width: 80, height: 60 };
const FIELD = { leastHeight: 16, mostHeight: 60, leastWidth: 40, farthest: 600, step: 6, deepest: 40 };
const BUTTON = { mostHeight: 64, mostWidth: 160 };
/** Where a field is looked for, from the left of the label above: what is in the field may stand in the first. px */
const COLUMNS_UNDER = [8, 3];
/** Paper at least this bright is an input field's own. */
const FIELD_PAPER = 245;
const FIELD_WITH_LABEL_HEIGHT = 44;

export function centreOf({ x, y, width, height }: Rect): Point {
  return { x: Math.floor(x + width / 2), y: Math.floor(y + height / 2) };
}

export function isInside({ x, y }: Point, rect: Rect): boolean {
  return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
}

/** How far one can go from a pixel in steps of (dx, dy) without crossing an edge. px */
function reach(raster: Raster, from: Point, dx: number, dy: number): number {
  let at = from.y * raster.width + from.x;
  for (let steps = 0; ; steps++) {
    const x = from.x + dx * (steps + 1);
    const y = from.y + dy * (steps + 1);
    const next = y * raster.width + x;
    if (x < 0 || y < 0 || x >= raster.width || y >= raster.height) return steps;
    if (channelDistance(raster.rgb, next, colourAt(raster, at)) > SAME_SURFACE) return steps;
    at = next;
  }
}

/**
 * The window below a title: the title bar is even from side to side, and the frame's outline runs down
 * from its ends. Undefined where the text stands in no title bar.
 */
export function findWindow(raster: Raster, title: Rect): Rect | undefined {
  const { x, y: middle } = centreOf(title);
  const top = Math.max(0, title.y - ABOVE_TITLE);
  const left = endOfTitleBar(raster, { x, y: top }, middle, -1);
  const right = endOfTitleBar(raster, { x, y: top }, middle, 1);
  const depths = [left, right].map((side) => reach(raster, { x: side, y: middle }, 0, 1));
  const window = { x: left, y: top, width: right - left + 1, height: Math.max(...depths) + middle - top };
  const isWindow = window.width >= LEAST_WINDOW.width && window.height >= LEAST_WINDOW.height;
  return isWindow ? window : undefined;
}

/** Whether a text is the title of a window: it stands in a low bar with a window below it. */
export function isTitle(raster: Raster, text: Rect): boolean {
  const beside = { x: Math.max(0, text.x - 3), y: centreOf(text).y };
  if (areaAround(raster, beside).height > TITLE_BAR.mostHeight) return false;
  return (findWindow(raster, text)?.width ?? 0) >= TITLE_BAR.leastWidth;
}

/** Goes past the buttons above their tops, then past the rounded corner below it. */
function endOfTitleBar(raster: Raster, from: Point, middle: number, step: -1 | 1): number {
  const inner = from.x + step * Math.max(0, reach(raster, from, step, 0) - 2);
  const outer = inner + step * (reach(raster, { x: inner, y: middle }, step, 0) + 1);
  return Math.min(raster.width - 1, Math.max(0, outer));
}

/** The even area around a pixel that may have text further along its rows. */
function areaAround(raster: Raster, at: Point): Rect {
  const up = reach(raster, at, 0, -1);
  const down = reach(raster, at, 0, 1);
  const row = { x: at.x, y: Math.min(at.y - up + 2, at.y) };
  const left = reach(raster, row, -1, 0);
  const right = reach(raster, row, 1, 0);
  return { x: at.x - left, y: at.y - up, width: left + right + 1, height: up + down + 1 };
}

function isFieldSized({ width, height }: Rect): boolean {
  return height >= FIELD.leastHeight && height <= FIELD.mostHeight && width >= FIELD.leastWidth;
}

/** The field that has the label in it, as a placeholder or as its content. */
function fieldAround(raster: Raster, label: Rect): Rect | undefined {
  const at = { x: Math.max(0, label.x - 3), y: centreOf(label).y };
  const area = areaAround(raster, at);
  const isBright = colourAt(raster, at.y * raster.width + at.x).every((channel) => channel >= FIELD_PAPER);
  return isBright && isFieldSized(area) && area.height <= FIELD_WITH_LABEL_HEIGHT ? area : undefined;
}

function fieldBeside(raster: Raster, label: Rect): Rect | undefined {
  const { y } = centreOf(label);
  const start = label.x + label.width;
  for (let x = start + FIELD.step; x < Math.min(raster.width, start + FIELD.farthest); x += FIELD.step) {
    const area = areaAround(raster, { x, y });
    if (isFieldSized(area) && area.x >= start - 2) return area;
  }
  return undefined;
}

function fieldUnder(raster: Raster, label: Rect): Rect | undefined {
  const start = label.y + label.height;
  for (const column of COLUMNS_UNDER) {
    const x = label.x + Math.min(column, Math.floor(label.width / 2));
    for (let y = start + 2; y < Math.min(raster.height, start + FIELD.deepest); y += 4) {
      const area = areaAround(raster, { x, y });
      if (isFieldSized(area) && area.y >= start - 2) return area;
    }
  }
  return undefined;
}

/** The one-line input field that a label names: around it, to its right, or below it. */
export function findField(raster: Raster, label: Rect): Rect | undefined {
  return fieldAround(raster, label) ?? fieldBeside(raster, label) ?? fieldUnder(raster, label);
}

/** Whether a text stands in a frame of its own, as the label of a button does. */
export function isInButton(raster: Raster, label: Rect): boolean {
  const { width, height } = areaAround(raster, { x: Math.max(0, label.x - 3), y: centreOf(label).y });
  const isLow = height > label.height + 2 && height <= BUTTON.mostHeight;
  return isLow && width > label.width + 2 && width <= Math.max(BUTTON.mostWidth, label.width * 3);
}

/** The colour of most of the screen's outermost pixels, the top aside, where a panel may be. */
function findWallpaper(raster: Raster): Colour {
  const { width, height } = raster;
  const bottom = cropRaster(raster, { x: 0, y: height - 2, width, height: 2 });
  const left = cropRaster(raster, { x: 0, y: 0, width: 2, height });
  const right = cropRaster(raster, { x: width - 2, y: 0, width: 2, height });
  const rgb = new Uint8Array([...bottom.rgb, ...left.rgb, ...right.rgb]);
  return commonColour({ width: rgb.length / 3, height: 1, rgb });
}

function isEven(raster: Raster, at: number): boolean {
  const colour = colourAt(raster, at);
  const isLike = (other: number): boolean => channelDistance(raster.rgb, other, colour) <= SAME_SURFACE;
  return isLike(at - 1) && isLike(at - raster.width);
}

/**
 * The middle of the largest square in `within` that has nothing on it; of squares as large the topmost,
 * then the leftmost. On the desktop only its background counts.
 */
export function findEmptyPlace(
  raster: Raster,
  within: Rect,
  options: { readonly isDesktop: boolean },
): Point | undefined {
  const wallpaper = options.isDesktop ? findWallpaper(raster) : undefined;
  const isFree = (at: number): boolean =>
    wallpaper ? channelDistance(raster.rgb, at, wallpaper) <= SAME_SURFACE : isEven(raster, at);
  let above = new Uint16Array(within.width + 1);
  let best = { side: 0, x: 0, y: 0 };
  for (let y = Math.max(1, within.y); y < within.y + within.height; y++) {
    const sides = new Uint16Array(within.width + 1);
    for (let column = 1; column <= within.width; column++) {
      const x = within.x + column - 1;
      if (x === 0 || !isFree(y * raster.width + x)) continue;
      const side = 1 + Math.min(sides[column - 1] ?? 0, above[column] ?? 0, above[column - 1] ?? 0);
      sides[column] = side;
      if (side > best.side) best = { side, x, y };
    }
    above = sides;
  }
  if (best.side < 8) return undefined;
  return { x: best.x - Math.floor(best.side / 2), y: best.y - Math.floor(best.side / 2) };
}
