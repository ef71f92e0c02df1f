import type { Raster } from '../../../../src/model/ocr/raster.ts';
import type { Rect } from '../../../../src/util/geometry.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** A picture of one colour. */
export function paint(width: number, height: number, paper: Colour = [250, 250, 250]): Raster {
  const raster = { width, height, rgb: new Uint8Array(width * height * 3) };
  fill(raster, { x: 0, y: 0, width, height }, paper);
  return raster;
}

export function fill(raster: Raster, rect: Rect, colour: Colour): void {
  for (let y = rect.y; y < rect.y + rect.height; y++) {
    for (let x = rect.x; x < rect.x + rect.width; x++) raster.rgb.set(colour, (y * raster.width + x) * 3);
  }
}

/** A frame of 1 px. */
export function outline(raster: Raster, { x, y, width, height }: Rect, colour: Colour): void {
  fill(raster, { x, y, width, height: 1 }, colour);
  fill(raster, { x, y: y + height - 1, width, height: 1 }, colour);
  fill(raster, { x, y, width: 1, height }, colour);
  fill(raster, { x: x + width - 1, y, width: 1, height }, colour);
}

/** What looks like a word: `count` strokes of 3 x 10 px, 3 px apart. */
export function scribble(
  raster: Raster,
  x: number,
  y: number,
  count: number,
  ink: Colour = [20, 20, 20],
): Rect {
  for (let i = 0; i < count; i++) fill(raster, { x: x + i * 6, y, width: 3, height: 10 }, ink);
  return { x, y, width: count * 6 - 3, height: 10 };
}
