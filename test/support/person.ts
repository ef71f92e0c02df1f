import { connect } from 'node:net';
import type { MouseButton } from '../../src/action/action.ts';
import type { Display } from '../../src/display/display.ts';
import { createHumanDisplay } from '../../src/display/human-display.ts';
import { createDisplay } from '../../src/display/rfb-display.ts';
import { findLabel } from '../../src/model/ocr/find-label.ts';
import { createScreenReader, type ScreenReader } from '../../src/model/ocr/screen-reader.ts';
import { systemClock } from '../../src/util/clock.ts';
import type { Point, Size } from '../../src/util/geometry.ts';

const PATIENCE_MS = 60_000;

/** Somebody at a VNC viewer: reads the screen, moves as people do, and hits no text in its middle. */
export class Person implements AsyncDisposable {
  readonly hands: Display;
  readonly #viewer: Display;
  readonly #eyes: ScreenReader;

  private constructor(viewer: Display, eyes: ScreenReader) {
    this.#viewer = viewer;
    this.#eyes = eyes;
    this.hands = createHumanDisplay(viewer, { clock: systemClock, seed: 7 });
  }

  static async sitDown(address: string, password: string, size: Size): Promise<Person> {
    const [host = '', port = ''] = address.split(':');
    const viewer = await createDisplay({ connect: async () => connect(Number(port), host), size, password });
    await viewer.ready({ timeoutMs: 20_000 });
    return new Person(viewer, createScreenReader());
  }

  /** Where a text is, once it has come; a little beside its middle. */
  async find(label: string): Promise<Point> {
    for (const untilMs = performance.now() + PATIENCE_MS; performance.now() < untilMs;) {
      await this.#viewer.settle();
      const [match] = findLabel(await this.#eyes.read((await this.#viewer.screenshot()).png), label);
      if (match?.fit !== 'same' && match?.fit !== 'phrase') continue;
      const { x, y, width, height } = match.box;
      return { x: Math.round(x + width * 0.3), y: Math.round(y + height * 0.7) };
    }
    throw new Error(`"${label}" did not come.`);
  }

  async click(label: string, button: MouseButton = 'left'): Promise<void> {
    await this.hands.pointer.click(await this.find(label), button);
  }

  async hover(label: string): Promise<void> {
    await this.hands.pointer.move(await this.find(label));
  }

  async type(text: string): Promise<void> {
    await this.hands.keyboard.type(text);
    await this.#viewer.settle();
  }

  async press(...keys: string[]): Promise<void> {
    await this.hands.keyboard.chord(keys);
    await this.#viewer.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#viewer[Symbol.asyncDispose]();
    await this.#eyes[Symbol.asyncDispose]();
  }
}
