import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from '../errors.ts';
import type { RunFolder } from './run-folder.ts';
import { toStorageError } from './storage-error.ts';
import type { TrajectoryEvent, TrajectoryLine } from './trajectory.ts';

/** The hashes of the frames that an event names, in order of time. */
function framesIn(event: TrajectoryEvent): readonly (string | undefined)[] {
  const before = event.type === 'step' ? [event.before] : [];
  return [...before, 'frame' in event ? event.frame : undefined];
}

/** The hashes of all frames that the lines name, each once, in order of appearance. */
export function framesOf(lines: readonly TrajectoryLine[]): readonly string[] {
  const named = lines.flatMap(({ event }) => framesIn(event)).filter((frame) => frame !== undefined);
  return [...new Set(named)];
}

/** The name under which content is kept. */
export function toHash(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The PNG of a frame, checked against its hash.
 * @throws StorageError read-failed when it is missing or is not what was recorded
 */
export async function readFrame(
  folder: Pick<RunFolder, 'frames'>,
  sha256: string,
  options: Cancellable = {},
): Promise<Buffer> {
  return await readKept(join(folder.frames, `${sha256}.png`), { what: 'frame', sha256 }, options);
}

/**
 * A file that the setup put on the desktop, checked against its hash.
 * @throws StorageError read-failed when it is missing or is not what was recorded
 */
export async function readAttachment(
  folder: Pick<RunFolder, 'files'>,
  sha256: string,
  options: Cancellable = {},
): Promise<Buffer> {
  return await readKept(join(folder.files, sha256), { what: 'file', sha256 }, options);
}

async function readKept(
  path: string,
  { what, sha256 }: { readonly what: string; readonly sha256: string },
  { signal }: Cancellable,
): Promise<Buffer> {
  const content = await readFile(path, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw toStorageError(error, `read the ${what} ${path}`, { code: 'read-failed' });
  });
  if (toHash(content) === sha256) return content;
  throw new StorageError('read-failed', `The ${what} ${path} is damaged: it does not match its hash.`, {
    details: { sha256 },
  });
}
