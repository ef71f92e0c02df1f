import type { Size } from '../../util/geometry.ts';
import { invalidRequest } from './api-fault.ts';

const PREFIX = 'data:image/png;base64,';
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const LEAST_SIDE = 16;
const LARGEST_SIDE = 8_192;
const MOST_BYTES = 20 * 1024 * 1024;

export interface PngImage extends Size {
  readonly png: Uint8Array;
}

function isPng(bytes: Buffer): boolean {
  const hasHeader = bytes.length >= 45 && bytes.subarray(0, 8).equals(SIGNATURE);
  const isWhole = bytes.subarray(-8, -4).toString('latin1') === 'IEND';
  return hasHeader && isWhole && bytes.subarray(12, 16).toString('latin1') === 'IHDR';
}

/**
 * A whole PNG file in a data URL, of a size that a screen has.
 * Source: PNG specification, third edition, sections 5.2 and 11.2.1.
 * @throws ApiFault
 */
export function parseImageUrl(url: string | null | undefined, param: string): PngImage {
  if (url === null || url === undefined) {
    throw invalidRequest(`Missing required parameter: '${param}'.`, {
      param,
      code: 'missing_required_parameter',
    });
  }
  if (!url.startsWith(PREFIX)) {
    throw invalidRequest(`Invalid '${param}'. Expected a base64-encoded data URL with an image MIME type.`, {
      param,
      code: 'invalid_image_url',
    });
  }
  const base64 = url.slice(PREFIX.length);
  const png = Buffer.from(base64, 'base64');
  if (base64 === '' || base64.length !== Math.ceil(png.length / 3) * 4) {
    throw invalidRequest('Invalid base64 image data.', { param, code: 'invalid_base64_image' });
  }
  if (!isPng(png)) {
    throw invalidRequest('The image data you provided does not represent a valid image.', {
      param,
      code: 'invalid_image_format',
    });
  }
  const size = { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
  if (Math.min(size.width, size.height) < LEAST_SIDE) {
    throw invalidRequest('The image is too small.', { param, code: 'image_too_small' });
  }
  if (Math.max(size.width, size.height) > LARGEST_SIDE || png.length > MOST_BYTES) {
    throw invalidRequest('The image is too large.', { param, code: 'image_too_large' });
  }
  return { png, ...size };
}
