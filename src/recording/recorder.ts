import type { Screenshot } from '../action/screenshot.ts';
import type { TrajectoryEvent } from './trajectory.ts';

/** Takes what happens in a run. The loop never waits for it except at `flush`. */
export interface Recorder extends AsyncDisposable {
  /** Where the run is kept; undefined when nothing is kept. */
  readonly folder: string | undefined;
  record(event: TrajectoryEvent): void;
  /** Keeps a picture once, by its hash; returns the hash. */
  keep(screenshot: Screenshot): string;
  /** Keeps a file that is no picture once, by its hash; returns the hash. */
  attach(content: Uint8Array): string;
  /** Resolves when all that was recorded is on disk. @throws StorageError */
  flush(): Promise<void>;
}
