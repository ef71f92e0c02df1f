import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kept, TrajectorySink } from './ordered-writer.ts';
import { FILE_MODE, FOLDER_MODE, replaceFile } from './run-folder.ts';
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

  async write({ kind, sha256, content }: Kept): Promise<void> {
    const { frames, files } = this.#folder;
    if (kind === 'frame') return await replaceFile(join(frames, `${sha256}.png`), content);
    await mkdir(files, { recursive: true, mode: FOLDER_MODE }).catch((error: unknown) => {
      throw toStorageError(error, `make the folder ${files}`);
    });
    await replaceFile(join(files, sha256), content);
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
