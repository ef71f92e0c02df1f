import type { Size } from '../../util/geometry.ts';
import type { Raster } from './raster.ts';

/** Least difference of one colour channel between neighbours that counts as an edge, of 255. */
const EDGE_THRESHOLD = 26;
/** Straight edges longer than this belong to frames, rules and buttons: no letter of a user interface has them. px */
const LONGEST_STROKE_X = 34;
const LONGEST_STROKE_Y = 34;

/** One byte a pixel, 1 where the picture changes. */
export interface EdgeMask extends Size {
  readonly mask: Uint8Array;
  /** The same for changes from left to right only, long straight edges included. */
  readonly verticals: Uint8Array;
}

function channelDistance(rgb: Uint8Array, a: number, b: number): number {
  return Math.max(
    Math.abs((rgb[a] ?? 0) - (rgb[b] ?? 0)),
    Math.abs((rgb[a + 1] ?? 0) - (rgb[b + 1] ?? 0)),
    Math.abs((rgb[a + 2] ?? 0) - (rgb[b + 2] ?? 0)),
  );
}

/** Marks pixels that differ from the neighbour `step` pixels on; the last column or row has none. */
function markDifferences(raster: Raster, step: 'right' | 'down'): Uint8Array {
  const { width, height, rgb } = raster;
  const mask = new Uint8Array(width * height);
  const [columns, rows, offset] = step === 'right' ? [width - 1, height, 1] : [width, height - 1, width];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = y * width + x;
      if (channelDistance(rgb, at * 3, (at + offset) * 3) >= EDGE_THRESHOLD) mask[at] = 1;
    }
  }
  return mask;
}

/** Clears runs of marks longer than `longest` along one axis. */
function eraseLongRuns(mask: Uint8Array, size: Size, axis: 'x' | 'y', longest: number): void {
  const [lines, length, step, stride] =
    axis === 'x' ? [size.height, size.width, 1, size.width] : [size.width, size.height, size.width, 1];
  for (let line = 0; line < lines; line++) {
    let start = 0;
    for (let i = 0; i <= length; i++) {
      if (i < length && mask[line * stride + i * step] === 1) continue;
      if (i - start > longest) for (let j = start; j < i; j++) mask[line * stride + j * step] = 0;
      start = i + 1;
    }
  }
}

/** Where the picture changes, without the long straight edges of windows, rules and fields. */
export function findEdges(raster: Raster): EdgeMask {
  const right = markDifferences(raster, 'right');
  const verticals = right.slice();
  const down = markDifferences(raster, 'down');
  eraseLongRuns(right, raster, 'y', LONGEST_STROKE_Y);
  eraseLongRuns(down, raster, 'x', LONGEST_STROKE_X);
  for (let i = 0; i < right.length; i++) right[i] = (right[i] ?? 0) | (down[i] ?? 0);
  return { width: raster.width, height: raster.height, mask: right, verticals };
}
