import type { Rect, Size } from '../../util/geometry.ts';

/** Side of the squares that frames are compared in, px. */
export const TILE_PX = 16;
/** Changed tiles that are no further apart than this many tiles belong to one region. */
const REACH = 2;

/** One hash for each tile of a frame, row by row: two frames are compared without their pixels. */
export interface TileHashes {
  readonly columns: number;
  readonly rows: number;
  readonly hashes: Uint32Array;
  readonly size: Size;
}

/** What differs between two frames. */
export interface Changes {
  /** px; the fewest boxes that hold all that changed, near ones joined. */
  readonly regions: readonly Rect[];
  /** Changed part of the screen, 0 to 1, in tiles of 16 px. */
  readonly share: number;
}

/** @param rgba pixels, 4 bytes each, row by row */
export function hashTiles(rgba: Uint8Array, size: Size): TileHashes {
  const columns = Math.ceil(size.width / TILE_PX);
  const rows = Math.ceil(size.height / TILE_PX);
  const hashes = new Uint32Array(columns * rows).fill(0x811c9dc5);
  const pixels = new DataView(rgba.buffer, rgba.byteOffset, rgba.byteLength);
  for (let y = 0; y < size.height; y++) {
    const row = Math.floor(y / TILE_PX) * columns;
    for (let x = 0; x < size.width; x++) {
      const tile = row + Math.floor(x / TILE_PX);
      hashes[tile] = mix(hashes[tile] ?? 0, pixels.getUint32((y * size.width + x) * 4));
    }
  }
  return { columns, rows, hashes, size };
}

/** A round of MurmurHash3: without its rotations, two equal changes in one tile can cancel each other out. */
function mix(hash: number, word: number): number {
  const scrambled = Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  return Math.imul(rotate(hash ^ scrambled, 13), 5) + 0xe6546b64;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** The changes from one frame to another; undefined when their sizes differ. */
export function findChanges(before: TileHashes, after: TileHashes): Changes | undefined {
  if (before.size.width !== after.size.width || before.size.height !== after.size.height) return undefined;
  const changed = new Set<number>();
  for (const [tile, hash] of after.hashes.entries()) if (before.hashes[tile] !== hash) changed.add(tile);
  const share = changed.size / after.hashes.length;
  const regions: Rect[] = [];
  for (const tile of changed) regions.push(toRect(takeRegion(tile, changed, after), after.size));
  return { regions, share };
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Removes from `changed` all tiles that hang together with `start`; returns the box around them, in tiles. */
function takeRegion(start: number, changed: Set<number>, { columns, rows }: TileHashes): Box {
  const box = { left: columns, top: rows, right: 0, bottom: 0 };
  const open = [start];
  changed.delete(start);
  for (let tile = open.pop(); tile !== undefined; tile = open.pop()) {
    const [column, row] = [tile % columns, Math.floor(tile / columns)];
    box.left = Math.min(box.left, column);
    box.right = Math.max(box.right, column);
    box.top = Math.min(box.top, row);
    box.bottom = Math.max(box.bottom, row);
    for (let y = Math.max(0, row - REACH); y <= Math.min(rows - 1, row + REACH); y++) {
      for (let x = Math.max(0, column - REACH); x <= Math.min(columns - 1, column + REACH); x++) {
        if (changed.delete(y * columns + x)) open.push(y * columns + x);
      }
    }
  }
  return box;
}

function toRect({ left, top, right, bottom }: Box, { width, height }: Size): Rect {
  const [x, y] = [left * TILE_PX, top * TILE_PX];
  return {
    x,
    y,
    width: Math.min((right + 1) * TILE_PX, width) - x,
    height: Math.min((bottom + 1) * TILE_PX, height) - y,
  };
}
