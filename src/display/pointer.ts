import type { MouseButton } from '../action/action.ts';
import { ActionError } from '../errors.ts';
import type { Clock } from '../util/clock.ts';
import type { Point } from '../util/geometry.ts';
import type { Pointer } from './display.ts';
import type { InputLink, OpenInputLink } from './input-link.ts';
import type { Scaling } from './scaling.ts';
import type { Axis, Direction } from './scroll-shift.ts';
import { sideButtonKeysyms } from './side-buttons.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** What the desktop's toolkit takes for what; the image sets the same values. */
export interface PointerRules {
  /** Two clicks further apart than this are two clicks, ms. */
  readonly doubleClickMs: number;
  /** The same for the distance, px. */
  readonly doubleClickPx: number;
  /**
   * A click comes so long after what was typed, ms: for some 160 ms after its entry has changed, GTK's file dialog
   * loses one.
   */
  readonly afterTypingMs: number;
  /** How long a button stays down, ms. */
  readonly pressMs: number;
  /**
   * The pause inside a double click, ms: Thunar takes note of what is selected after a pause of its own, and opens
   * nothing when the second click comes before that (on a busy machine 4 of 45 at 4 ms, 0 of 90 at 100 ms).
   */
  readonly betweenClicksMs: number;
  /** What one click of the wheel is taken to scroll where the screen does not tell, px. */
  readonly wheelPx: number;
  /** What a window manager may take to pass one click of the wheel on, ms: keys that are held stay down for it. */
  readonly wheelMs: number;
  /** Length of one step of a drag, px, and the time between two, ms. */
  readonly dragStepPx: number;
  readonly dragStepMs: number;
  /** How long the screen must rest before a drag goes round a corner or ends, and how long that is waited for, ms. */
  readonly restQuietMs: number;
  readonly restCapMs: number;
}

export const POINTER_RULES: PointerRules = {
  doubleClickMs: 500,
  doubleClickPx: 8,
  afterTypingMs: 300,
  pressMs: 4,
  betweenClicksMs: 100,
  wheelPx: 70,
  wheelMs: 5,
  dragStepPx: 12,
  dragStepMs: 8,
  restQuietMs: 100,
  restCapMs: 500,
};

/** RFC 6143 7.5.5: bit n is button n + 1. */
const BUTTON_BITS = { left: 1, wheel: 2, right: 4, back: 128, forward: 256 } as const;
const WHEEL_BITS = { y: { back: 8, forth: 16 }, x: { back: 32, forth: 64 } } as const;
const WHEEL: ReadonlySet<number> = new Set([8, 16, 32, 64]);
/** Clicks that are two are so much further apart than they have to be: the server's times are not ours, ms. */
const APART_MS = 20;
/** Steps of one drag: a longer path is walked in longer steps. */
const MAX_DRAG_STEPS = 120;
/** Wheel clicks that are sent before the server is waited for, and at most in all. */
const WHEEL_BATCH = 8;
const MAX_WHEEL_CLICKS = 1000;

export interface PointerOptions {
  readonly clock: Clock;
  readonly rules: PointerRules;
  /** The connection to send through: the same one for the whole of an action. */
  readonly link: OpenInputLink;
  readonly scaling: () => Scaling;
  /** When something was typed last, ms of the clock. */
  readonly typedAtMs: () => number;
  /** Waits until the screen has rested, at most for so long, ms. */
  readonly rest: (quietMs: number, capMs: number, options: Cancellable) => Promise<void>;
  /** How far, in px of the screen, what lies at a point of it moves while `act` is done; undefined where that is not to be seen. */
  readonly shift: (
    act: () => Promise<void>,
    direction: Direction,
    at: Point,
    options: Cancellable,
  ) => Promise<number | undefined>;
}

interface Press {
  readonly atMs: number;
  readonly at: Point;
  readonly mask: number;
}

/** Gives pointer events their meaning. Owns which buttons are down. */
export class DisplayPointer implements Pointer {
  readonly #options: PointerOptions;
  #position: Point;
  #real: Point | undefined;
  #mask = 0;
  #lastPress: Press | undefined;

  /** A desktop's pointer starts in the middle. */
  constructor(options: PointerOptions) {
    const { width, height } = options.scaling().declared;
    this.#options = options;
    this.#position = { x: Math.floor(width / 2), y: Math.floor(height / 2) };
  }

