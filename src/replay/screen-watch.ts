import type { Screenshot } from '../action/screenshot.ts';
import type { Display } from '../display/display.ts';
import type { Clock } from '../util/clock.ts';
import type { Rect } from '../util/geometry.ts';
import { Blinking } from './blinking.ts';
import { compare, decode, toMask } from './pictures.ts';
import type { Comparison, Picture } from './pictures.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface ScreenWatchOptions {
  readonly display: Pick<Display, 'size' | 'settle' | 'screenshot'>;
  readonly clock: Clock;
  /** How long a screen is waited for, ms. */
  readonly patienceMs: number;
  /** Parts of the screen that are never compared, px. */
  readonly ignore: readonly Rect[];
}

/** What was seen when a wait ended. */
export interface Sighting extends Comparison {
  readonly screenshot: Screenshot;
  readonly picture: Picture;
}

/** A picture that is only alike may still become identical: it is given this long, ms. */
const GRACE_MS = 400;

/** Waits for screens: for the picture, not for the clock. */
export class ScreenWatch {
  readonly #options: ScreenWatchOptions;
  readonly #blinking = new Blinking();
  /** One byte for each pixel that is not compared. */
  readonly ignored: Uint8Array;

  constructor(options: ScreenWatchOptions) {
    this.#options = options;
    this.ignored = toMask(options.display.size, options.ignore);
  }

  /** Until the screen is the expected one, or patience is at its end: then `different`. */
  async waitFor(expected: Picture, options: Cancellable = {}): Promise<Sighting> {
    const { clock, display, patienceMs } = this.#options;
    const startedAtMs = clock.now();
    this.#blinking.forget();
    let decoded: { readonly sha256: string; readonly picture: Picture } | undefined;
    for (;;) {
      const screenshot = await display.screenshot(options);
      const picture = decoded?.sha256 === screenshot.sha256 ? decoded.picture : await decode(screenshot.png);
      decoded = { sha256: screenshot.sha256, picture };
      this.#blinking.observe(picture, this.ignored);
      const sighting = { ...compare(expected, picture, this.ignored), screenshot, picture };
      const waitedMs = clock.now() - startedAtMs;
      const limitMs = sighting.likeness === 'alike' ? GRACE_MS : patienceMs;
      if (sighting.likeness === 'identical' || waitedMs >= limitMs) return sighting;
      await display.settle(options);
    }
  }
}
