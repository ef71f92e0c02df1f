import type { Rect, Size } from '../../util/geometry.ts';

/** A decoded picture: 3 bytes (R, G, B) a pixel, rows from the top, no padding. */
export interface Raster extends Size {
  readonly rgb: Uint8Array;
}

/** One byte a pixel: 0 is black, 255 is white. */
export interface GrayImage extends Size {
  readonly gray: Uint8Array;
}

/** `rect` grown by `margin` px on every side, cut off at the edges of `within`. */
export function growRect(rect: Rect, margin: number, within: Size): Rect {
  const x = Math.max(0, rect.x - margin);
  const y = Math.max(0, rect.y - margin);
  return {
    x,
    y,
    width: Math.min(within.width, rect.x + rect.width + margin) - x,
    height: Math.min(within.height, rect.y + rect.height + margin) - y,
  };
}

/** The pixels of `rect`, which lies inside `raster`. */
export function cropRaster(raster: Raster, rect: Rect): Raster {
  const rgb = new Uint8Array(rect.width * rect.height * 3);
  for (let row = 0; row < rect.height; row++) {
    const start = ((rect.y + row) * raster.width + rect.x) * 3;
    rgb.set(raster.rgb.subarray(start, start + rect.width * 3), row * rect.width * 3);
  }
  return { width: rect.width, height: rect.height, rgb };
}