  get position(): Point {
    return this.#position;
  }

  async move(to: Point, options: Cancellable = {}): Promise<void> {
    this.#toReal(to);
    const link = await this.#options.link({ ...options, for: 'hover' });
    this.#moveTo(link, to);
    await link.sync(options);
  }

  async click(
    at: Point,
    button: MouseButton,
    options: Cancellable & { readonly count?: number } = {},
  ): Promise<void> {
    this.#toReal(at);
    const link = await this.#options.link({ ...options, for: 'deed' });
    if ((button === 'back' || button === 'forward') && !link.hasExtendedButtons) {
      this.#moveTo(link, at);
      tapKeys(link, sideButtonKeysyms(button, link.name));
    } else {
      await this.#keepApart(at, BUTTON_BITS[button], options);
      this.#moveTo(link, at);
      await this.#press(link, BUTTON_BITS[button], options);
    }
    await link.sync(options);
  }

  async drag(path: readonly Point[], options: Cancellable = {}): Promise<void> {
    const [first, ...rest] = path;
    if (first === undefined || rest.length === 0) {
      throw new ActionError('invalid-action', 'A drag needs at least two points.');
    }
    for (const point of path) this.#toReal(point);
    const link = await this.#options.link({ ...options, for: 'deed' });
    await this.#keepApart(first, BUTTON_BITS.left, options);
    this.#moveTo(link, first);
    try {
      this.#hold(link, BUTTON_BITS.left);
      await this.#pause(this.#options.rules.dragStepMs, options);
      await this.#walk(link, path, options);
    } finally {
      this.#letGo(link);
    }
    await link.sync(options);
  }

  async scroll(
    at: Point,
    by: { readonly x: number; readonly y: number },
    options: Cancellable = {},
  ): Promise<void> {
    this.#toReal(at);
    for (const px of [by.x, by.y]) {
      if (!Number.isFinite(px)) throw new ActionError('invalid-action', `Cannot scroll by ${px} px.`);
    }
    const link = await this.#options.link({ ...options, for: 'echo' });
    this.#moveTo(link, at);
    await this.#scrollAlong('y', by.y, link, options);
    if (by.x !== 0 && by.y !== 0) await this.#rest(link, options);
    await this.#scrollAlong('x', by.x, link, options);
    await link.sync(options);
  }

  /** Lets go of every button, on whatever connection there is now. */
  release(link: InputLink): void {
    this.#letGo(link);
  }

  /**
   * The same on a new connection. Until a client has moved the pointer, TigerVNC draws it into the pixels for that
   * client, asked or not: so it goes to the next pixel and back, and comes to rest before anything else is done.
   */
  async takeOver(link: InputLink, options: Cancellable): Promise<void> {
    this.#mask = 0;
    const { x, y } = (this.#real ??= this.#toReal(this.#position));
    link.sendPointer(x === 0 ? 1 : x - 1, y, 0);
    await link.sync(options);
    this.#send(link);
    await link.sync(options);
  }

  /**
   * The nearest number of whole wheel clicks, but at least one. How far a click goes is the program's own: where it
   * takes more than one, the screen tells after the first.
   */
  async #scrollAlong(axis: Axis, px: number, link: InputLink, options: Cancellable): Promise<void> {
    if (px === 0) return;
    const { rules, scaling, shift } = this.#options;
    const towards = px < 0 ? 'back' : 'forth';
    const bit = WHEEL_BITS[axis][towards];
    const wanted = scaling().toRealLength(Math.abs(px));
    const first = async (): Promise<void> => this.#turnWheel(link, bit, 1, options);
    if (Math.round(wanted / rules.wheelPx) <= 1) return await first();
    const seen = await shift(first, { axis, towards }, this.#toReal(this.#position), options);
    const clickPx = seen ?? rules.wheelPx;
    await this.#turnWheel(link, bit, Math.min(MAX_WHEEL_CLICKS, Math.round(wanted / clickPx)) - 1, options);
  }

  async #turnWheel(link: InputLink, bit: number, clicks: number, options: Cancellable): Promise<void> {
    for (let left = clicks; left > 0; left -= WHEEL_BATCH) {
      const batch = Math.min(left, WHEEL_BATCH);
      for (let i = 0; i < batch; i++) {
        this.#hold(link, bit);
        this.#letGo(link);
      }
      await link.sync(options);
      await this.#pause(batch * this.#options.rules.wheelMs, options);
    }
  }

