import type { Rect, Size } from '../util/geometry.ts';
import { BYTES_PER_PIXEL } from './framebuffer.ts';

interface Picture extends Size {
  readonly pixels: Buffer;
}

/** Changes that are this close belong together, px. */
const TILE = 16;
/** Beyond this many one rectangle around them all says the same. */
const MOST_RECTS = 24;
const WITHOUT_X = 0x00ff_ffff;

/** Rectangles around what differs between two pictures; where they differ in size, the whole. */
export function changedRects(before: Picture, after: Picture): readonly Rect[] {
  const { width, height } = after;
  if (before.width !== width || before.height !== height) return [{ x: 0, y: 0, width, height }];
  const rects = joinTiles(changedTiles(before, after), Math.ceil(width / TILE));
  return rects.length > MOST_RECTS ? [rects.reduce(around)] : rects;
}

/** What changed in each tile, by the tile's number. */
function changedTiles(before: Picture, after: Picture): Map<number, Rect> {
  const { width, height } = after;
  const columns = Math.ceil(width / TILE);
  const [old, now] = [before, after].map(
    ({ pixels }) => new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / BYTES_PER_PIXEL),
  );
  const tiles = new Map<number, Rect>();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if ((((old?.[at] ?? 0) ^ (now?.[at] ?? 0)) & WITHOUT_X) === 0) continue;
      const tile = Math.floor(y / TILE) * columns + Math.floor(x / TILE);
      const pixel = { x, y, width: 1, height: 1 };
      const known = tiles.get(tile);
      tiles.set(tile, known === undefined ? pixel : around(known, pixel));
    }
  }
  return tiles;
}

/** One rectangle for each group of tiles that touch, at corners too. */
function joinTiles(tiles: Map<number, Rect>, columns: number): readonly Rect[] {
  const rects: Rect[] = [];
  for (const first of tiles.keys()) {
    const waiting = [first];
    let rect: Rect | undefined;
    for (let tile = waiting.pop(); tile !== undefined; tile = waiting.pop()) {
      const own = tiles.get(tile);
      if (own === undefined) continue;
      tiles.delete(tile);
      rect = rect === undefined ? own : around(rect, own);
      for (const row of [-columns, 0, columns]) waiting.push(tile + row - 1, tile + row, tile + row + 1);
    }
    if (rect !== undefined) rects.push(rect);
  }
  return rects;
}

function around(a: Rect, b: Rect): Rect {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}
