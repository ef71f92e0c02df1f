import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { Screenshot } from '../../../../src/action/screenshot.ts';
import { CancelledError } from '../../../../src/errors.ts';
import type { Raster } from '../../../../src/model/ocr/raster.ts';
import type { ReadLine } from '../../../../src/model/ocr/read-line.ts';
import type { ScreenReader } from '../../../../src/model/ocr/screen-reader.ts';
import { paint } from '../ocr/painting.ts';

const hashOf = (png: Uint8Array): string => createHash('sha256').update(png).digest('hex');

/** A reader that knows what stands on the screens that it made, and nothing else. */
export class FakeScreens implements ScreenReader {
  readonly #lines = new Map<string, readonly ReadLine[]>();
  #count = 0;
  isDisposed = false;

  /** A new screen; no two are the same, even with the same lines. */
  async show(lines: readonly ReadLine[], raster: Raster = paint(400, 300)): Promise<Screenshot> {
    this.#count++;
    raster.rgb.set([this.#count % 256, Math.floor(this.#count / 256), 0], 0);
    const { width, height } = raster;
    const png = await sharp(raster.rgb, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    this.#lines.set(hashOf(png), lines);
    return { png, width, height, sha256: hashOf(png), takenAtMs: 0 };
  }

  read(
    png: Uint8Array,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<readonly ReadLine[]> {
    if (options.signal?.aborted) return Promise.reject(new CancelledError('cancelled', 'Cancelled.'));
    const lines = this.#lines.get(hashOf(png));
    if (lines === undefined) return Promise.reject(new Error('this screen was never shown'));
    return Promise.resolve(lines);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
    return Promise.resolve();
  }
}
