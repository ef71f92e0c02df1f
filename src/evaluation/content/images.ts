import pixelmatch from 'pixelmatch';
import sharp from 'sharp';
import type { Rect } from '../../util/geometry.ts';
import { blamingFile, type ContentKinds, type Similarity } from './content.ts';

const MAX_PIXELS = 40_000_000;
/** Of the distance between black and white: compression and smoothing of edges stay below it. */
const THRESHOLD = 0.1;

interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** How much of a picture looks like the reference. Pictures of different sizes are not alike. */
export async function comparePictures(request: ContentKinds['similarity']['request']): Promise<Similarity> {
  const picture = await blamingFile(() => decode(request.bytes, request.region));
  const reference = await decode(request.reference, undefined);
  const isSameSize = picture.width === reference.width && picture.height === reference.height;
  return {
    share: isSameSize ? shareOfSame(picture, reference) : 0,
    size: { width: picture.width, height: picture.height },
    referenceSize: { width: reference.width, height: reference.height },
  };
}

function shareOfSame(a: Pixels, b: Pixels): number {
  const different = pixelmatch(a.data, b.data, null, a.width, a.height, { threshold: THRESHOLD });
  return 1 - different / (a.width * a.height);
}

async function decode(bytes: Uint8Array, region: Rect | undefined): Promise<Pixels> {
  const image = sharp(bytes, { limitInputPixels: MAX_PIXELS }).autoOrient();
  const cut =
    region === undefined
      ? image
      : image.extract({ left: region.x, top: region.y, width: region.width, height: region.height });
  const { data, info } = await cut
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
