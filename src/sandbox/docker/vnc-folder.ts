import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { type Owner, ownerSchema } from '../../util/process-owner.ts';

const run = promisify(execFile);

const DESKTOP_UID = 1000;
const SIZE = '1m';
const MAX_FILES = 64;
const NOTE = 'owner.json';
const ORPHAN = 'orphan.json';
/** The part that the sandbox gets; the note of whose it is stays out of its reach. */
const SHARED = 'vnc';

const noteSchema = z.object({
  owner: ownerSchema.optional(),
  engine: z.string(),
  createdAtMs: z.number(),
});

const orphanSchema = z.object({ owner: ownerSchema, sinceMs: z.number() });

/** What the folder is noted down with, for the reaper. */
export interface FolderNote {
  readonly owner?: Owner | undefined;
  /** Id of the engine whose container uses it; undefined in what is left of a start that was killed early. */
  readonly engine: string | undefined;
  readonly createdAtMs: number;
}

/** What a reaper notes down beside it: a process that takes the sandbox over writes the note above at the same time. */
interface OrphanNote {
  readonly owner: Owner;
  /** When its owner was first seen to be gone, ms since the epoch. */
  readonly sinceMs: number;
}

/** A folder on this host that one sandbox may write to. */
export interface VncFolder {
  /** What is bind-mounted into the container. */
  readonly path: string;
  /** For Xvnc's -rfbunixmode. */
  readonly socketMode: '0600' | '0666';
}

export interface FolderOptions {
  /** The engine gives the users of its containers other numbers on the host. */
  readonly hasUserNamespaces: boolean;
}

/** Whose runtime folders go where: /run for root, else the user's own runtime folder. */
export function defaultRuntimeFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  uid: number = process.getuid?.() ?? 0,
): string {
  if (uid === 0) return '/run/deskhand';
  const own = env['XDG_RUNTIME_DIR'];
  return own ? join(own, 'deskhand') : join(tmpdir(), `deskhand-${uid}`);
}

/**
 * Makes `<root>/<name>/vnc`. `root` itself is closed to other users, so that what is below may be open to whatever
 * user the container's turns out to be on this host.
 */
export async function createVncFolder(
  root: string,
  name: string,
  note: FolderNote,
  options: FolderOptions,
): Promise<VncFolder> {
  const folder = join(await requirePrivate(root), name);
  const path = join(folder, SHARED);
  await mkdir(path, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, NOTE), JSON.stringify(note), { mode: 0o600 });
  if (!isSameUser(options)) {
    await chmod(path, 0o777);
    return { path, socketMode: '0666' };
  }
  await chown(path, DESKTOP_UID, DESKTOP_UID);
  return { path, socketMode: '0600' };
}

/**
 * Puts a small file system of its own on the folder, so that a sandbox cannot fill the host's disk through it.
 * Where that is not allowed the folder stays as it is. To be done before the container starts.
 */
export async function limitVncFolder({ path }: VncFolder, options: FolderOptions): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return;
  const rights = isSameUser(options) ? `mode=0700,uid=${DESKTOP_UID},gid=${DESKTOP_UID}` : 'mode=0777';
  const limits = `size=${SIZE},nr_inodes=${MAX_FILES},${rights},nosuid,nodev,noexec`;
  await run('mount', ['-t', 'tmpfs', '-o', limits, 'deskhand', path]).catch(() => {});
}

/** Removes what createVncFolder made, given the path that it returned. Does nothing when it is gone. */
export async function removeVncFolder(path: string): Promise<void> {
  if (!path.endsWith(`/${SHARED}`)) throw new InputError('not-found', `${path} is no folder of a sandbox.`);
  if (await isMountPoint(path)) await run('umount', ['--lazy', path]);
  await rm(path.slice(0, -SHARED.length - 1), { recursive: true, force: true });
}

/** What is noted down of a folder; without a note all that is known is its age. */
export async function readFolderNote(root: string, name: string): Promise<FolderNote> {
  const folder = join(root, name);
  try {
    return noteSchema.parse(JSON.parse(await readFile(join(folder, NOTE), 'utf8')));
  } catch {
    const { mtimeMs } = await stat(folder);
    return { owner: undefined, engine: undefined, createdAtMs: mtimeMs };
  }
}

/** Notes down a new owner of a sandbox: its labels cannot be changed. @throws what the file system says */
export async function writeFolderNote(root: string, name: string, note: FolderNote): Promise<void> {
  await writeNote(root, name, NOTE, note);
}

/** When a reaper first saw that this owner of the sandbox is gone; undefined when none has. */
export async function readOrphanedSince(
  root: string,
  name: string,
  owner: Owner,
): Promise<number | undefined> {
  const text = await readFile(join(root, name, ORPHAN), 'utf8').catch(() => '');
  try {
    const note = orphanSchema.parse(JSON.parse(text));
    return isDeepStrictEqual(note.owner, owner) ? note.sinceMs : undefined;
  } catch {
    return undefined;
  }
}

/** @throws what the file system says */
export async function writeOrphanNote(root: string, name: string, note: OrphanNote): Promise<void> {
  await writeNote(root, name, ORPHAN, note);
}

async function writeNote(root: string, name: string, file: string, note: object): Promise<void> {
  const folder = join(await requirePrivate(root), name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const part = join(folder, `${file}.${randomUUID()}.part`);
  await writeFile(part, JSON.stringify(note), { mode: 0o600 });
  await rename(part, join(folder, file));
}

export function sharedPart(root: string, name: string): string {
  return join(root, name, SHARED);
}

/** A folder in a place that all users write to may have been planted there by one of them. */
async function requirePrivate(root: string): Promise<string> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const stats = await lstat(root);
  const isOurs = process.getuid === undefined || stats.uid === process.getuid();
  if (!stats.isDirectory() || !isOurs) {
    throw new InputError('invalid-file', `${root} is not a folder of this user's own.`, {
      hint: 'Remove it, or set XDG_RUNTIME_DIR to a folder of your own.',
    });
  }
  if ((stats.mode & 0o077) !== 0) await chmod(root, 0o700);
  return await realpath(root);
}

/** proc(5), /proc/pid/mountinfo: the fifth field is the mount point. */
async function isMountPoint(path: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  return mounts.split('\n').some((line) => line.split(' ')[4] === path);
}

/** Whether this process may hand a folder to the user that the container's user is on this host. */
function isSameUser({ hasUserNamespaces }: FolderOptions): boolean {
  return process.getuid?.() === 0 && !hasUserNamespaces;
}
