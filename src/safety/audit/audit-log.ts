import { open, type FileHandle, readFile } from 'node:fs/promises';
import { StorageError, toMessage } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import { type AuditEntry, type AuditEvent, ROOT, sealOf } from './audit-entry.ts';
import { verifyAudit } from './verify-audit.ts';

/** Where decisions are put down. An approval counts only once it is there. */
export interface AuditLog extends AsyncDisposable {
  /** The hash of the last entry: kept elsewhere, it proves that nothing was cut off or written anew. */
  readonly head: string;
  /** Resolves when the entry is in the file. @throws StorageError */
  append(event: AuditEvent): Promise<void>;
  /** Puts down that the run has ended, and how; nothing comes after it. @throws StorageError */
  close(outcome: string): Promise<void>;
}

export interface AuditLogOptions {
  readonly path: string;
  readonly clock: Pick<Clock, 'wall'>;
  /** The account that this process runs under: whose terminal it is that a person decides at. */
  readonly account?: string;
}

const PEOPLE: readonly string[] = ['person', 'watch'];

const MODE = 0o600;

/**
 * Starts the audit log of a run; the file must not exist yet, and is only ever added to.
 * @throws StorageError write-failed
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { path } = options;
  const file = await open(path, 'ax', MODE).catch((cause: unknown) => {
    throw toWriteError(path, cause);
  });
  return new ChainedLog(file, options);
}

/**
 * Goes on with the log of a run that was killed: a last line that was cut off is removed.
 * @throws StorageError read-failed, write-failed
 */
export async function reopenAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { path } = options;
  const { entries, head } = await verifyAudit(path);
  try {
    const file = await open(path, 'a', MODE);
    const written = await readFile(path);
    await file.truncate(written.lastIndexOf('\n') + 1);
    return new ChainedLog(file, options, { seq: entries.length, head });
  } catch (cause) {
    throw toWriteError(path, cause);
  }
}

class ChainedLog implements AuditLog {
  readonly #file: FileHandle;
  readonly #options: AuditLogOptions;
  #head: string;
  #seq: number;
  #last: Promise<void> = Promise.resolve();

  constructor(file: FileHandle, options: AuditLogOptions, { seq, head } = { seq: 0, head: ROOT }) {
    this.#file = file;
    this.#options = options;
    this.#seq = seq;
    this.#head = head;
  }

  get head(): string {
    return this.#head;
  }

  append(event: AuditEvent): Promise<void> {
    const { account, clock, path } = this.#options;
    const isByPerson = event.type === 'decided' && PEOPLE.includes(event.by) && account !== undefined;
    const content = {
      seq: this.#seq,
      at: new Date(clock.wall()).toISOString(),
      event: isByPerson ? { ...event, account } : event,
      previous: this.#head,
    };
    const entry: AuditEntry = { ...content, hash: sealOf(content) };
    this.#seq += 1;
    this.#head = entry.hash;
    // One after the other, and never past one that failed: the file has no gap in its middle.
    this.#last = this.#last.then(async () => {
      await this.#file.appendFile(`${JSON.stringify(entry)}\n`).catch((cause: unknown) => {
        throw toWriteError(path, cause);
      });
    });
    return this.#last;
  }

  close(outcome: string): Promise<void> {
    return this.append({ type: 'closed', outcome, entries: this.#seq });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#file.datasync().catch(() => undefined);
    await this.#file.close();
  }
}

function toWriteError(path: string, cause: unknown): StorageError {
  return new StorageError('write-failed', `Cannot write the audit log ${path}: ${toMessage(cause)}`, {
    cause,
  });
}
