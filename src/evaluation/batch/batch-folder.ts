import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError, StorageError } from '../../errors.ts';
import { FOLDER_MODE } from '../../recording/run-folder.ts';
import { toStorageError } from '../../recording/storage-error.ts';
import type { Clock } from '../../util/clock.ts';
import { takeOwnerLock } from '../../util/owner-lock.ts';
import type { Owner, ProcessTable } from '../../util/process-owner.ts';

/** Where everything about one batch is kept. */
export interface BatchFolder {
  /** Absolute paths. */
  readonly path: string;
  readonly ledger: string;
  readonly runs: string;
  readonly lock: string;
}

export function toBatchFolder(path: string): BatchFolder {
  const absolute = resolve(path);
  return {
    path: absolute,
    ledger: join(absolute, 'ledger.jsonl'),
    runs: join(absolute, 'runs'),
    lock: join(absolute, 'lock.json'),
  };
}

/** `desktop-basics-20260131T235959Z`. */
export function nameBatch(suite: string, clock: Pick<Clock, 'wall'>): string {
  const second = new Date(clock.wall()).toISOString().slice(0, 19);
  return `${suite}-${second.replace(/[-:]/g, '')}Z`;
}

/** Makes a folder for a new batch. @throws InputError when it is there already; StorageError */
export async function createBatchFolder(path: string): Promise<BatchFolder> {
  const folder = toBatchFolder(path);
  try {
    await mkdir(join(folder.path, '..'), { recursive: true });
    await mkdir(folder.path, { mode: FOLDER_MODE });
    await mkdir(folder.runs, { mode: FOLDER_MODE });
    return folder;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new InputError('invalid-option', `There is a folder ${folder.path} already.`, {
        hint: 'Go on with it by `deskhand eval resume`, or name another with --out.',
      });
    }
    throw toStorageError(error, `make the folder ${folder.path}`);
  }
}

/**
 * Two processes that go on with the same batch would do trials twice: one holds it. A process that is gone holds nothing.
 * @throws StorageError batch-in-use, write-failed
 */
export async function holdBatch(
  { path, lock }: BatchFolder,
  processes: ProcessTable,
): Promise<AsyncDisposable> {
  try {
    return await takeOwnerLock(lock, { processes, inUse: (holder) => inUse(path, holder) });
  } catch (error) {
    throw toStorageError(error, `write ${lock}`);
  }
}

function inUse(path: string, { pid, host }: Owner): StorageError {
  return new StorageError('batch-in-use', `Process ${pid} works on the batch ${path}.`, {
    hint: 'Wait until it has finished, or end it with Ctrl-C where it runs.',
    details: { pid, host },
  });
}
