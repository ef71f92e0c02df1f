import type { Display } from '../../display/display.ts';
import type { ViewerInput } from '../../display/viewer/input-tap.ts';
import type { Clock } from '../../util/clock.ts';
import type { Moment, Recording } from './deed.ts';
import { InputDeeds } from './input-deeds.ts';

/** How often the screen is looked at, ms. */
const LOOK_MS = 150;
/** Of those between two deeds: the first, and the last ones. */
const MOST_MOMENTS = 40;

/** Records what a person does on a desktop: the inputs come from a viewer, the screens from a display of our own. */
export class LiveRecording {
  readonly #display: Display;
  readonly #clock: Clock;
  readonly #deeds: InputDeeds;
  #moments: Moment[] = [];

  constructor(display: Display, clock: Clock) {
    this.#display = display;
    this.#clock = clock;
    this.#deeds = new InputDeeds(clock, {
      look: () => display.screenshot(),
      takeMoments: () => this.#moments.splice(0),
    });
  }

  /**
   * To be told of each input before the desktop gets it. A server draws the pointer into the pictures of whoever did not
   * move it where it is: so ours goes there first.
   */
  async hear(input: ViewerInput): Promise<void> {
    if (input.type === 'pointer' && !this.#deeds.isPressed) await this.#display.pointer.move(input);
    await this.#deeds.hear(input);
  }

  /** Watches the screen until the signal says that it is over. */
  async watch(signal: AbortSignal): Promise<Recording> {
    const options = { signal };
    try {
      while (!signal.aborted) {
        await this.#display.settle(options);
        if (!this.#deeds.isPressed) await this.#remember();
        await this.#clock.sleep(LOOK_MS, options);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await this.#display.settle();
    const last = await this.#display.screenshot();
    return { deeds: this.#deeds.deeds, last, problems: [] };
  }

  async #remember(): Promise<void> {
    const { pointer } = this.#deeds;
    const screen = await this.#display.screenshot();
    const last = this.#moments.at(-1);
    const isSame = last?.screen.sha256 === screen.sha256;
    if (isSame && last.pointer.x === pointer.x && last.pointer.y === pointer.y) return;
    this.#moments.push({ screen, pointer });
    if (this.#moments.length > MOST_MOMENTS) this.#moments.splice(1, 1);
  }
}
