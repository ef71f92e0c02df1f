import { open, rename, rm, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrajectorySink } from './ordered-writer.ts';
import { FILE_MODE } from './run-folder.ts';
import type { RunFolder } from './run-folder.ts';
import { toStorageError } from './storage-error.ts';

/** Writes into a run folder. Made by `openFileSink`. */
class FileSink implements TrajectorySink {
  readonly #folder: RunFolder;
  readonly #file: FileHandle;
  #wholeBytes = 0;

  constructor(folder: RunFolder, file: FileHandle) {
    this.#folder = folder;
    this.#file = file;
  }

  async append(lines: string): Promise<void> {
    const bytes = Buffer.from(lines);
    try {
      await this.#file.appendFile(bytes);
      this.#wholeBytes += bytes.length;
    } catch (error) {
      // A full disk may take half a line: leave a file that ends with a whole one.
      await this.#file.truncate(this.#wholeBytes).catch(() => undefined);
      throw toStorageError(error, `write ${this.#folder.trajectory}`);
    }
  }

  async writeFrame(sha256: string, png: Uint8Array): Promise<void> {
    const path = join(this.#folder.frames, `${sha256}.png`);
    const part = `${path}.part`;
    try {
      await writeFile(part, png, { mode: FILE_MODE });
      await rename(part, path);
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined);
      throw toStorageError(error, `write ${path}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A power cut after this loses nothing of the trajectory; a mere kill never does.
    await this.#file.datasync().catch(() => undefined);
    await this.#file.close();
  }
}

/**
 * Starts the trajectory of a run; the file must not exist yet.
 * @throws StorageError disk-full, write-failed
 */
export async function openFileSink(folder: RunFolder): Promise<TrajectorySink> {
  try {
    return new FileSink(folder, await open(folder.trajectory, 'ax', FILE_MODE));
  } catch (error) {
    throw toStorageError(error, `create ${folder.trajectory}`);
  }
}
