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
  #wholeBytes: number;

  constructor(folder: RunFolder, file: FileHandle, wholeBytes: number) {
    this.#folder = folder;
    this.#file = file;
    this.#wholeBytes = wholeBytes;
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
    return new FileSink(folder, await open(folder.trajectory, 'ax', FILE_MODE), 0);
  } catch (error) {
    throw toStorageError(error, `create ${folder.trajectory}`);
  }
}

/**
 * Goes on with the trajectory of a run that was killed: what stands after its first `soundBytes` is cut off.
 * @throws StorageError disk-full, write-failed
 */
export async function reopenFileSink(folder: RunFolder, soundBytes: number): Promise<TrajectorySink> {
  try {
    const file = await open(folder.trajectory, 'a+', FILE_MODE);
    await file.truncate(soundBytes);
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, soundBytes - 1);
    const sink = new FileSink(folder, file, soundBytes);
    // The last line may have lost its line feed alone.
    if (buffer.toString() !== '\n') await sink.append('\n');
    return sink;
  } catch (error) {
    throw toStorageError(error, `go on with ${folder.trajectory}`);
  }
}
