import { StorageError } from '../errors.ts';
import { toStorageError } from './storage-error.ts';

/** Where an OrderedWriter's work ends up: a folder on disk. */
export interface TrajectorySink extends AsyncDisposable {
  /** Adds whole lines to the trajectory. */
  append(lines: string): Promise<void>;
  /** Writes a picture, or another file, under its hash. */
  write(kept: Kept): Promise<void>;
}

/** What is kept beside the trajectory. */
export interface Kept {
  readonly kind: 'frame' | 'file';
  readonly sha256: string;
  readonly content: Uint8Array;
}

type Job = { readonly bytes: number } & ({ readonly kind: 'line'; readonly text: string } | Kept);

/**
 * Hands work to a sink one piece at a time, in the order in which it came, while the caller goes on.
 * What waits is bounded: beyond `limitBytes` frames and files are refused, and beyond twice that the writer fails.
 * After a failure it takes nothing more, so that the file never has a gap in its middle.
 */
export class OrderedWriter {
  readonly #sink: TrajectorySink;
  readonly #limitBytes: number;
  readonly #failed = Promise.withResolvers<StorageError>();
  #jobs: Job[] = [];
  #waitingBytes = 0;
  #draining: Promise<void> | undefined;
  #failure: StorageError | undefined;

  constructor(sink: TrajectorySink, { limitBytes }: { readonly limitBytes: number }) {
    this.#sink = sink;
    this.#limitBytes = limitBytes;
  }

  /** Resolves when the first write fails. Never rejects. */
  get failed(): Promise<StorageError> {
    return this.#failed.promise;
  }

  get failure(): StorageError | undefined {
    return this.#failure;
  }

  line(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.#waitingBytes + bytes > 2 * this.#limitBytes) {
      this.#fail(new StorageError('write-failed', 'The disk does not keep up with the run.'));
    } else {
      this.#push({ kind: 'line', text, bytes });
    }
  }

  /** False when too much waits already: it was not taken. */
  keep(kept: Kept): boolean {
    const bytes = kept.content.byteLength;
    if (this.#waitingBytes + bytes > this.#limitBytes) return false;
    this.#push({ ...kept, bytes });
    return true;
  }

  /** Resolves when nothing waits. @throws StorageError when any write has failed */
  async idle(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #push(job: Job): void {
    if (this.#failure !== undefined) return;
    this.#jobs.push(job);
    this.#waitingBytes += job.bytes;
    this.#draining ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // Let the caller finish first: what it records in one go is then written in one go.
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    try {
      while (this.#jobs.length > 0) {
        const jobs = this.#jobs;
        this.#jobs = [];
        await this.#write(jobs);
      }
    } catch (error) {
      this.#fail(toStorageError(error, 'write the trajectory'));
    } finally {
      this.#draining = undefined;
    }
  }

  async #write(jobs: readonly Job[]): Promise<void> {
    let lines = '';
    for (const job of jobs) {
      if (job.kind === 'line') {
        lines += job.text;
        this.#waitingBytes -= job.bytes;
        continue;
      }
      // It is on disk before any line that came after it and may name it.
      if (lines !== '') await this.#sink.append(lines);
      lines = '';
      await this.#sink.write(job);
      this.#waitingBytes -= job.bytes;
    }
    if (lines !== '') await this.#sink.append(lines);
  }

  #fail(failure: StorageError): void {
    this.#jobs = [];
    this.#waitingBytes = 0;
    this.#failure ??= failure;
    this.#failed.resolve(this.#failure);
  }
}
