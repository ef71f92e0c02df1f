import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { StorageError } from '../../errors.ts';
import { decodeLine, encodeLine } from '../../recording/line-codec.ts';
import { splitLines } from '../../recording/split-lines.ts';
import { toStorageError } from '../../recording/storage-error.ts';
import { pairSchema, shardSchema } from './plan.ts';
import { RESULTS_VERSION, type TrialRecord, trialRecord } from './trial.ts';

const batchHeader = z.strictObject({
  type: z.literal('batch'),
  version: z.literal(RESULTS_VERSION),
  suite: z.string().describe('id of the suite'),
  suiteFile: z.string().describe('absolute path'),
  fingerprint: z.string().describe('of the suite’s tasks: resuming needs the same ones'),
  pairs: z.array(pairSchema).describe('the tasks, each with a model that tries it'),
  trials: z.int().describe('how often each is tried'),
  shard: shardSchema.optional(),
  startedAt: z.iso.datetime(),
});

export type BatchHeader = z.infer<typeof batchHeader>;

const ledgerLine = z.discriminatedUnion('type', [
  batchHeader,
  z.strictObject({ type: z.literal('started'), trial: z.string(), at: z.iso.datetime() }),
  z.strictObject({ type: z.literal('finished'), record: trialRecord }),
]);

type LedgerLine = z.infer<typeof ledgerLine>;

export interface LedgerReading {
  readonly header: BatchHeader;
  /** By trial; of one that was recorded twice the last counts. */
  readonly records: ReadonlyMap<string, TrialRecord>;
  /** Begun and without a result: the process ended in the middle. */
  readonly abandoned: readonly string[];
  /** Bytes up to the end of the last sound line. */
  readonly soundBytes: number;
}

/**
 * Reads what a batch has recorded. A last line that is cut off is what a crash leaves, and is left out.
 * @throws StorageError read-failed, corrupt-trajectory for damage elsewhere
 */
export async function readLedger(path: string): Promise<LedgerReading> {
  let header: BatchHeader | undefined;
  let soundBytes = 0;
  const records = new Map<string, TrialRecord>();
  const begun = new Set<string>();
  try {
    for await (const { bytes, isWhole } of splitLines(createReadStream(path))) {
      const line = isWhole ? parseLine(bytes, path, soundBytes) : undefined;
      if (line === undefined) break;
      soundBytes += bytes.length + 1;
      if (line.type === 'batch') header = line;
      else if (line.type === 'started') begun.add(line.trial);
      else records.set(line.record.trial, line.record);
    }
  } catch (error) {
    throw toStorageError(error, `read ${path}`, { code: 'read-failed' });
  }
  if (header === undefined) {
    throw new StorageError(
      'corrupt-trajectory',
      `${path} is no ledger of a batch: its first line is missing.`,
    );
  }
  return { header, records, abandoned: [...begun].filter((trial) => !records.has(trial)), soundBytes };
}

function parseLine(bytes: Buffer, path: string, offset: number): LedgerLine {
  const decoded = decodeLine(bytes);
  const parsed = decoded.ok ? ledgerLine.safeParse(decoded.json) : undefined;
  if (parsed?.success === true) return parsed.data;
  const issue = parsed?.error?.issues[0];
  const reason = decoded.ok ? `${issue?.path.join('.')}: ${issue?.message}` : decoded.reason;
  throw new StorageError('corrupt-trajectory', `${path} is damaged at byte ${offset}: ${reason}.`, {
    hint: 'The lines before it are sound; cut the file off there to go on from them.',
  });
}

/**
 * The append-only record of a batch. A line is on the disk before `append` resolves. One that could not be written (the disk is
 * full) stays in memory and is written before the next; half a line is overwritten.
 */
export class Ledger implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #path: string;
  #end: number;
  #pending: string[] = [];
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, path: string, end: number) {
    this.#file = file;
    this.#path = path;
    this.#end = end;
  }

  /** @throws StorageError: there is one already, or it cannot be made */
  static async create(path: string, header: BatchHeader): Promise<Ledger> {
    const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
      throw toStorageError(error, `make ${path}`);
    });
    const ledger = new Ledger(file, path, 0);
    await ledger.append(header);
    return ledger;
  }

  /** Goes on behind the last sound line. */
  static async reopen(path: string, { soundBytes }: LedgerReading): Promise<Ledger> {
    const file = await open(path, 'r+').catch((error: unknown) => {
      throw toStorageError(error, `write ${path}`);
    });
    await file.truncate(soundBytes);
    return new Ledger(file, path, soundBytes);
  }

  /** How many lines are not on the disk. */
  get unwritten(): number {
    return this.#pending.length;
  }

  /** @throws StorageError disk-full, write-failed; the line is kept and tried again with the next one */
  async append(line: LedgerLine): Promise<void> {
    this.#pending.push(`${encodeLine(line)}\n`);
    await this.flush();
  }

  async flush(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => undefined);
    await written;
  }

  async #write(): Promise<void> {
    const lines = [...this.#pending];
    if (lines.length === 0) return;
    const bytes = Buffer.from(lines.join(''));
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#end + done);
        done += bytesWritten;
      }
      await this.#file.datasync();
    } catch (error) {
      throw toStorageError(error, `write ${this.#path}`);
    }
    this.#end += bytes.length;
    this.#pending = this.#pending.slice(lines.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }
}
