import sharp from 'sharp';
import { isDeskhandError, toMessage } from '../../errors.ts';
import type { Size } from '../../util/geometry.ts';
import { readFrame } from '../frames.ts';
import type { RunFolder } from '../run-folder.ts';
import { hashTiles } from './changes.ts';
import type { TileHashes } from './changes.ts';

/** A frame as the report embeds it, or why it cannot. */
export type FrameImage =
  | { readonly ok: true; readonly uri: string; readonly size: Size; readonly tiles: TileHashes }
  | { readonly ok: false; readonly problem: string };

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** As many as the libvips pool works on at once without more memory than that. */
const CONCURRENCY = 2;

/** Reads and encodes frames, each once. What is missing or damaged is told in its place. */
export async function loadFrames(
  folder: RunFolder,
  hashes: readonly string[],
  options: Cancellable = {},
): Promise<ReadonlyMap<string, FrameImage>> {
  const images: [hash: string, image: FrameImage][] = [];
  const waiting = hashes.entries();
  const work = async (): Promise<void> => {
    for (const [index, hash] of waiting) images[index] = [hash, await loadFrame(folder, hash, options)];
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return new Map(images);
}

async function loadFrame(folder: RunFolder, hash: string, options: Cancellable): Promise<FrameImage> {
  try {
    return await encode(await readFrame(folder, hash, options));
  } catch (error) {
    options.signal?.throwIfAborted();
    const isOurs = isDeskhandError(error);
    return {
      ok: false,
      problem: isOurs ? error.message : `The frame is not a picture: ${toMessage(error)}.`,
    };
  }
}

/** Recorded bytes per pixel from which a frame counts as photographic. Desktops lie near 0.1, photographs above 1. */
const PHOTOGRAPHIC = 0.35;

/**
 * Measured at 1440x900: desktops as palette PNG 34 kB in 58 ms (lossy WebP 43-52 kB with blurred text, lossless WebP
 * 29 kB in 127 ms); photographs as WebP at quality 80 110-130 kB in 50-70 ms (palette PNG 315 kB in 240 ms).
 */
async function encode(png: Buffer): Promise<FrameImage> {
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const size = { width: info.width, height: info.height };
  const picture = sharp(data, { raw: { ...size, channels: 4 } }).removeAlpha();
  const isPhotographic = png.length / (size.width * size.height) > PHOTOGRAPHIC;
  const [type, bytes] = isPhotographic
    ? ['webp', await picture.webp({ quality: 80, effort: 2 }).toBuffer()]
    : ['png', await picture.png({ palette: true, effort: 1, dither: 0 }).toBuffer()];
  return {
    ok: true,
    uri: `data:image/${type};base64,${bytes.toString('base64')}`,
    size,
    tiles: hashTiles(data, size),
  };
}
