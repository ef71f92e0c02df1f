import type { Rect, Size } from '../util/geometry.ts';
import { BYTES_PER_PIXEL } from './framebuffer.ts';
import { originOf, TILE, tilesOf } from './tiles.ts';

/** How many looks of a tile are kept: what was first, a window on it, a menu, its submenu. */
const LOOKS = 5;
/** What part of the changed tiles has to look as before: the pointer may light up something beneath. */
const RETURNED = 0.8;

export interface Screen {
  readonly size: Size;
  /** 4 bytes a pixel, rows from the top without padding. */
  readonly framebuffer: Buffer;
}

/**
 * Remembers what settled screens looked like, by a hash a tile, to tell a thing that closes from one that opens:
 * looks lie upon each other, and one that comes back takes away those above it.
 */
export class ScreenMemory {
  /** From the lowest to the present one. */
  readonly #looks = new Map<number, readonly number[]>();
  readonly #touched = new Set<number>();
  #size: Size = { width: 0, height: 0 };

  /** Takes note of what changed. */
  touch(rects: readonly Rect[]): void {
    for (const tile of tilesOf(rects)) this.#touched.add(tile);
  }

  /** The screen has settled. */
  remember(screen: Screen): void {
    const { width, height } = screen.size;
    if (width !== this.#size.width || height !== this.#size.height) {
      this.#looks.clear();
      this.#size = screen.size;
      this.touch([{ x: 0, y: 0, width, height }]);
    }
    for (const tile of this.#touched) {
      const looks = this.#looks.get(tile) ?? [];
      const look = hashOf(screen, tile);
      const below = looks.slice(0, looks.indexOf(look) < 0 ? looks.length : looks.indexOf(look));
      this.#looks.set(tile, [...below, look].slice(-LOOKS));
    }
    this.#touched.clear();
  }

  /** Whether what has changed since then uncovers what was there before. */
  hasReturned(screen: Screen): boolean {
    const tiles = [...this.#touched];
    const returned = tiles.filter((tile) => {
      const below = this.#looks.get(tile)?.slice(0, -1) ?? [];
      return below.includes(hashOf(screen, tile));
    });
    return tiles.length > 0 && returned.length >= tiles.length * RETURNED;
  }
}

/** FNV-1a over the pixels of one tile. */
function hashOf({ size, framebuffer }: Screen, tile: number): number {
  const { x, y } = originOf(tile);
  const { buffer, byteOffset, length } = framebuffer;
  const pixels = new Uint32Array(buffer, byteOffset, length / BYTES_PER_PIXEL);
  const right = Math.min(x + TILE, size.width);
  const bottom = Math.min(y + TILE, size.height);
  let hash = 0x811c_9dc5;
  for (let row = y; row < bottom; row++) {
    for (let at = row * size.width + x; at < row * size.width + right; at++) {
      hash = Math.imul(hash ^ (pixels[at] ?? 0), 0x0100_0193);
    }
  }
  return hash >>> 0;
}
