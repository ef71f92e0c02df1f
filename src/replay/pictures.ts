import pixelmatch from 'pixelmatch';
import sharp from 'sharp';
import type { Rect, Size } from '../util/geometry.ts';

const CHANNELS = 4;
/** How far two colours may be apart and still look the same, 0 to 1; pixelmatch's own default. */
const THRESHOLD = 0.1;

/** Decoded pixels: R, G, B, A, rows from the top. */
export interface Picture extends Size {
  readonly pixels: Buffer;
}

export type Likeness = 'identical' | 'alike' | 'different';

export interface Comparison {
  /** `alike`: what differs is ignored, or too little in colour for an eye to see. */
  readonly likeness: Likeness;
  /** Pixels that an eye would tell apart. */
  readonly differingPx: number;
}

export async function decode(png: Uint8Array): Promise<Picture> {
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height };
}

/** First exactly, then as an eye would, without the pixels that `ignored` marks (one byte each). */
export function compare(expected: Picture, actual: Picture, ignored: Uint8Array): Comparison {
  const { width, height } = expected;
  if (width !== actual.width || height !== actual.height) {
    return { likeness: 'different', differingPx: width * height };
  }
  if (expected.pixels.equals(actual.pixels)) return { likeness: 'identical', differingPx: 0 };
  const options = { threshold: THRESHOLD, ignoreMask: ignored };
  const differingPx = pixelmatch(expected.pixels, actual.pixels, undefined, width, height, options);
  return { likeness: differingPx === 0 ? 'alike' : 'different', differingPx };
}

/** A PNG that shows the expected picture faintly and in red what differs. Undefined when the sizes do. */
export async function drawDifference(
  expected: Picture,
  actual: Picture,
  ignored: Uint8Array,
): Promise<Buffer | undefined> {
  const { width, height } = expected;
  if (width !== actual.width || height !== actual.height) return undefined;
  const output = Buffer.alloc(width * height * CHANNELS);
  pixelmatch(expected.pixels, actual.pixels, output, width, height, {
    threshold: THRESHOLD,
    ignoreMask: ignored,
  });
  return await sharp(output, { raw: { width, height, channels: CHANNELS } })
    .png()
    .toBuffer();
}

/** Marks the pixels of rectangles, for `compare`. */
export function toMask({ width, height }: Size, rects: readonly Rect[]): Uint8Array {
  const mask = new Uint8Array(width * height);
  for (const rect of rects) {
    const [left, right] = [Math.max(0, rect.x), Math.min(width, rect.x + rect.width)];
    for (let y = Math.max(0, rect.y); y < Math.min(height, rect.y + rect.height); y++) {
      mask.fill(1, y * width + left, y * width + Math.max(left, right));
    }
  }
  return mask;
}
