import { hashTiles, TILE_PX } from '../recording/report/changes.ts';
import type { Picture } from './pictures.ts';

/**
 * Learns what blinks on a screen that nobody touches: a part that shows again what it showed before, with something
 * else in between.
 */
export class Blinking {
  readonly #looks = new Map<number, number[]>();

  /** Looks at the screen. Returns whether a part was found to blink that was not known yet. */
  observe({ pixels, width, height }: Picture, ignored: Uint8Array): boolean {
    let isNew = false;
    const { columns, hashes } = hashTiles(pixels, { width, height });
    for (const [tile, hash] of hashes.entries()) {
      const looks = this.#looks.get(tile) ?? [];
      if (looks.at(-1) === hash) continue;
      if (looks.includes(hash)) isNew = markTile(tile, columns, { width, height, ignored }) || isNew;
      this.#looks.set(tile, [...looks, hash]);
    }
    return isNew;
  }

  /** An action is done: what changes next is its doing. */
  forget(): void {
    this.#looks.clear();
  }
}

function markTile(
  tile: number,
  columns: number,
  {
    width,
    height,
    ignored,
  }: { readonly width: number; readonly height: number; readonly ignored: Uint8Array },
): boolean {
  const left = (tile % columns) * TILE_PX;
  const top = Math.floor(tile / columns) * TILE_PX;
  let isNew = false;
  for (let y = top; y < Math.min(top + TILE_PX, height); y++) {
    const from = y * width + left;
    const to = y * width + Math.min(left + TILE_PX, width);
    isNew ||= ignored.subarray(from, to).includes(0);
    ignored.fill(1, from, to);
  }
  return isNew;
}
