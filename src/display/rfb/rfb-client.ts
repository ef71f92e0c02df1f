import type { Rect, Size } from '../../util/geometry.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** One complete framebuffer update. */
export interface RfbUpdate {
  /** What changed, px; empty when only the pointer's shape did. */
  readonly rects: readonly Rect[];
  /** The pointer's new shape where it changed: equal shapes have equal numbers, 0 is an invisible one. */
  readonly pointerShape?: number | undefined;
}

/**
 * The raw port: what one RFB connection (RFC 6143) can do. Meaning (clicks, chords, scaling, settling) is above it.
 */
export interface RfbClient extends AsyncDisposable {
  readonly name: string;
  /** Size of the server's framebuffer, px; changes with DesktopSize. */
  readonly size: Size;
  /**
   * Current pixels, 4 bytes each in the order R, G, B, X, rows from the top without padding.
   * The same buffer until the size changes: copy what must be kept, and only while `isMidUpdate` is false.
   */
  readonly framebuffer: Buffer;
  /** Whether an update has arrived in part: the pixels are then from two frames. */
  readonly isMidUpdate: boolean;
  /** Whether the server knows buttons 8 and 9, back and forward. */
  readonly hasExtendedButtons: boolean;
  /**
   * RFC 6143 7.5.5. `buttonMask`: bit n is button n + 1; bits 7 and 8 only where there are extended buttons.
   * Coordinates in px.
   */
  sendPointer(x: number, y: number, buttonMask: number): void;
  /** RFC 6143 7.5.4. */
  sendKey(keysym: number, isDown: boolean): void;
  /** Whether the server takes text beyond Latin-1 (extended clipboard). */
  readonly hasUnicodeClipboard: boolean;
  /**
   * RFC 6143 7.5.6, or the extended clipboard for UTF-8 where the server speaks it. Resolves when a program has
   * asked for the text (extended clipboard) or at once; never rejects.
   */
  sendClipboard(text: string): Promise<void>;
  /**
   * Waits until the server has acted on everything sent before and has answered.
   * @throws DisplayError display-stalled, display-closed
   */
  sync(options?: Cancellable): Promise<void>;
  /** Calls `listener` after each complete framebuffer update. Returns the way to stop listening. */
  onUpdate(listener: (update: RfbUpdate) => void): () => void;
  /** Resolves once, with the reason, when the connection is over for whatever cause. Never rejects. */
  readonly closed: Promise<Error>;
}
