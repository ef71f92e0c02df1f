import type { Screenshot } from '../../action/screenshot.ts';
import { type Raster, toRaster } from '../../model/demo/find-snippet.ts';
import type { SeenScreen } from '../../model/local/screen-memory.ts';
import { decodePng } from '../../model/ocr/decode.ts';
import type { ScreenReader } from '../../model/ocr/screen-reader.ts';

/** A screen that was read, with nothing known of what was there before it. */
export interface Seen {
  readonly screenshot: Screenshot;
  readonly screen: SeenScreen;
  readonly raster: Raster;
}

/** A decoded screen is some 8 MB. */
const MOST_KEPT = 8;

/** Reads screens, and remembers the last ones. */
export class SeenScreens {
  readonly #reader: ScreenReader;
  readonly #kept = new Map<string, Seen>();

  constructor(reader: ScreenReader) {
    this.#reader = reader;
  }

  /** @throws ModelError model-unavailable, CancelledError */
  async see(screenshot: Screenshot, signal?: AbortSignal): Promise<Seen> {
    const { sha256, png } = screenshot;
    const seen = this.#kept.get(sha256) ?? (await this.#read(screenshot, signal));
    this.#kept.delete(sha256);
    this.#kept.set(sha256, seen);
    const [oldest = sha256] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(oldest);
    return png === seen.screenshot.png ? seen : { ...seen, screenshot };
  }

  async #read(screenshot: Screenshot, signal: AbortSignal | undefined): Promise<Seen> {
    const { sha256, png } = screenshot;
    const [lines, decoded, raster] = await Promise.all([
      this.#reader.read(png, { signal }),
      decodePng(png),
      toRaster(png),
    ]);
    const seen = lines.map((line) => ({ ...line, since: 0 }));
    return { screenshot, screen: { sha256, raster: decoded, lines: seen }, raster };
  }
}
