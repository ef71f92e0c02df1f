import type { Screenshot } from '../action/screenshot.ts';
import { toHash } from './frames.ts';
import type { Recorder } from './recorder.ts';

/** A recorder that keeps nothing, for callers who watch a run by other means. */
export function createNullRecorder(): Recorder {
  return {
    folder: undefined,
    record: () => undefined,
    keep: ({ sha256 }: Screenshot) => sha256,
    attach: toHash,
    flush: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
