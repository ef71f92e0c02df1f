import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Clock } from '../util/clock.ts';
import { toStorageError } from './storage-error.ts';

/** Where everything about one run is kept. Only its owner may read it. */
export interface RunFolder {
  /** Name of the folder, and the run's id: `20260131T235959Z-1f3a9c`. Sorts by time. */
  readonly runId: string;
  /** Absolute paths. */
  readonly path: string;
  readonly trajectory: string;
  readonly frames: string;
  /** What the setup put on the desktop, by hash; there when there is something in it. */
  readonly files: string;
  /** The pictures that a person was shown at the gate; there when there is one. */
  readonly asked: string;
  readonly audit: string;
  readonly result: string;
  readonly report: string;
  /** How the run was started, for who resumes it. */
  readonly start: string;
  /** What a detached run prints. */
  readonly output: string;
}

export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;
const ATTEMPTS = 5;

/** The places in a run folder that is at `path`. Touches no disk. */
export function toRunFolder(path: string): RunFolder {
  const absolute = resolve(path);
  return {
    runId: basename(absolute),
    path: absolute,
    trajectory: join(absolute, 'trajectory.jsonl'),
    frames: join(absolute, 'frames'),
    files: join(absolute, 'files'),
    asked: join(absolute, 'asked'),
    audit: join(absolute, 'audit.jsonl'),
    result: join(absolute, 'result.json'),
    report: join(absolute, 'report.html'),
    start: join(absolute, 'start.json'),
    output: join(absolute, 'output.log'),
  };
}

export interface CreateRunFolderOptions {
  /** The folder that holds all runs; made when it is not there. */
  readonly parent: string;
  readonly clock: Pick<Clock, 'wall'>;
  /** The folder's name, instead of one made from the time. */
  readonly name?: string;
  readonly shortId?: () => string;
}

/**
 * Makes a folder for a new run. The name is reserved by the making itself, so two runs never share a folder.
 * @throws StorageError disk-full, write-failed
 */
export async function createRunFolder(options: CreateRunFolderOptions): Promise<RunFolder> {
  const { parent, name } = options;
  try {
    await mkdir(parent, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    throw toStorageError(error, `make the folder ${parent}`);
  }
  for (let attempt = 1; ; attempt++) {
    const folder = toRunFolder(join(parent, name ?? newRunId(options.clock, options)));
    try {
      await mkdir(folder.path, { mode: FOLDER_MODE });
      await mkdir(folder.frames, { mode: FOLDER_MODE });
      return folder;
    } catch (error) {
      const mayRetry = name === undefined && attempt < ATTEMPTS && isTaken(error);
      if (!mayRetry) throw toStorageError(error, `make the run folder ${folder.path}`);
    }
  }
}

/** A name that sorts by time and is taken by nobody else. */
export function newRunId(
  clock: Pick<Clock, 'wall'>,
  { shortId = randomId }: Pick<CreateRunFolderOptions, 'shortId'> = {},
): string {
  const second = new Date(clock.wall()).toISOString().slice(0, 19);
  return `${second.replace(/[-:]/g, '')}Z-${shortId()}`;
}

function randomId(): string {
  return randomBytes(3).toString('hex');
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

/**
 * Writes a whole file so that a reader sees the old one or the new one, never a half.
 * @throws StorageError disk-full, write-failed
 */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const part = `${path}.part`;
  try {
    await writeFile(part, content, { mode: FILE_MODE });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw toStorageError(error, `write ${path}`);
  }
}
