import type { Action, MouseButton } from '../../action/action.ts';
import type { Screenshot } from '../../action/screenshot.ts';
import { keysymToKey } from '../../display/keysyms.ts';
import { POINTER_RULES } from '../../display/pointer.ts';
import type { ViewerInput } from '../../display/viewer/input-tap.ts';
import type { Clock } from '../../util/clock.ts';
import type { Point } from '../../util/geometry.ts';
import { straighten } from './straighten.ts';
import type { Deed, Moment } from './deed.ts';

/** RFC 6143 7.5.5: bit n is button n + 1. */
const BUTTONS: ReadonlyMap<number, MouseButton> = new Map([
  [1, 'left'],
  [2, 'wheel'],
  [4, 'right'],
  [128, 'back'],
]);
const WHEEL: ReadonlyMap<number, Point> = new Map([
  [8, { x: 0, y: -1 }],
  [16, { x: 0, y: 1 }],
  [32, { x: -1, y: 0 }],
  [64, { x: 1, y: 0 }],
]);
const MODIFIERS: ReadonlySet<string> = new Set([
  'Control',
  'ControlRight',
  'Shift',
  'ShiftRight',
  'Alt',
  'AltGraph',
  'Meta',
  'MetaRight',
]);
/** They choose characters, which come as such. */
const SILENT: ReadonlySet<string> = new Set(['Shift', 'ShiftRight', 'AltGraph']);
const LOCKS: ReadonlySet<string> = new Set(['CapsLock', 'NumLock', 'ScrollLock']);
/** A hand is not still: so far a click may move, px. */
const STILL = 6;
/** The wheel turns on within so long, ms. */
const SAME_SCROLL_MS = 1500;

export interface Surroundings {
  /** What the screen shows now. */
  look(): Promise<Screenshot>;
  /** What it showed since this was asked last. */
  takeMoments(): readonly Moment[];
}

interface Press {
  readonly button: MouseButton;
  readonly path: Point[];
  readonly keys: readonly string[];
  readonly deed: Omit<Deed, 'action'>;
}

/** Makes deeds of what comes from a keyboard and a pointer. */
export class InputDeeds {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #around: Surroundings;
  readonly #deeds: Deed[] = [];
  readonly #held = new Set<string>();
  #mask = 0;
  #press: Press | undefined;
  #pointer: Point = { x: 0, y: 0 };
  #lastAtMs = Number.NEGATIVE_INFINITY;
  /** A modifier that went down, with nothing since. */
  #alone: { readonly key: string; readonly deed: Omit<Deed, 'action'> } | undefined;

  constructor(clock: Pick<Clock, 'now'>, around: Surroundings) {
    this.#clock = clock;
    this.#around = around;
  }

  get deeds(): readonly Deed[] {
    return this.#deeds;
  }

  get pointer(): Point {
    return this.#pointer;
  }

  /** Whether a button is down. */
  get isPressed(): boolean {
    return this.#mask !== 0;
  }

  async hear(input: ViewerInput): Promise<void> {
    if (input.type === 'pointer') await this.#hearPointer(input);
    else await this.#hearKey(input);
  }

  async #hearPointer({ x, y, buttons }: Extract<ViewerInput, { type: 'pointer' }>): Promise<void> {
    this.#pointer = { x, y };
    this.#press?.path.push({ x, y });
    const [down, up] = [buttons & ~this.#mask, this.#mask & ~buttons];
    for (const [bit, button] of BUTTONS) {
      if (down & bit) await this.#pressed(button);
      if (up & bit) this.#released(button);
    }
    for (const [bit, by] of WHEEL) if (down & bit) await this.#turned(by);
    this.#mask = buttons;
  }

