import type { MouseButton } from '../action/action.ts';
import type { Screenshot } from '../action/screenshot.ts';
import type { Point, Size } from '../util/geometry.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** All coordinates are px of the declared size. Owns which buttons are down. */
export interface Pointer {
  readonly position: Point;
  move(to: Point, options?: Cancellable): Promise<void>;
  click(at: Point, button: MouseButton, options?: Cancellable & { readonly count?: number }): Promise<void>;
  drag(path: readonly Point[], options?: Cancellable): Promise<void>;
  /** px; positive is down and right. */
  scroll(at: Point, by: { readonly x: number; readonly y: number }, options?: Cancellable): Promise<void>;
}

/** Owns which keys are down. Key names are canonical (action/key-names.ts). */
export interface Keyboard {
  /** All down in order, then up in reverse. @throws ActionError unknown-key */
  chord(keys: readonly string[], options?: Cancellable): Promise<void>;
  /** Types `text` literally. @throws ActionError unsupported-text */
  type(text: string, options?: Cancellable): Promise<void>;
  /** Holds `keys` while `act` runs; releases them in reverse even when it fails. */
  hold<T>(keys: readonly string[], act: () => Promise<T>): Promise<T>;
}

/** `idle`: no process of the desktop had anything left to do, which is certain sooner than that the screen is quiet. */
export type SettleReason = 'idle' | 'quiet' | 'quiet-but-for-repeating' | 'cap';

export interface SettleReport {
  readonly waitedMs: number;
  readonly reason: SettleReason;
  /** Framebuffer updates that came while waiting. */
  readonly updates: number;
}

/** One desktop as a model sees it. */
export interface Display extends AsyncDisposable {
  /** Declared size, px: the size of every screenshot and the space of every coordinate. */
  readonly size: Size;
  readonly pointer: Pointer;
  readonly keyboard: Keyboard;
  /** The current frame; an unchanged frame is not encoded again. @throws DisplayError */
  screenshot(options?: Cancellable): Promise<Screenshot>;
  /** Waits until the screen is quiet, at most until the cap. @throws DisplayError */
  settle(options?: Cancellable): Promise<SettleReport>;
  /**
   * Waits for a frame that is drawn (not one colour) and stable for `quietMs`, 250 unless told.
   * @throws DisplayError display-stalled
   */
  ready(options: Cancellable & { readonly timeoutMs: number; readonly quietMs?: number }): Promise<void>;
  /**
   * What `act` leaves on the screen is covered in every later screenshot, for as long as it can be seen. Waits until
   * the screen has settled; no screenshot is taken meanwhile.
   */
  conceal<T>(act: () => Promise<T>, options?: Cancellable): Promise<T>;
  /** Lets go of every key and button that is down. */
  releaseAll(): Promise<void>;
  /** Resolves with the reason when the display is lost for good. Never rejects. */
  readonly lost: Promise<Error>;
}
