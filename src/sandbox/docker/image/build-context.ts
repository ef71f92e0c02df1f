import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { ImageError } from '../../../errors.ts';

/** Everything that an image is built from. Two contexts with one hash build the same image from one base. */
export interface BuildContext {
  readonly folder: string;
  /** First 12 hex digits of a SHA-256 over names, modes and contents. */
  readonly hash: string;
  /** A tar for the engine. */
  toArchive(): Promise<Buffer>;
}

interface Entry {
  /** Relative to the folder, with slashes. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly content: Buffer;
}

const HASH_DIGITS = 12;
const IGNORE_FILE = '.dockerignore';

/** The project's desktop image, found from this file's place in src or in dist. */
export const desktopImageFolder = join(import.meta.dirname, '../../../../images/ubuntu-desktop');

/** What is built upon it: the same desktop with a browser. */
export const browserImageFolder = join(desktopImageFolder, 'browser');

/**
 * @param upon hash of what the image is built upon, where that is an image of ours
 * @throws ImageError image-build-failed when the folder cannot be read
 */
export async function readBuildContext(
  folder: string = desktopImageFolder,
  upon: string = '',
): Promise<BuildContext> {
  try {
    const ignored = await readIgnored(folder);
    const entries = (await readEntries(folder, '', ignored)).sort((a, b) => compare(a.name, b.name));
    return { folder, hash: hashOf(entries, upon), toArchive: async () => await toArchive(entries) };
  } catch (cause) {
    throw new ImageError('image-build-failed', `Cannot read what the image is built from: ${folder}`, {
      cause,
      hint: 'Install deskhand again: its folder images/ubuntu-desktop is part of it.',
    });
  }
}

/** Plain names of files and folders, one a line; nothing in the context needs more of .dockerignore than that. */
async function readIgnored(folder: string): Promise<ReadonlySet<string>> {
  const text = await readFile(join(folder, IGNORE_FILE), 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim().replaceAll(/^\/|\/$/g, ''));
  return new Set([IGNORE_FILE, ...lines.filter((line) => line !== '' && !line.startsWith('#'))]);
}

async function readEntries(folder: string, below: string, ignored: ReadonlySet<string>): Promise<Entry[]> {
  const names = await readdir(join(folder, below));
  const nested = await Promise.all(
    names
      .map((name) => (below === '' ? name : `${below}/${name}`))
      .filter((name) => !ignored.has(name))
      .map(async (name) => await readEntry(folder, name, ignored)),
  );
  return nested.flat();
}

async function readEntry(folder: string, name: string, ignored: ReadonlySet<string>): Promise<Entry[]> {
  const path = join(folder, name);
  const stats = await lstat(path);
  // Only what git keeps of a mode, so that a checkout's umask does not change the hash.
  const mode = stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644;
  if (stats.isDirectory()) {
    const self: Entry = { name, type: 'directory', mode, content: Buffer.alloc(0) };
    return [self, ...(await readEntries(folder, name, ignored))];
  }
  if (stats.isSymbolicLink()) {
    return [{ name, type: 'symlink', mode: 0o777, content: Buffer.from(await readlink(path)) }];
  }
  return [{ name, type: 'file', mode, content: await readFile(path) }];
}

function hashOf(entries: readonly Entry[], upon: string): string {
  const hash = createHash('sha256').update(upon);
  for (const { name, type, mode, content } of entries) {
    hash.update(`${name}\0${type}\0${mode}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, HASH_DIGITS);
}

async function toArchive(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  const packed = buffer(archive);
  const mtime = new Date(0);
  for (const { name, type, mode, content } of entries) {
    if (type === 'file') archive.entry({ name, mode, mtime, type }, content);
    else
      archive.entry({ name, mode, mtime, type, ...(type === 'symlink' && { linkname: content.toString() }) });
  }
  archive.finalize();
  return await packed;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
