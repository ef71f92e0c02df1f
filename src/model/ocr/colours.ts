import type { Rect } from '../../util/geometry.ts';
import { type Raster, cropRaster } from './raster.ts';

/** One colour, a channel each. */
export type Colour = readonly [red: number, green: number, blue: number];

export function colourAt({ rgb }: Pick<Raster, 'rgb'>, pixel: number): Colour {
  return [rgb[pixel * 3] ?? 0, rgb[pixel * 3 + 1] ?? 0, rgb[pixel * 3 + 2] ?? 0];
}

/** Greatest difference of one channel, 0 to 255. */
export function channelDistance(rgb: Uint8Array, pixel: number, [red, green, blue]: Colour): number {
  return Math.max(
    Math.abs((rgb[pixel * 3] ?? 0) - red),
    Math.abs((rgb[pixel * 3 + 1] ?? 0) - green),
    Math.abs((rgb[pixel * 3 + 2] ?? 0) - blue),
  );
}

/** The colour of most pixels, told apart in steps of 16: the first such pixel's. */
export function commonColour(raster: Raster): Colour {
  const counts = new Uint32Array(4096);
  const firsts = new Uint32Array(4096);
  let best = 0;
  for (let pixel = 0; pixel < raster.width * raster.height; pixel++) {
    const [red, green, blue] = colourAt(raster, pixel);
    const bin = ((red >> 4) << 8) | ((green >> 4) << 4) | (blue >> 4);
    if (counts[bin] === 0) firsts[bin] = pixel;
    counts[bin] = (counts[bin] ?? 0) + 1;
    if ((counts[bin] ?? 0) > (counts[best] ?? 0)) best = bin;
  }
  return colourAt(raster, firsts[best] ?? 0);
}

/** How far a colour may lie from the straight line between paper and ink. */
const FARTHEST_BLEND = 48;
/** Share of such pixels from which a patch counts as a picture. */
const PICTORIAL_SHARE = 0.14;

function squaredLength(x: number, y: number, z: number): number {
  return x * x + y * y + z * z;
}

/** The colour farthest from the paper, relative to it. */
function findInk(patch: Raster, [red, green, blue]: Colour): Colour {
  let ink: Colour = [0, 0, 0];
  for (let pixel = 0; pixel < patch.width * patch.height; pixel++) {
    const [r, g, b] = colourAt(patch, pixel);
    if (squaredLength(r - red, g - green, b - blue) > squaredLength(...ink)) {
      ink = [r - red, g - green, b - blue];
    }
  }
  return ink;
}

/** Whether a patch has more colours than blends of one ink with one paper, as antialiased text has. */
export function isPictorial(raster: Raster, rect: Rect): boolean {
  const patch = cropRaster(raster, rect);
  const paper = commonColour(patch);
  const ink = findInk(patch, paper);
  const inkLength = squaredLength(...ink) || 1;
  let strange = 0;
  for (let pixel = 0; pixel < patch.width * patch.height; pixel++) {
    const [r, g, b] = colourAt(patch, pixel);
    const [x, y, z] = [r - paper[0], g - paper[1], b - paper[2]];
    const along = (x * ink[0] + y * ink[1] + z * ink[2]) / inkLength;
    const off = squaredLength(x - along * ink[0], y - along * ink[1], z - along * ink[2]);
    if (off > FARTHEST_BLEND * FARTHEST_BLEND) strange++;
  }
  return strange > patch.width * patch.height * PICTORIAL_SHARE;
}
