import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { InputError, StorageError } from '../../errors.ts';
import { FILE_MODE, FOLDER_MODE } from '../../recording/run-folder.ts';
import { toStorageError } from '../../recording/storage-error.ts';
import type { Clock } from '../../util/clock.ts';
import { currentOwner, ownerState, systemProcesses } from '../../util/process-owner.ts';

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

const owner = z.object({ pid: z.int(), start: z.string(), host: z.string() });

/**
 * Two processes that go on with the same batch would do trials twice: one holds it. A process that is gone holds nothing.
 * @throws StorageError when another holds it
 */
export async function holdBatch({ lock }: BatchFolder): Promise<AsyncDisposable> {
  const processes = systemProcesses();
  for (let attempt = 1; ; attempt++) {
    try {
      await using file = await open(lock, 'wx', FILE_MODE);
      await file.writeFile(JSON.stringify(currentOwner(processes)));
      return { [Symbol.asyncDispose]: () => rm(lock, { force: true }) };
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!isTaken || attempt > 2) throw toStorageError(error, `make ${lock}`);
      const holder = owner.safeParse(JSON.parse((await readFile(lock, 'utf8')) || 'null')).data;
      const state = ownerState(holder, processes);
      if (state === 'gone' || state === 'none') await rm(lock, { force: true });
      else throw inUse(lock, holder?.pid);
    }
  }
}

function inUse(lock: string, pid: number | undefined): StorageError {
  return new StorageError('write-failed', `Another process (${pid ?? 'unknown'}) works on this batch.`, {
    hint: `Wait for it or stop it; ${lock} says who holds the batch.`,
  });
}
