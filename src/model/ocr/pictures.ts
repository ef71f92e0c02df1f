import type { Rect } from '../../util/geometry.ts';
import { isPictorial } from './colours.ts';
import type { EdgeMask } from './edges.ts';
import type { Raster } from './raster.ts';

/** Side of the squares that are looked at, px: smaller than an icon, larger than a stroke. */
const TILE = 8;

/** The parts of a screen that icons and photographs cover. */
export interface Pictures {
  /** Whether pictures cover most of `box`. */
  isMostlyIn(box: Rect): boolean;
}

function tileAt({ width, height }: EdgeMask, column: number, row: number): Rect {
  const x = column * TILE;
  const y = row * TILE;
  return { x, y, width: Math.min(TILE, width - x), height: Math.min(TILE, height - y) };
}

function hasMark({ mask, width }: EdgeMask, tile: Rect): boolean {
  for (let y = tile.y; y < tile.y + tile.height; y++) {
    for (let x = tile.x; x < tile.x + tile.width; x++) if (mask[y * width + x] === 1) return true;
  }
  return false;
}

/** Plain spots inside a picture belong to it: most of their neighbours do. */
function fillHoles(tiles: Uint8Array, columns: number): void {
  const around = [-columns - 1, -columns, -columns + 1, -1, 1, columns - 1, columns, columns + 1];
  for (let pass = 0; pass < 2; pass++) {
    const before = tiles.slice();
    tiles.forEach((_, at) => {
      const neighbours = around.reduce((count, step) => count + (before[at + step] ?? 0), 0);
      if (neighbours >= 4) tiles[at] = 1;
    });
  }
}

/** Looks at the screen in tiles; only those with edges can be part of a picture. */
export function findPictures(raster: Raster, edges: EdgeMask): Pictures {
  const columns = Math.ceil(raster.width / TILE);
  const tiles = new Uint8Array(columns * Math.ceil(raster.height / TILE));
  tiles.forEach((_, at) => {
    const tile = tileAt(edges, at % columns, Math.floor(at / columns));
    if (hasMark(edges, tile) && isPictorial(raster, tile)) tiles[at] = 1;
  });
  fillHoles(tiles, columns);
  return {
    isMostlyIn({ x, y, width, height }) {
      let covered = 0;
      for (let row = y; row < y + height; row++) {
        for (let column = x; column < x + width; column++) {
          covered += tiles[Math.floor(row / TILE) * columns + Math.floor(column / TILE)] ?? 0;
        }
      }
      return covered > width * height * 0.5;
    },
  };
}
