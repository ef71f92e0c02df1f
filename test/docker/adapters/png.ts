import type { Size } from '../../../src/util/geometry.ts';

/** From the IHDR chunk, which comes first. */
export function readPngSize(png: Buffer): Size {
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}
