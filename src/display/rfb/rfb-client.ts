import type { Rect, Size } from '../../util/geometry.ts';

/**
 * The raw port: what one RFB connection (RFC 6143) can do. Meaning (clicks, chords, scaling, settling) is above it.
 */
export interface RfbClient extends AsyncDisposable {
  readonly name: string;
  /** Size of the server's framebuffer, px; changes with DesktopSize. */
  readonly size: Size;
  /**
   * Current pixels, 4 bytes each in the order B, G, R, X, rows from the top without padding.
   * The same buffer every time: copy what must be kept.
   */
  readonly framebuffer: Buffer;
  /** RFC 6143 7.5.5. `buttonMask`: bit n is button n + 1. Coordinates in px. */
  sendPointer(x: number, y: number, buttonMask: number): void;
  /** RFC 6143 7.5.4. */
  sendKey(keysym: number, isDown: boolean): void;
  /** RFC 6143 7.5.6, or the extended clipboard for UTF-8 where the server speaks it. */
  sendClipboard(text: string): void;
  /**
   * Calls `listener` after each complete framebuffer update with the rectangles it changed.
   * Returns the way to stop listening.
   */
  onUpdate(listener: (rects: readonly Rect[]) => void): () => void;
  /** Resolves once, with the reason, when the connection is over for whatever cause. Never rejects. */
  readonly closed: Promise<Error>;
}
