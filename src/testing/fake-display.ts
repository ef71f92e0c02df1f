import { createHash } from 'node:crypto';
import type { MouseButton } from '../action/action.ts';
import type { Screenshot } from '../action/screenshot.ts';
import type { Display, Keyboard, Pointer, SettleReport } from '../display/display.ts';
import { DisplayError } from '../errors.ts';
import type { Point, Size } from '../util/geometry.ts';

/** What was asked of a display, in order. `held`: the keys that were down meanwhile. */
export type DisplayCall =
  | { readonly type: 'move'; readonly to: Point; readonly held?: readonly string[] }
  | {
      readonly type: 'click';
      readonly at: Point;
      readonly button: MouseButton;
      readonly count: number;
      readonly held?: readonly string[];
    }
  | { readonly type: 'drag'; readonly path: readonly Point[]; readonly held?: readonly string[] }
  | { readonly type: 'scroll'; readonly at: Point; readonly by: Point; readonly held?: readonly string[] }
  | { readonly type: 'chord'; readonly keys: readonly string[] }
  | { readonly type: 'type'; readonly text: string }
  | { readonly type: 'conceal' }
  | { readonly type: 'concealed' }
  | { readonly type: 'release-all' }
  | { readonly type: 'screenshot' }
  | { readonly type: 'settle' }
  | { readonly type: 'ready' };

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface FakeDisplayOptions {
  /** Default 1024 x 768. */
  readonly size?: Size;
  /** One per screenshot, the last one for ever after: PNG bytes, a label to make a frame of, or a failure. */
  readonly frames?: readonly (Uint8Array | string | Error)[];
  /** One per settle, the last one for ever after. */
  readonly settles?: readonly (SettleReport | Error)[];
  /** Wall clock of the screenshots, ms. */
  readonly takenAtMs?: number;
  /** Runs before each call and may throw: a fault, an abort at a chosen moment, the next frame of a story. */
  readonly onCall?: (call: DisplayCall) => void | Promise<void>;
}

const QUIET: SettleReport = { waitedMs: 80, reason: 'quiet', updates: 0 };
const BLANK = 'blank';

/** A screenshot with given bytes, as a display would hand it out. */
export function fakeScreenshot(content: Uint8Array | string, size: Size, takenAtMs = 0): Screenshot {
  const png = typeof content === 'string' ? Buffer.from(`frame ${content}`) : content;
  return { png, ...size, sha256: createHash('sha256').update(png).digest('hex'), takenAtMs };
}

/** Nothing behind it: scripted frames out, a log of everything asked in. */
export class FakeDisplay implements Display {
  readonly size: Size;
  readonly pointer: Pointer;
  readonly keyboard: Keyboard;
  readonly lost: Promise<Error>;
  /** Everything asked of the display, in order. */
  readonly calls: DisplayCall[] = [];
  /** Whether the display was disposed. */
  isDisposed = false;
  readonly #options: FakeDisplayOptions;
  readonly #loss = Promise.withResolvers<Error>();
  #lossReason: Error | undefined;
  #held: readonly string[] = [];
  #position: Point = { x: 0, y: 0 };
  #screenshots = 0;
  #settles = 0;

  constructor(options: FakeDisplayOptions = {}) {
    this.#options = options;
    this.size = options.size ?? { width: 1024, height: 768 };
    this.lost = this.#loss.promise;
    this.pointer = this.#createPointer();
    this.keyboard = this.#createKeyboard();
  }

  /** The calls that a desktop would feel: no screenshots, no waiting. */
  get inputs(): readonly DisplayCall[] {
    const passive: readonly string[] = ['screenshot', 'settle', 'ready', 'conceal', 'concealed'];
    return this.calls.filter((call) => !passive.includes(call.type));
  }

  /** The keys that `keyboard.hold` holds just now. */
  get held(): readonly string[] {
    return this.#held;
  }

  /** The display is gone: `lost` resolves and every later call fails with `reason`. */
  lose(reason: Error = new DisplayError('display-closed', 'The display was lost.')): void {
    this.#lossReason = reason;
    this.#loss.resolve(reason);
  }

  async screenshot(options: Cancellable = {}): Promise<Screenshot> {
    await this.#take({ type: 'screenshot' }, options);
    const frame = pick(this.#options.frames ?? [BLANK], this.#screenshots++) ?? BLANK;
    if (frame instanceof Error) throw frame;
    return fakeScreenshot(frame, this.size, this.#options.takenAtMs ?? 0);
  }

  async settle(options: Cancellable = {}): Promise<SettleReport> {
    await this.#take({ type: 'settle' }, options);
    const report = pick(this.#options.settles ?? [QUIET], this.#settles++) ?? QUIET;
    if (report instanceof Error) throw report;
    return report;
  }

  async ready(options: Cancellable & { readonly timeoutMs: number }): Promise<void> {
    await this.#take({ type: 'ready' }, options);
  }

  async conceal<T>(act: () => Promise<T>): Promise<T> {
    await this.#take({ type: 'conceal' }, {});
    const done = await act();
    await this.#take({ type: 'concealed' }, {});
    return done;
  }

  async releaseAll(): Promise<void> {
    await this.#take({ type: 'release-all' }, {});
    this.#held = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
    await Promise.resolve();
  }

  async #take(call: DisplayCall, { signal }: Cancellable): Promise<void> {
    signal?.throwIfAborted();
    if (this.#lossReason !== undefined) throw this.#lossReason;
    if (this.isDisposed) throw new DisplayError('display-closed', 'The display was disposed.');
    this.calls.push(this.#held.length > 0 && isPointerCall(call) ? { ...call, held: this.#held } : call);
    await this.#options.onCall?.(call);
    signal?.throwIfAborted();
  }

  #createPointer(): Pointer {
    const go = async (call: DisplayCall, to: Point | undefined, options: Cancellable = {}): Promise<void> => {
      await this.#take(call, options);
      if (to !== undefined) this.#position = { x: to.x, y: to.y };
    };
    const getPosition = (): Point => this.#position;
    return {
      get position(): Point {
        return getPosition();
      },
      move: async (to, options) => go({ type: 'move', to }, to, options),
      click: async (at, button, options = {}) =>
        go({ type: 'click', at, button, count: options.count ?? 1 }, at, options),
      drag: async (path, options) => go({ type: 'drag', path }, path.at(-1), options),
      scroll: async (at, by, options) => go({ type: 'scroll', at, by }, at, options),
    };
  }

  #createKeyboard(): Keyboard {
    return {
      chord: async (keys, options = {}) => this.#take({ type: 'chord', keys }, options),
      type: async (text, options = {}) => this.#take({ type: 'type', text }, options),
      hold: async (keys, act) => {
        const before = this.#held;
        this.#held = [...before, ...keys];
        try {
          return await act();
        } finally {
          this.#held = before;
        }
      },
    };
  }
}

type PointerCall = Extract<DisplayCall, { type: 'move' | 'click' | 'drag' | 'scroll' }>;

function isPointerCall(call: DisplayCall): call is PointerCall {
  return call.type === 'move' || call.type === 'click' || call.type === 'drag' || call.type === 'scroll';
}

function pick<T>(script: readonly T[], index: number): T | undefined {
  return script[Math.min(index, script.length - 1)];
}
