import { join } from 'node:path';
import sharp from 'sharp';
import { readFrame } from '../../recording/frames.ts';
import { replaceFile, type RunFolder } from '../../recording/run-folder.ts';
import type { TrajectoryEvent } from '../../recording/trajectory.ts';

/** A small picture of the last screen, in a run folder. */
export const THUMBNAIL = 'thumbnail.webp';

const SIZE = { width: 256, height: 160 };
const QUALITY = 50;

/** Follows a run for its last frame, to keep a small picture of it. */
export class Thumbnail {
  #frame: string | undefined;

  see(event: TrajectoryEvent): void {
    if ('frame' in event && event.frame !== undefined) this.#frame = event.frame;
  }

  /** A run without a picture is as good as one with it: a failure to make one is none of the run. */
  async write(folder: RunFolder): Promise<void> {
    if (this.#frame === undefined) return;
    try {
      const png = await readFrame(folder, this.#frame);
      const picture = await sharp(png)
        .resize({ ...SIZE, fit: 'inside' })
        .webp({ quality: QUALITY })
        .toBuffer();
      await replaceFile(join(folder.path, THUMBNAIL), picture);
    } catch {
      return;
    }
  }
}