  /** A press soon after another and near it would make one double click of the two; one soon after a key may be lost. */
  async #keepApart(at: Point, mask: number, options: Cancellable): Promise<void> {
    const { clock, rules, typedAtMs } = this.#options;
    const typedMs = typedAtMs() + rules.afterTypingMs - clock.now();
    if (typedMs > 0) await this.#pause(typedMs, options);
    const last = this.#lastPress;
    if (last === undefined || last.mask !== mask) return;
    const real = this.#toReal(at);
    const distance = Math.max(Math.abs(real.x - last.at.x), Math.abs(real.y - last.at.y));
    const leftMs = last.atMs + rules.doubleClickMs + APART_MS - clock.now();
    if (distance <= rules.doubleClickPx && leftMs > 0) await this.#pause(leftMs, options);
  }

  async #press(
    link: InputLink,
    bit: number,
    options: Cancellable & { readonly count?: number },
  ): Promise<void> {
    const { betweenClicksMs, pressMs } = this.#options.rules;
    for (let i = 0; i < (options.count ?? 1); i++) {
      if (i > 0) await this.#pause(betweenClicksMs, options);
      try {
        this.#hold(link, bit);
        await this.#pause(pressMs, options);
      } finally {
        this.#letGo(link);
      }
    }
  }

  /** Through every point of the path, in steps small enough for the program to see a movement. */
  async #walk(link: InputLink, path: readonly Point[], options: Cancellable): Promise<void> {
    const { dragStepPx, dragStepMs } = this.#options.rules;
    const legs = path.slice(1).map((to, i) => ({ from: path[i] ?? to, to }));
    const total = legs.reduce((sum, { from, to }) => sum + Math.hypot(to.x - from.x, to.y - from.y), 0);
    const stepPx = Math.max(dragStepPx, total / MAX_DRAG_STEPS);
    for (const { from, to } of legs) {
      const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / stepPx));
      for (let i = 1; i <= steps; i++) {
        const at = (a: number, b: number): number => a + ((b - a) * i) / steps;
        this.#moveTo(link, i === steps ? to : { x: at(from.x, to.x), y: at(from.y, to.y) });
        // A server that has not had its turn between two movements makes one of them.
        await link.sync(options);
        await this.#pause(dragStepMs, options);
      }
      // A program that looks where the pointer is now and then must find it at a corner, and at the end.
      if (steps > 1 || to === path.at(-1)) await this.#rest(link, options);
    }
  }

  /** Until the program has seen where the pointer is, as far as the screen tells. */
  async #rest(link: InputLink, options: Cancellable): Promise<void> {
    const { restQuietMs, restCapMs } = this.#options.rules;
    await link.sync(options);
    await this.#options.rest(restQuietMs, restCapMs, options);
  }

  #toReal(point: Point): Point {
    return this.#options.scaling().toReal(point);
  }

  #moveTo(link: InputLink, to: Point): void {
    this.#real = this.#toReal(to);
    this.#position = { x: to.x, y: to.y };
    this.#send(link);
  }

  #hold(link: InputLink, bit: number): void {
    this.#mask |= bit;
    const at = this.#send(link);
    if (!WHEEL.has(bit)) this.#lastPress = { atMs: this.#options.clock.now(), at, mask: bit };
  }

  #letGo(link: InputLink): void {
    this.#mask = 0;
    this.#send(link);
  }

  #send(link: InputLink): Point {
    const real = (this.#real ??= this.#toReal(this.#position));
    link.sendPointer(real.x, real.y, this.#mask);
    return real;
  }

  async #pause(ms: number, { signal }: Cancellable): Promise<void> {
    await this.#options.clock.sleep(ms, { signal });
  }
}

function tapKeys(link: InputLink, keysyms: readonly number[]): void {
  for (const keysym of keysyms) link.sendKey(keysym, true);
  for (const keysym of keysyms.toReversed()) link.sendKey(keysym, false);
}
