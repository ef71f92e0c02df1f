import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FOLDER_MODE, newRunId, replaceFile } from '../recording/run-folder.ts';
import type { RunFolder } from '../recording/run-folder.ts';
import { toStorageError } from '../recording/storage-error.ts';
import type { Clock } from '../util/clock.ts';
import { drawDifference } from './pictures.ts';
import type { Divergence, Place, ReplayResult } from './replay-run.ts';

/** Where the record of a replay is: a folder below that of its run. */
export interface ReplayRecord {
  readonly path: string;
  /** Pictures of the divergence, if there was one: the recorded screen, the one that came, and what differs. */
  readonly pictures: readonly string[];
}

/**
 * Keeps what a replay found in `replays/` of the run's folder: replay.json, and both frames and their difference.
 * @throws StorageError disk-full, write-failed
 */
export async function recordReplay(
  result: ReplayResult,
  { run, clock }: { readonly run: RunFolder; readonly clock: Pick<Clock, 'wall'> },
): Promise<ReplayRecord> {
  const path = await makeFolder(run, clock);
  const { divergence, ...rest } = result;
  const drawn = divergence === undefined ? [] : await picturesOf(divergence);
  const pictures = drawn.map(({ name }) => join(path, name));
  for (const { name, content } of drawn) await replaceFile(join(path, name), content);
  const found = divergence === undefined ? {} : { divergence: toRecord(divergence) };
  const record = { version: 1, runId: run.runId, ...rest, ...found };
  await replaceFile(join(path, 'replay.json'), `${JSON.stringify(record, undefined, 2)}\n`);
  return { path, pictures };
}

async function makeFolder(run: RunFolder, clock: Pick<Clock, 'wall'>): Promise<string> {
  const path = join(run.path, 'replays', newRunId(clock));
  await mkdir(path, { recursive: true, mode: FOLDER_MODE }).catch((error: unknown) => {
    throw toStorageError(error, `make the folder ${path}`);
  });
  return path;
}

/** `before step 3`, `after the last step`. */
export function describePlace(place: Place): string {
  return 'before' in place ? `before step ${place.before.step}` : 'after the last step';
}

function toRecord({ place, sighting }: Divergence): Record<string, unknown> {
  const { differingPx } = sighting;
  return { place: describePlace(place), differingPx, sha256: sighting.screenshot.sha256 };
}

interface Drawn {
  readonly name: string;
  readonly content: Uint8Array;
}

async function picturesOf(divergence: Divergence): Promise<readonly Drawn[]> {
  const { expected, expectedPng, sighting, ignored } = divergence;
  const difference = await drawDifference(expected, sighting.picture, ignored);
  return [
    { name: 'expected.png', content: expectedPng },
    { name: 'actual.png', content: sighting.screenshot.png },
    ...(difference === undefined ? [] : [{ name: 'difference.png', content: difference }]),
  ];
}
