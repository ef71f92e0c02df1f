import type { Screenshot } from '../../action/screenshot.ts';
import type { Rect } from '../../util/geometry.ts';
import { decodePng } from '../ocr/decode.ts';
import type { Raster } from '../ocr/raster.ts';
import type { ReadLine } from '../ocr/read-line.ts';
import type { ScreenReader } from '../ocr/screen-reader.ts';
import { toFolded } from '../ocr/text-form.ts';

/** A line and since which look it has been on the screen. */
export interface SeenLine extends ReadLine {
  /** Number of the look that first saw it; the first look is 0. */
  readonly since: number;
}

/** A screenshot as the model sees it. */
export interface SeenScreen {
  readonly sha256: string;
  readonly raster: Raster;
  readonly lines: readonly SeenLine[];
}

function shareOfOverlap(a: Rect, b: Rect): number {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (across <= 0 || down <= 0) return 0;
  return (across * down) / Math.max(a.width * a.height, b.width * b.height);
}

function isSameLine(a: ReadLine, b: ReadLine): boolean {
  return shareOfOverlap(a.box, b.box) > 0.6 && toFolded(a.text) === toFolded(b.text);
}

/** Looks at screenshots and remembers which text was there before. */
export class ScreenMemory {
  readonly #reader: ScreenReader;
  #looks = 0;
  #last: SeenScreen | undefined;

  constructor(reader: ScreenReader) {
    this.#reader = reader;
  }

  /** @throws ModelError model-unavailable, CancelledError */
  async look(screenshot: Screenshot, signal?: AbortSignal): Promise<SeenScreen> {
    const before = this.#last;
    if (before?.sha256 === screenshot.sha256) return before;
    const [lines, raster] = await Promise.all([
      this.#reader.read(screenshot.png, { signal }),
      decodePng(screenshot.png),
    ]);
    const since = this.#looks++;
    const seen = lines.map((line) => ({
      ...line,
      since: before?.lines.find((old) => isSameLine(old, line))?.since ?? since,
    }));
    this.#last = { sha256: screenshot.sha256, raster, lines: seen };
    return this.#last;
  }
}
