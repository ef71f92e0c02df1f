import sharp from 'sharp';
import type { Point } from '../../util/geometry.ts';

/** How far a channel may be off and still be the same colour: a theme's rendering, not another picture. */
const CHANNEL_TOLERANCE = 12;
/** The part of a snippet's pixels that may be of another colour. */
const MISS_SHARE = 0.02;
const CHANNELS = 3;

export interface Raster {
  readonly pixels: Buffer;
  readonly width: number;
  readonly height: number;
}

export async function toRaster(png: Uint8Array): Promise<Raster> {
  const { data, info } = await sharp(png)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height };
}

/** The middle of the first place where the snippet stands on the screen, from the top; undefined when nowhere. */
export function findSnippet(screen: Raster, snippet: Raster): Point | undefined {
  return findSnippets(screen, snippet, 1)[0];
}

/** The middles of the places where the snippet stands, from the top; no more than `most` are looked for. */
export function findSnippets(screen: Raster, snippet: Raster, most: number): readonly Point[] {
  const found: Point[] = [];
  for (let y = 0; y + snippet.height <= screen.height; y++) {
    for (let x = 0; x + snippet.width <= screen.width; x++) {
      if (!standsAt(screen, snippet, x, y)) continue;
      found.push({ x: x + Math.floor(snippet.width / 2), y: y + Math.floor(snippet.height / 2) });
      if (found.length === most) return found;
    }
  }
  return found;
}

/** Looks at pixels spread over the snippet first: nearly every wrong place is left at the first of them. */
function standsAt(screen: Raster, snippet: Raster, left: number, top: number): boolean {
  const count = snippet.width * snippet.height;
  const stride = coprimeStride(count);
  const allowed = Math.floor(count * MISS_SHARE);
  let misses = 0;
  for (let i = 0, at = 0; i < count; i++, at = (at + stride) % count) {
    const x = at % snippet.width;
    const y = (at - x) / snippet.width;
    if (isSame(screen, (top + y) * screen.width + left + x, snippet, at)) continue;
    misses += 1;
    if (misses > allowed) return false;
  }
  return true;
}

function isSame(screen: Raster, screenPixel: number, snippet: Raster, snippetPixel: number): boolean {
  for (let channel = 0; channel < CHANNELS; channel++) {
    const a = screen.pixels[screenPixel * CHANNELS + channel] ?? 0;
    const b = snippet.pixels[snippetPixel * CHANNELS + channel] ?? 0;
    if (Math.abs(a - b) > CHANNEL_TOLERANCE) return false;
  }
  return true;
}

/** Visits every pixel once, far from one to the next. */
function coprimeStride(count: number): number {
  let stride = Math.max(1, Math.floor(count * 0.618));
  while (greatestDivisor(stride, count) !== 1) stride += 1;
  return stride;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
