import { access, readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import { nearestName } from '../util/nearest.ts';
import { toRunFolder } from './run-folder.ts';
import type { RunFolder } from './run-folder.ts';
import { toStorageError } from './storage-error.ts';

/**
 * The run that a person means: a folder, an id, the beginning of one id, or `last`.
 * @throws InputError not-found, invalid-option when several runs begin like that; StorageError read-failed
 */
export async function findRun(
  named: string,
  { cwd, runsFolder }: { readonly cwd: string; readonly runsFolder: string },
): Promise<RunFolder> {
  const asPath = toRunFolder(resolve(cwd, named));
  if (named !== '' && (await isRun(asPath))) return asPath;
  const ids = await runIds(runsFolder);
  if (named === 'last') {
    const last = ids.at(-1);
    if (last !== undefined) return toRunFolder(join(runsFolder, last));
    throw new InputError('not-found', `There are no runs in ${runsFolder}.`);
  }
  const found = ids.includes(named) ? [named] : ids.filter((id) => named !== '' && id.startsWith(named));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return toRunFolder(join(runsFolder, only));
  if (only !== undefined) {
    throw new InputError('invalid-option', `${found.length} runs begin with ${named}: ${found.join(', ')}.`);
  }
  if (named !== '') await refusePath(asPath);
  const near = nearestName(named, ids);
  throw new InputError('not-found', `There is no run ${named} in ${runsFolder}, and no such folder.`, {
    hint: near === undefined ? '`deskhand runs ls` lists them.' : `Did you mean ${near}?`,
  });
}

/** What is there and is no run is told as such. @throws InputError not-found */
async function refusePath({ path, trajectory }: RunFolder): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  throw new InputError(
    'not-found',
    found.isDirectory()
      ? `The folder ${path} holds no run: ${basename(trajectory)} is not there.`
      : `${path} is a file; a run is a folder.`,
    { hint: 'Name a folder that a run has left, or a run that `deskhand runs ls` lists.' },
  );
}

/** The ids of the runs in a folder, oldest first; none when the folder is not there. @throws StorageError read-failed */
export async function runIds(runsFolder: string): Promise<readonly string[]> {
  const entries = await readdir(runsFolder, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw toStorageError(error, `read ${runsFolder}`, { code: 'read-failed' });
  });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const runs = await Promise.all(
    folders.map(async (name) => await isRun(toRunFolder(join(runsFolder, name)))),
  );
  return folders.filter((_, index) => runs[index] === true).sort();
}

async function isRun({ trajectory }: RunFolder): Promise<boolean> {
  return await access(trajectory).then(
    () => true,
    () => false,
  );
}
