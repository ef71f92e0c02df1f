import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StorageError } from '../errors.ts';
import {
  type Owner,
  currentOwner,
  type OwnerState,
  ownerState,
  type ProcessTable,
} from '../util/process-owner.ts';
import { errorCode } from '../util/system-errors.ts';
import { FILE_MODE, type RunFolder } from './run-folder.ts';
import { toStorageError } from './storage-error.ts';

const ownerSchema = z.object({ pid: z.number(), start: z.string(), host: z.string() });

const lockOf = ({ path }: RunFolder): string => join(path, 'owner.json');

/**
 * Takes a run folder for this process, so that no second one writes into it. A lock whose owner is gone is taken over.
 * Disposing gives it back.
 * @throws StorageError run-in-use, write-failed
 */
export async function lockRun(folder: RunFolder, processes: ProcessTable): Promise<AsyncDisposable> {
  const path = lockOf(folder);
  const own = JSON.stringify(currentOwner(processes));
  while (!(await tryCreate(path, own))) {
    const held = await readFile(path, 'utf8').catch(() => undefined);
    if (held === undefined) continue;
    const owner = parseOwner(held);
    if (owner !== undefined && ownerState(owner, processes) !== 'gone') throw inUse(folder, owner);
    await takeAway(path, held, processes);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      const held = await readFile(path, 'utf8').catch(() => undefined);
      if (held === own) await rm(path, { force: true });
    },
  };
}

/** Who works on a run at this moment. */
export async function findRunOwner(
  folder: RunFolder,
  processes: ProcessTable,
): Promise<{ readonly owner: Owner | undefined; readonly state: OwnerState }> {
  const held = await readFile(lockOf(folder), 'utf8').catch(() => undefined);
  const owner = held === undefined ? undefined : parseOwner(held);
  return { owner, state: ownerState(owner, processes) };
}

async function tryCreate(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx', mode: FILE_MODE });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw toStorageError(error, `write ${path}`);
  }
}

/** Renaming picks one winner; should the file have become another's meanwhile, it goes back to its place. */
async function takeAway(path: string, expected: string, { ownPid }: ProcessTable): Promise<void> {
  const aside = `${path}.${ownPid}`;
  await rename(path, aside).catch(() => undefined);
  const found = await readFile(aside, 'utf8').catch(() => expected);
  if (found !== expected) await tryCreate(path, found);
  await rm(aside, { force: true });
}

function parseOwner(text: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    // A lock that was killed while it was written.
    return undefined;
  }
}

function inUse(folder: RunFolder, { pid, host }: Owner): StorageError {
  return new StorageError('run-in-use', `Process ${pid} works on the run ${folder.runId}.`, {
    hint: `Follow it with \`deskhand attach ${folder.runId}\`, or end it with \`deskhand stop ${folder.runId}\`.`,
    details: { pid, host },
  });
}
