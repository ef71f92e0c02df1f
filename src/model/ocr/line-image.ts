import type { Point, Rect } from '../../util/geometry.ts';
import { channelDistance, commonColour } from './colours.ts';
import { type GrayImage, type Raster, cropRaster, growRect } from './raster.ts';

/** Shown around the letters; more would show what stands beside them. px of the screenshot */
const MARGIN = 1;
/** Shades this close to the paper are paper (gradients of buttons), of the farthest distance. */
const PAPER_SHADE = 0.15;
/** White paper around that, px of the screenshot. */
const PAPER = 9;

/** A line as the recogniser gets it. */
export interface LineImage {
  /** Dark ink on white paper, `scale` times as large as the screenshot. */
  readonly image: GrayImage;
  readonly scale: number;
  /** From the line's box to the image's top left corner, px of the screenshot. */
  readonly offset: Point;
}

/**
 * Distance from the most common colour, stretched to the full range: whatever the theme, paper comes
 * out white and ink dark.
 */
export function toInk(patch: Raster): GrayImage {
  const { width, height, rgb } = patch;
  const paper = commonColour(patch);
  const gray = new Uint8Array(width * height).map((_, pixel) => channelDistance(rgb, pixel, paper));
  const farthest = gray.reduce((a, b) => Math.max(a, b), 1);
  const lightest = farthest * PAPER_SHADE;
  const toGray = (distance: number): number =>
    255 - Math.round((Math.max(0, distance - lightest) * 255) / (farthest - lightest));
  return { width, height, gray: gray.map(toGray) };
}

function addPaper({ width, height, gray }: GrayImage, margin: number): GrayImage {
  const wide = width + 2 * margin;
  const padded = new Uint8Array(wide * (height + 2 * margin)).fill(255);
  for (let row = 0; row < height; row++) {
    padded.set(gray.subarray(row * width, (row + 1) * width), (row + margin) * wide + margin);
  }
  return { width: wide, height: height + 2 * margin, gray: padded };
}

/** Weights of the four neighbours at fraction `t` (Catmull-Rom spline). */
function cubicWeights(t: number): readonly [number, number, number, number] {
  return [
    ((-t + 2) * t - 1) * t * 0.5,
    ((3 * t - 5) * t * t + 2) * 0.5,
    ((-3 * t + 4) * t + 1) * t * 0.5,
    (t - 1) * t * t * 0.5,
  ];
}

/** Resamples rows; called twice with a transposition in between it resamples a picture. */
function stretchRows(values: Float32Array, width: number, height: number, scale: number): Float32Array {
  const wide = Math.round(width * scale);
  const out = new Float32Array(wide * height);
  for (let x = 0; x < wide; x++) {
    const source = (x + 0.5) / scale - 0.5;
    const first = Math.floor(source);
    const weights = cubicWeights(source - first);
    const columns = weights.map((_, i) => Math.min(width - 1, Math.max(0, first - 1 + i)));
    for (let y = 0; y < height; y++) {
      let sum = 0;
      for (let i = 0; i < 4; i++) sum += (weights[i] ?? 0) * (values[y * width + (columns[i] ?? 0)] ?? 0);
      out[x * height + y] = sum;
    }
  }
  return out;
}

/** Cubic resampling. */
function scaleImage(image: GrayImage, scale: number): GrayImage {
  const { width, height } = image;
  const wide = Math.round(width * scale);
  const transposed = stretchRows(Float32Array.from(image.gray), width, height, scale);
  const back = stretchRows(transposed, height, wide, scale);
  return {
    width: wide,
    height: Math.round(height * scale),
    gray: Uint8Array.from(back, (value) => Math.min(255, Math.max(0, Math.round(value)))),
  };
}

/** The line's pixels with a little around them, as far as the screen goes. */
export function cutLine(raster: Raster, box: Rect): Raster {
  return cropRaster(raster, growRect(box, MARGIN, raster));
}

/** Puts a cut line on paper and enlarges it. */
export function toLineImage(ink: GrayImage, scale: number): LineImage {
  const margin = -PAPER - MARGIN;
  return { image: scaleImage(addPaper(ink, PAPER), scale), scale, offset: { x: margin, y: margin } };
}
