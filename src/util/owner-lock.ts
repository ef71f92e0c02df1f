import { open, readFile, rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import {
  currentOwner,
  type Owner,
  ownerSchema,
  type OwnerState,
  ownerState,
  type ProcessTable,
} from './process-owner.ts';
import { errorCode } from './system-errors.ts';

const PRIVATE_FILE = 0o600;

/** A file is there before its content is: one that tells no owner for this long was left by a process that was killed. */
const PATIENCE = { looks: 10, everyMs: 50 } as const;

export interface OwnerLockOptions {
  readonly processes: ProcessTable;
  /** The error for whoever comes second. */
  readonly inUse: (holder: Owner) => Error;
}

/**
 * Takes a lock file for this process. One whose owner is gone is taken over. Disposing gives it back.
 *
 * Two that find the same owner gone must not both remove the file: the second would remove what the first has made in its
 * place. So only who holds the lock beside it (`<path>.next`) may remove a file, after looking at it again.
 * @throws what `inUse` makes; system errors of files that cannot be read or written
 */
export async function takeOwnerLock(path: string, options: OwnerLockOptions): Promise<AsyncDisposable> {
  const { processes, inUse } = options;
  const own = JSON.stringify(currentOwner(processes));
  while (!(await tryCreate(path, own))) {
    const holder = await findHolder(path, processes);
    if (holder === 'none') continue;
    if (holder !== 'gone') throw inUse(holder);
    await using _ = await takeOwnerLock(`${path}.next`, options);
    if ((await findHolder(path, processes)) === 'gone') await rm(path, { force: true });
  }
  return {
    [Symbol.asyncDispose]: async () => {
      // One that cannot be read is left: who comes next finds its owner gone.
      if ((await readIfThere(path).catch(() => undefined)) === own) await rm(path, { force: true });
    },
  };
}

/** Who holds a lock file at this moment. */
export async function findLockOwner(
  path: string,
  processes: ProcessTable,
): Promise<{ readonly owner: Owner | undefined; readonly state: OwnerState }> {
  const owner = parseOwner((await readIfThere(path)) ?? '');
  return { owner, state: ownerState(owner, processes) };
}

async function tryCreate(path: string, content: string): Promise<boolean> {
  let file;
  try {
    file = await open(path, 'wx', PRIVATE_FILE);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await file.writeFile(content);
    return true;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** `none`: there is no file. */
async function findHolder(path: string, processes: ProcessTable): Promise<Owner | 'gone' | 'none'> {
  for (let look = 1; look <= PATIENCE.looks; look++) {
    const text = await readIfThere(path);
    if (text === undefined) return 'none';
    const owner = parseOwner(text);
    if (owner !== undefined) return ownerState(owner, processes) === 'gone' ? 'gone' : owner;
    await setTimeout(PATIENCE.everyMs);
  }
  return 'gone';
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
