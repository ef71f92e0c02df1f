import { type DeskhandError, toDeskhandError } from '../../errors.ts';
import { writeReport } from '../../recording/report/report.ts';
import type { RunFolder } from '../../recording/run-folder.ts';

export interface RunReportsOptions {
  /** How many are written at the same time; each takes a process of its own. */
  readonly lanes: number;
  readonly onFailure: (error: DeskhandError) => void;
  /** Default: `report.html` into the folder. */
  readonly write?: (folder: RunFolder) => Promise<unknown>;
}

/** Writes the reports of runs while others go on. Disposing waits for those that are left. */
export class RunReports implements AsyncDisposable {
  readonly #options: RunReportsOptions;
  readonly #lanes: Promise<void>[];
  #next = 0;

  constructor(options: RunReportsOptions) {
    this.#options = options;
    this.#lanes = Array.from({ length: options.lanes }, () => Promise.resolve());
  }

  add(folder: RunFolder): void {
    const lane = this.#next++ % this.#lanes.length;
    this.#lanes[lane] = this.#after(this.#lanes[lane], folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#lanes);
  }

  /** A run without its report is as good as one with it: `runs open` makes it again. */
  async #after(earlier: Promise<void> | undefined, folder: RunFolder): Promise<void> {
    await earlier;
    const { write = writeReport, onFailure } = this.#options;
    try {
      await write(folder);
    } catch (error) {
      onFailure(toDeskhandError(error));
    }
  }
}
