import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from '../errors.ts';
import type { RunFolder } from './run-folder.ts';
import { toStorageError } from './storage-error.ts';
import type { TrajectoryEvent, TrajectoryLine } from './trajectory.ts';

/** The hash of the frame that an event names, if it names one. */
function frameOf(event: TrajectoryEvent): string | undefined {
  return 'frame' in event ? event.frame : undefined;
}

/** The hashes of all frames that the lines name, each once, in order of appearance. */
export function framesOf(lines: readonly TrajectoryLine[]): readonly string[] {
  const named = lines.map(({ event }) => frameOf(event)).filter((frame) => frame !== undefined);
  return [...new Set(named)];
}

/**
 * The PNG of a frame, checked against its hash.
 * @throws StorageError read-failed when it is missing or is not what was recorded
 */
export async function readFrame(
  folder: Pick<RunFolder, 'frames'>,
  sha256: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Buffer> {
  const path = join(folder.frames, `${sha256}.png`);
  const png = await readFile(path, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw toStorageError(error, `read the frame ${path}`, { code: 'read-failed' });
  });
  if (createHash('sha256').update(png).digest('hex') === sha256) return png;
  throw new StorageError('read-failed', `The frame ${path} is damaged: it does not match its hash.`, {
    details: { sha256 },
  });
}
