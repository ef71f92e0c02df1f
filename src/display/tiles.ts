import type { Rect } from '../util/geometry.ts';

/** Side of the squares that a screen is looked at in, px. */
export const TILE = 32;

/** The tiles that rectangles touch. */
export function tilesOf(rects: readonly Rect[]): ReadonlySet<number> {
  const tiles = new Set<number>();
  for (const { x, y, width, height } of rects) {
    for (let row = Math.floor(y / TILE); row * TILE < y + height; row++) {
      for (let column = Math.floor(x / TILE); column * TILE < x + width; column++) {
        tiles.add(toTile(column, row));
      }
    }
  }
  return tiles;
}

function toTile(column: number, row: number): number {
  return row * 65_536 + column;
}

/** Where a tile begins, px. */
export function originOf(tile: number): { readonly x: number; readonly y: number } {
  return { x: (tile % 65_536) * TILE, y: Math.floor(tile / 65_536) * TILE };
}
