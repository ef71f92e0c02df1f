import { constants, lstat, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { SandboxError, toMessage } from '../../errors.ts';

/** What came out of an archive. */
export interface Extracted {
  readonly files: number;
  readonly bytes: number;
  /** What was left out and why, one line each. */
  readonly skipped: readonly string[];
}

const MAX_ENTRIES = 100_000;
const MAX_DEPTH = 64;
/** What a terminal would obey, or hide, in a list of files. */
const UNSAFE_IN_NAME = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

/**
 * Unpacks an archive that a sandbox has made, which may hold anything. Folders and plain files come out, as new names
 * below `folder`; links, devices and pipes are left out. Nothing is written through a link, be it one that was there.
 * @throws SandboxError copy-failed: a path that leads out of `folder`, no tar, too many entries
 */
export async function extractArchive(archive: Buffer, folder: string): Promise<Extracted> {
  const unpacking = new Unpacking(folder);
  const entries = extract();
  const fed = pipeline(Readable.from([archive]), entries);
  try {
    for await (const entry of entries) {
      await unpacking.take(entry.header, entry);
      entry.resume();
    }
    await fed;
  } catch (cause) {
    await fed.catch(() => {});
    if (cause instanceof SandboxError) throw cause;
    throw new SandboxError('copy-failed', `What the sandbox sent cannot be unpacked: ${toMessage(cause)}`, {
      cause,
    });
  }
  return unpacking.result;
}

class Unpacking {
  readonly #folder: string;
  #entries = 0;
  #files = 0;
  #bytes = 0;
  readonly #skipped: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  get result(): Extracted {
    return { files: this.#files, bytes: this.#bytes, skipped: this.#skipped };
  }

  async take({ name, type, mode }: Header, content: AsyncIterable<unknown>): Promise<void> {
    this.#entries += 1;
    if (this.#entries > MAX_ENTRIES) throw refused(`it has more than ${MAX_ENTRIES} entries`);
    const parts = toParts(name);
    const problem = parts.find((part) => UNSAFE_IN_NAME.test(part)) && 'control characters in its name';
    if (problem !== undefined) return this.#skip(name, problem);
    if (type === 'directory') await this.#makeFolders(parts);
    else if (type === 'file') await this.#writeFile(parts, mode, content);
    else this.#skip(name, `it is a ${type ?? 'thing of no known kind'}`);
  }

  #skip(name: string, reason: string): void {
    this.#skipped.push(`${name}: ${reason}`);
  }

  async #makeFolders(parts: readonly string[]): Promise<string> {
    let path = this.#folder;
    for (const part of parts) {
      path = join(path, part);
      await mkdir(path, 0o755).catch(async (error: unknown) => {
        if ((await lstat(path).catch(() => undefined))?.isDirectory()) return;
        throw refused(`${path} is in its way: ${toMessage(error)}`);
      });
    }
    return path;
  }

  async #writeFile(parts: readonly string[], mode: number, content: AsyncIterable<unknown>): Promise<void> {
    const name = parts.at(-1);
    if (name === undefined) throw refused('a file without a name');
    const path = join(await this.#makeFolders(parts.slice(0, -1)), name);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await open(path, flags, 0o600 | (mode & 0o755)).catch((error: unknown) => {
      throw refused(`${path} cannot be written: ${toMessage(error)}`);
    });
    try {
      if (!(await handle.stat()).isFile()) throw refused(`${path} is there, and is no file`);
      await handle.truncate();
      for await (const chunk of content) {
        if (chunk instanceof Uint8Array) this.#bytes += (await handle.write(chunk)).bytesWritten;
      }
      this.#files += 1;
    } finally {
      await handle.close();
    }
  }
}

/** @throws SandboxError when the name leads anywhere but down */
function toParts(name: string): readonly string[] {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  const leadsOut = name.startsWith('/') || name.includes('\0') || name.includes('\\') || parts.includes('..');
  if (leadsOut) throw refused(`the path ${JSON.stringify(name)} leads out of it`);
  if (parts.length > MAX_DEPTH) throw refused(`a path in it is more than ${MAX_DEPTH} folders deep`);
  return parts;
}

function refused(reason: string): SandboxError {
  return new SandboxError('copy-failed', `What the sandbox sent is not unpacked: ${reason}.`);
}