  async #pressed(button: MouseButton): Promise<void> {
    this.#alone = undefined;
    // A second button while one is down begins nothing.
    this.#press ??= { button, path: [this.#pointer], keys: [...this.#held], deed: await this.#before() };
  }

  #released(button: MouseButton): void {
    const press = this.#press;
    if (press?.button !== button) return;
    this.#press = undefined;
    const [from = this.#pointer] = press.path;
    const isDrag = button === 'left' && press.path.some((point) => distance(point, from) > STILL);
    if (isDrag) this.#add({ type: 'drag', path: straighten(press.path), keys: press.keys }, press.deed);
    else if (this.#isSecondClick(button, from)) {
      const first = this.#deeds.pop();
      this.#add({ type: 'double_click', ...from, keys: press.keys }, first ?? press.deed);
    } else this.#add({ type: 'click', button, ...from, keys: press.keys }, press.deed);
  }

  #isSecondClick(button: MouseButton, at: Point): boolean {
    const last = this.#deeds.at(-1)?.action;
    if (last?.type !== 'click' || last.button !== 'left' || button !== 'left') return false;
    return distance(last, at) <= POINTER_RULES.doubleClickPx && this.#isWithin(POINTER_RULES.doubleClickMs);
  }

  async #turned(by: Point): Promise<void> {
    this.#alone = undefined;
    const last = this.#deeds.at(-1);
    const { x, y } = this.#pointer;
    const { wheelPx } = POINTER_RULES;
    const [scrollX, scrollY] = [by.x * wheelPx, by.y * wheelPx];
    const action = last?.action;
    const goesOn =
      action?.type === 'scroll' &&
      distance(action, this.#pointer) <= STILL &&
      this.#isWithin(SAME_SCROLL_MS) &&
      isSameWay(action, { scrollX, scrollY });
    if (last === undefined || action?.type !== 'scroll' || !goesOn) {
      this.#add({ type: 'scroll', x, y, scrollX, scrollY, keys: [...this.#held] }, await this.#before());
      return;
    }
    this.#deeds.pop();
    this.#add({ ...action, scrollX: action.scrollX + scrollX, scrollY: action.scrollY + scrollY }, last);
  }

  async #hearKey({ keysym, isDown }: Extract<ViewerInput, { type: 'key' }>): Promise<void> {
    const key = keysymToKey(keysym);
    if (key === undefined || LOCKS.has(key)) return;
    if (MODIFIERS.has(key)) await this.#hearModifier(key, isDown);
    else if (isDown) {
      this.#alone = undefined;
      await this.#struck(key);
    }
  }

  async #hearModifier(key: string, isDown: boolean): Promise<void> {
    if (isDown) {
      const isFirst = this.#held.size === 0 && !SILENT.has(key);
      this.#held.add(key);
      this.#alone = isFirst ? { key, deed: await this.#before() } : undefined;
      return;
    }
    this.#held.delete(key);
    if (this.#alone?.key === key) this.#add({ type: 'keypress', keys: [key] }, this.#alone.deed);
    this.#alone = undefined;
  }

  async #struck(key: string): Promise<void> {
    const char = key === 'Space' ? ' ' : key;
    const isText = [...char].length === 1;
    const isPlain = [...this.#held].every((held) => SILENT.has(held));
    const last = this.#deeds.at(-1);
    const typed = last?.action.type === 'type' ? last.action.text : undefined;
    if (isText && isPlain) {
      if (typed !== undefined) this.#deeds.pop();
      this.#add(
        { type: 'type', text: `${typed ?? ''}${char}` },
        last && typed !== undefined ? last : await this.#before(),
      );
    } else if (key === 'Backspace' && isPlain && typed !== undefined && typed !== '') {
      this.#deeds.pop();
      const text = [...typed].slice(0, -1).join('');
      if (text !== '' && last !== undefined) this.#add({ type: 'type', text }, last);
    } else {
      const keys = [...this.#held].filter((held) => held !== 'AltGraph');
      this.#add(
        { type: 'keypress', keys: [...keys, isText ? key.toLowerCase() : key] },
        await this.#before(),
      );
    }
  }

  #add(action: Action, deed: Omit<Deed, 'action'>): void {
    this.#lastAtMs = this.#clock.now();
    this.#deeds.push({ ...deed, action });
  }

  #isWithin(ms: number): boolean {
    return this.#clock.now() - this.#lastAtMs <= ms;
  }

  async #before(): Promise<Omit<Deed, 'action'>> {
    return { screen: await this.#around.look(), moments: this.#around.takeMoments() };
  }
}

function distance(a: Point, b: Point): number {
  return Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y));
}

function isSameWay(
  a: { readonly scrollX: number; readonly scrollY: number },
  b: { readonly scrollX: number; readonly scrollY: number },
): boolean {
  return Math.sign(a.scrollX) === Math.sign(b.scrollX) && Math.sign(a.scrollY) === Math.sign(b.scrollY);
}
