import type { Clock } from '../util/clock.ts';
import type { Point, Size } from '../util/geometry.ts';
import type { Display, Keyboard, Pointer } from './display.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface HumanOptions {
  readonly clock: Clock;
  /** Equal seeds, equal movements. */
  readonly seed: number;
}

/** Between two places of a moving pointer, ms. */
const FRAME_MS = 16;
/** How long a movement takes: a bit, and more for a longer way, ms. */
const LEAST_MS = 180;
const MS_PER_PX = 0.45;
/** How far a way bends, as a part of its length. */
const BEND = 0.12;
/** From one key to the next, ms. */
const KEY_MS = { shortest: 45, longest: 140 } as const;

/** A display whose pointer and keys move as a person's do. What is done stays the same. */
export function createHumanDisplay(display: Display, { clock, seed }: HumanOptions): Display {
  const random = createRandom(seed);
  const glide = async (to: Point, options: Cancellable = {}): Promise<void> => {
    for (const place of pathTo(display.pointer.position, to, random)) {
      const at = clamp(place, display.size);
      await display.pointer.move(at, options);
      await clock.sleep(FRAME_MS, options);
    }
  };
  const pointer: Pointer = {
    get position() {
      return display.pointer.position;
    },
    move: async (to, options) => {
      await glide(to, options);
      await display.pointer.move(to, options);
    },
    click: async (at, button, options) => {
      await glide(at, options);
      await display.pointer.click(at, button, options);
    },
    drag: async (path, options) => {
      if (path[0] !== undefined) await glide(path[0], options);
      await display.pointer.drag(path, options);
    },
    scroll: async (at, by, options) => {
      await glide(at, options);
      await display.pointer.scroll(at, by, options);
    },
  };
  const keyboard: Keyboard = {
    chord: async (keys, options) => display.keyboard.chord(keys, options),
    hold: async (keys, act) => display.keyboard.hold(keys, act),
    type: async (text, options = {}) => {
      for (const character of text) {
        await display.keyboard.type(character, options);
        await clock.sleep(KEY_MS.shortest + random() * (KEY_MS.longest - KEY_MS.shortest), options);
      }
    },
  };
  return {
    size: display.size,
    pointer,
    keyboard,
    lost: display.lost,
    screenshot: (options) => display.screenshot(options),
    settle: (options) => display.settle(options),
    ready: (options) => display.ready(options),
    conceal: (act, options) => display.conceal(act, options),
    releaseAll: () => display.releaseAll(),
    [Symbol.asyncDispose]: () => display[Symbol.asyncDispose](),
  };
}

/** The places between, on a bent way that starts and ends slowly; whole px. */
function pathTo(from: Point, to: Point, random: () => number): readonly Point[] {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  if (length < 2) return [];
  const frames = Math.ceil((LEAST_MS + MS_PER_PX * length) / FRAME_MS);
  const bend = (random() - 0.5) * 2 * BEND;
  return Array.from({ length: frames - 1 }, (_, index) => {
    const t = (index + 1) / frames;
    const eased = t * t * (3 - 2 * t);
    const aside = Math.sin(Math.PI * eased) * bend;
    return {
      x: Math.round(from.x + dx * eased - dy * aside),
      y: Math.round(from.y + dy * eased + dx * aside),
    };
  });
}

function clamp({ x, y }: Point, { width, height }: Size): Point {
  return { x: Math.min(Math.max(x, 0), width - 1), y: Math.min(Math.max(y, 0), height - 1) };
}

/** mulberry32: 0 to 1, the same row for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
