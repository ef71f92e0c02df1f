import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeskhandError } from '../errors.ts';
import { runIds } from './find-run.ts';
import { scanTrajectory } from './reader.ts';
import { toEnding } from './result.ts';
import type { RunResultFile } from './result.ts';
import { toRunFolder } from './run-folder.ts';
import type { RunFolder } from './run-folder.ts';
import { toStorageError } from './storage-error.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** A run in one line. */
export interface RunSummary {
  readonly runId: string;
  readonly path: string;
  /** `unreadable`: not even the start can be read; `problem` says why. */
  readonly outcome: RunResultFile['outcome'] | 'unreadable';
  readonly verification: RunResultFile['verification'];
  readonly problem?: string;
  readonly task: string;
  readonly model: string;
  readonly startedAt: string | undefined;
  readonly steps: number;
  readonly costUsd: number | undefined;
  /** Of everything in the folder. */
  readonly bytes: number;
}

/** All runs of a folder, oldest first; a damaged one is listed as far as it can be read. @throws StorageError */
export async function listRuns(
  runsFolder: string,
  options: Cancellable = {},
): Promise<readonly RunSummary[]> {
  const summaries: RunSummary[] = [];
  for (const id of await runIds(runsFolder)) {
    summaries.push(await summariseRun(toRunFolder(join(runsFolder, id)), options));
  }
  return summaries;
}

export async function summariseRun(folder: RunFolder, options: Cancellable = {}): Promise<RunSummary> {
  const { runId, path } = folder;
  const bytes = await sizeOf(path);
  try {
    const reading = await scanTrajectory(folder.trajectory, options);
    const { start, damage, lines } = reading;
    const problem = damage === undefined ? undefined : `damaged at line ${damage.line}: ${damage.reason}`;
    if (start === undefined) return await unreadable(folder, bytes, problem ?? 'no run starts there');
    const { outcome, verification, steps, costUsd } = toEnding(reading);
    return {
      runId,
      path,
      outcome,
      verification,
      ...(problem === undefined ? {} : { problem }),
      task: start.task.title ?? start.task.id ?? start.task.instruction,
      model: `${start.model.provider}:${start.model.name}`,
      startedAt: lines[0]?.at,
      steps,
      costUsd: costUsd?.total,
      bytes,
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isDeskhandError(error)) throw error;
    return await unreadable(folder, bytes, error.message);
  }
}

/** Of what began when its folder last changed: a run that has written nothing so far is one too. */
async function unreadable({ runId, path }: RunFolder, bytes: number, problem: string): Promise<RunSummary> {
  const startedAt = (await stat(path).catch(() => undefined))?.mtime.toISOString();
  const nothing = { task: '', model: '', startedAt, steps: 0, costUsd: undefined };
  return { runId, path, outcome: 'unreadable', verification: 'unverified', problem, ...nothing, bytes };
}

/** @throws StorageError write-failed */
export async function removeRun({ path }: Pick<RunFolder, 'path'>): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
    throw toStorageError(error, `remove ${path}`);
  });
}

async function sizeOf(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(
    async ({ parentPath, name }) => (await stat(join(parentPath, name)).catch(() => undefined))?.size ?? 0,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
