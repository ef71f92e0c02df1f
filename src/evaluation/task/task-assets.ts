import { readFile, realpath, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import type { TaskAsset } from '../checks/check.ts';
import { plainChecksOf } from '../checks/check-schema.ts';
import type { ParsedTask } from './task-schema.ts';

const MAX_COPY_BYTES = 64 * 1024 * 1024;

/** A file of a task, or what is wrong with its name. */
export async function readAsset(name: string, folder: string): Promise<TaskAsset | string> {
  const path = await realpath(resolve(folder, name)).catch(() => undefined);
  if (path === undefined) return `there is no file ${name} beside the task file`;
  // A task that somebody else wrote must not carry the reader's own files into a sandbox.
  if (!isInside(path, await realpath(folder))) return `${name} is not in the folder of the task file`;
  const facts = await stat(path);
  if (!facts.isFile()) return `${name} is not a file`;
  if (facts.size > MAX_COPY_BYTES)
    return `${name} has ${facts.size} bytes; at most ${MAX_COPY_BYTES} are copied`;
  return { path, content: await readFile(path) };
}

interface AssetUse {
  readonly name: string;
  /** Where the task file names it. */
  readonly path: readonly PropertyKey[];
}

/** Every file that a task's checks and attempts name. */
export function assetsNamedBy(task: ParsedTask): readonly AssetUse[] {
  const attempts = (['reference', 'counterExample'] as const).flatMap((field) => {
    const name = task[field]?.recording;
    return name === undefined ? [] : [{ name, path: [field, 'recording'] }];
  });
  const checks = [...plainChecksOf(task.checks, ['checks'])].flatMap(({ check, path }): AssetUse[] => {
    if (check.kind === 'script') return [{ name: check.script, path: [...path, 'script'] }];
    if (check.kind === 'image') return [{ name: check.like, path: [...path, 'like'] }];
    if (check.kind === 'screen' && check.like !== undefined)
      return [{ name: check.like, path: [...path, 'screen', 'like'] }];
    return [];
  });
  return [...attempts, ...checks];
}

/** Whether a real path is below a folder's. */
export function isInside(path: string, folder: string): boolean {
  const steps = relative(folder, path).split(sep);
  return steps[0] !== '..' && steps[0] !== '';
}
