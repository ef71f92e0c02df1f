import { open, type FileHandle } from 'node:fs/promises';
import type { Clock } from '../util/clock.ts';
import { errorCode } from '../util/system-errors.ts';
import { LineReader } from './reader.ts';
import { toStorageError } from './storage-error.ts';
import type { TrajectoryLine } from './trajectory.ts';

export interface FollowOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Whether somebody may still write to it. Asked before each look, so that nothing written until then is missed. */
  readonly isLive: () => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
}

const LOOK_MS = 200;
const CHUNK_BYTES = 256 * 1024;

/**
 * The lines of a trajectory as they are written, from its beginning until the run has ended or nobody writes any more.
 * Stops at damage.
 * @throws StorageError read-failed, unsupported-version
 */
export async function* followTrajectory(
  path: string,
  options: FollowOptions,
): AsyncGenerator<TrajectoryLine> {
  const reader = new LineReader();
  let offset = 0;
  for (;;) {
    const isLive = await options.isLive();
    for (let chunk = await readFrom(path, offset); chunk.length > 0; chunk = await readFrom(path, offset)) {
      offset += chunk.length;
      for (const line of reader.push(chunk)) {
        yield line;
        if (line.event.type === 'run-finished') return;
      }
      if (reader.isDamaged) return;
    }
    if (!isLive || options.signal?.aborted) return;
    await options.clock.sleep(LOOK_MS, { signal: options.signal }).catch(() => {});
  }
}

/** Empty when there is nothing more, or no file yet. */
async function readFrom(path: string, offset: number): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw toStorageError(error, `read ${path}`, { code: 'read-failed' });
  } finally {
    await file?.close();
  }
}
