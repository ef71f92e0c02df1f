import sharp from 'sharp';
import { InternalError } from '../../errors.ts';
import type { Raster } from './raster.ts';

/** @throws InternalError when the bytes are not a picture. */
export async function decodePng(png: Uint8Array): Promise<Raster> {
  try {
    const { data, info } = await sharp(png).removeAlpha().toColourspace('srgb').raw().toBuffer({
      resolveWithObject: true,
    });
    return { width: info.width, height: info.height, rgb: data };
  } catch (cause) {
    throw new InternalError('internal', 'The screenshot is not a picture that can be decoded.', { cause });
  }
}
