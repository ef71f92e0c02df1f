import { StorageError, toMessage } from '../errors.ts';

/** What a person is told for the errors that a file system gives. */
const REMEDIES: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space, or keep the runs on another disk.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or keep the runs on another disk.'],
  EROFS: ['the file system is read-only', 'Keep the runs in a folder that can be written.'],
  EACCES: ['permission is denied', 'Keep the runs in a folder that you may write.'],
  EPERM: ['the operation is not permitted', 'Keep the runs in a folder that you may write.'],
  EEXIST: ['it exists already', 'Choose another name, or remove what is there.'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'Choose another folder for the runs.'],
  ENOENT: ['it does not exist', 'Check the path; the run folder may have been removed.'],
  ENAMETOOLONG: ['the path is too long', 'Choose a shorter folder for the runs.'],
  ELOOP: ['its symbolic links go round in a circle', 'Choose another folder for the runs.'],
  EISDIR: ['it is a folder, not a file', 'Check the path.'],
  EMFILE: ['too many files are open', 'Run fewer tasks at once, or raise the limit (ulimit -n).'],
};

const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Names a failed file operation: `Cannot write runs/x/trajectory.jsonl: the disk is full.`
 * @param deed what was tried, with the path: `write runs/x/trajectory.jsonl`
 */
export function toStorageError(
  thrown: unknown,
  deed: string,
  { code = 'write-failed' }: { readonly code?: 'write-failed' | 'read-failed' } = {},
): StorageError {
  if (thrown instanceof StorageError) return thrown;
  const errno = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const [what, hint] = REMEDIES[errno] ?? [toMessage(thrown), undefined];
  return new StorageError(FULL.has(errno) ? 'disk-full' : code, `Cannot ${deed}: ${what}.`, {
    cause: thrown,
    details: { errno },
    ...(hint === undefined ? {} : { hint }),
  });
}
