import type { ScreenReader } from './screen-reader.ts';
import { createScreenReader } from './screen-reader.ts';

/**
 * One screen reader for many runs: as many pictures are read at a time as are asked for, each by a reader of its own. The
 * readers are kept, and with them what they have read: a desktop looks much like the one before.
 * @param create makes one more reader, for a picture that comes while all others are at work
 */
export function createReaderPool(create: () => ScreenReader = createScreenReader): ScreenReader {
  const readers = new AsyncDisposableStack();
  const idle: ScreenReader[] = [];
  return {
    read: async (png, options) => {
      // The last one used has seen the most.
      const reader = idle.pop() ?? readers.use(create());
      try {
        return await reader.read(png, options);
      } finally {
        idle.push(reader);
      }
    },
    [Symbol.asyncDispose]: () => readers.disposeAsync(),
  };
}

/** The same reader for somebody who disposes of what they are given; it stays with whoever lends it. */
export function lendReader(reader: ScreenReader): ScreenReader {
  return { read: (png, options) => reader.read(png, options), [Symbol.asyncDispose]: async () => {} };
}
