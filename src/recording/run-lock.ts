import { join } from 'node:path';
import { StorageError } from '../errors.ts';
import { findLockOwner, takeOwnerLock } from '../util/owner-lock.ts';
import type { Owner, OwnerState, ProcessTable } from '../util/process-owner.ts';
import type { RunFolder } from './run-folder.ts';
import { toStorageError } from './storage-error.ts';

const lockOf = ({ path }: RunFolder): string => join(path, 'owner.json');

/**
 * Takes a run folder for this process, so that no second one writes into it. Disposing gives it back.
 * @throws StorageError run-in-use, write-failed
 */
export async function lockRun(folder: RunFolder, processes: ProcessTable): Promise<AsyncDisposable> {
  const path = lockOf(folder);
  try {
    return await takeOwnerLock(path, { processes, inUse: (holder) => inUse(folder, holder) });
  } catch (error) {
    throw toStorageError(error, `write ${path}`);
  }
}

/**
 * Who works on a run at this moment.
 * @throws StorageError read-failed
 */
export async function findRunOwner(
  folder: RunFolder,
  processes: ProcessTable,
): Promise<{ readonly owner: Owner | undefined; readonly state: OwnerState }> {
  const path = lockOf(folder);
  try {
    return await findLockOwner(path, processes);
  } catch (error) {
    throw toStorageError(error, `read ${path}`, { code: 'read-failed' });
  }
}

function inUse(folder: RunFolder, { pid, host }: Owner): StorageError {
  return new StorageError('run-in-use', `Process ${pid} works on the run ${folder.runId}.`, {
    hint: `Follow it with \`deskhand attach ${folder.runId}\`, or end it with \`deskhand stop ${folder.runId}\`.`,
    details: { pid, host },
  });
}
