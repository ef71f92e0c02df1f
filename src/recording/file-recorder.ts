import type { Screenshot } from '../action/screenshot.ts';
import { InternalError } from '../errors.ts';
import type { StorageError } from '../errors.ts';
import type { Clock } from '../util/clock.ts';
import { openFileSink, reopenFileSink } from './file-sink.ts';
import { toHash } from './frames.ts';
import { encodeLine } from './line-codec.ts';
import { OrderedWriter } from './ordered-writer.ts';
import type { Kept, TrajectorySink } from './ordered-writer.ts';
import type { TrajectoryReading } from './reader.ts';
import type { Recorder } from './recorder.ts';
import type { RunFolder } from './run-folder.ts';
import { toRecordable } from './to-recordable.ts';
import type { TrajectoryEvent } from './trajectory.ts';

const LIMIT_BYTES = 64 * 1024 * 1024;

/** A recorder that writes a run folder. */
export interface FileRecorder extends Recorder {
  readonly folder: string;
  /** Resolves when writing has failed for good, at the moment when it fails. Never rejects. */
  readonly failed: Promise<StorageError>;
}

export interface FileRecorderOptions {
  readonly folder: RunFolder;
  readonly clock: Pick<Clock, 'now' | 'wall'>;
  /** What may wait for the disk, in bytes; frames beyond it are dropped with a warning. Default 64 MiB. */
  readonly limitBytes?: number;
  /** What was recorded before, of a run that is resumed. */
  readonly earlier?: Pick<TrajectoryReading, 'lines' | 'soundBytes'>;
}

/**
 * Records into a run folder. `record` and `keep` only queue; `flush` and disposal wait for the disk.
 * @throws StorageError when the trajectory cannot be created; later failures come from `flush` and disposal
 */
export async function createFileRecorder(options: FileRecorderOptions): Promise<FileRecorder> {
  const { earlier, folder } = options;
  const sink = earlier ? await reopenFileSink(folder, earlier.soundBytes) : await openFileSink(folder);
  return new QueueingRecorder(sink, options);
}

class QueueingRecorder implements FileRecorder {
  readonly folder: string;
  readonly #clock: FileRecorderOptions['clock'];
  readonly #origin: number;
  readonly #sink: TrajectorySink;
  readonly #writer: OrderedWriter;
  readonly #kept = new Set<string>();
  #seq: number;
  #isReported = false;
  #isDisposed = false;

  constructor(sink: TrajectorySink, options: FileRecorderOptions) {
    const { folder, clock, limitBytes = LIMIT_BYTES, earlier } = options;
    this.folder = folder.path;
    this.#clock = clock;
    this.#seq = earlier?.lines.length ?? 0;
    this.#origin = clock.now() - (earlier?.lines.at(-1)?.t ?? 0);
    this.#sink = sink;
    this.#writer = new OrderedWriter(sink, { limitBytes });
  }

  get failed(): Promise<StorageError> {
    return this.#writer.failed;
  }

  record(event: TrajectoryEvent): void {
    this.#assertOpen(event.type);
    const line = {
      seq: this.#seq,
      at: new Date(this.#clock.wall()).toISOString(),
      t: Math.round((this.#clock.now() - this.#origin) * 1000) / 1000,
      event,
    };
    const recordable = toRecordable(line);
    if (recordable.ok) {
      this.#seq += 1;
      this.#writer.line(`${encodeLine(recordable.line)}\n`);
    } else if (event.type !== 'warning') {
      // A line that its reader refuses would cost the rest of the run: say in its place what is missing.
      const message = `A ${event.type} event was not recorded: ${recordable.problems}.`;
      this.#warn('unrecordable-event', message);
    }
  }

  keep({ sha256, png }: Screenshot): string {
    return this.#keep({ kind: 'frame', sha256, content: png });
  }

  attach(content: Uint8Array): string {
    return this.#keep({ kind: 'file', sha256: toHash(content), content });
  }

  async flush(): Promise<void> {
    try {
      await this.#writer.idle();
    } catch (error) {
      this.#isReported = true;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    try {
      // A failure that `flush` has told already is not told twice.
      await this.#writer.idle().catch((error: unknown) => {
        if (!this.#isReported) throw error;
      });
    } finally {
      await this.#sink[Symbol.asyncDispose]();
    }
  }

  #keep(kept: Kept): string {
    const { kind, sha256 } = kept;
    this.#assertOpen(`a ${kind}`);
    if (this.#kept.has(sha256)) return sha256;
    if (this.#writer.keep(kept)) {
      this.#kept.add(sha256);
    } else {
      this.#warn(`${kind}-dropped`, `The disk did not keep up: the ${kind} ${sha256} was not written.`);
    }
    return sha256;
  }

  #warn(code: string, message: string): void {
    this.record({ type: 'warning', code, message });
  }

  #assertOpen(what: string): void {
    if (!this.#isDisposed) return;
    throw new InternalError('internal', `The recorder is closed: ${what} came too late.`);
  }
}
