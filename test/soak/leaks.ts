import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDockerDriver } from '../../src/sandbox/docker/docker-driver.ts';
import { defaultRuntimeFolder, readFolderNote } from '../../src/sandbox/docker/vnc-folder.ts';
import { ownerState, systemProcesses } from '../../src/util/process-owner.ts';
import { ROOT } from '../support/cli.ts';

/** What is left of runs: containers, their folders, and processes of the built command that nobody waits for. */
export interface Leaks {
  readonly containers: readonly string[];
  readonly folders: readonly string[];
  readonly processes: readonly string[];
}

/** @param runIds the runs to look for; what others hold is not counted */
export async function findLeaks(runIds: ReadonlySet<string>): Promise<Leaks> {
  await using driver = await createDockerDriver();
  const sandboxes = await driver.list();
  const containers = sandboxes.filter(({ runId }) => runIds.has(runId)).map(({ name }) => name);
  return {
    containers,
    folders: await findFolders(new Set(sandboxes.map(({ name }) => name))),
    processes: await findOrphans(),
  };
}

/** Folders without a sandbox whose owner is gone; another process makes a folder just before its sandbox. */
async function findFolders(living: ReadonlySet<string>): Promise<readonly string[]> {
  const root = defaultRuntimeFolder();
  const processes = systemProcesses();
  const names = await readdir(root).catch((): string[] => []);
  const left = names.map(async (name) => {
    const { owner } = await readFolderNote(root, name);
    return !living.has(`deskhand-${name}`) && ownerState(owner, processes) === 'gone' ? [name] : [];
  });
  return (await Promise.all(left)).flat();
}

/** Processes of this build that were left to init. proc(5): the fourth field of stat is the parent. */
async function findOrphans(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const command = await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '');
    if (!command.includes(join(ROOT, 'dist'))) continue;
    const stat = await readFile(join('/proc', pid, 'stat'), 'utf8').catch(() => '');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (parent === '1' && state !== 'Z') found.push(`${pid} ${command.replaceAll('\0', ' ').trim()}`);
  }
  return found;
}
