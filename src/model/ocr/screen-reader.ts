import type { ReadLine } from './read-line.ts';
import { ReaderProcess } from './reader-process.ts';

/** Reads the text on pictures of a desktop. */
export interface ScreenReader extends AsyncDisposable {
  /**
   * The lines of text, from top to bottom and left to right; boxes in px of the picture. The same
   * pixels always give the same lines.
   * @throws ModelError model-unavailable, CancelledError
   */
  read(
    png: Uint8Array,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<readonly ReadLine[]>;
}

/**
 * A screen reader: Tesseract with its English model in a process of its own. The first picture starts
 * the process; about 1 s a new screen, below 0.1 s for what it has read before.
 */
export function createScreenReader(): ScreenReader {
  const reader = new ReaderProcess();
  return {
    read: (png, { signal } = {}) => reader.read(png, signal),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}
