import { readdir } from 'node:fs/promises';
import { createDockerDriver } from '../../src/sandbox/docker/docker-driver.ts';
import { defaultRuntimeFolder, readFolderNote } from '../../src/sandbox/docker/vnc-folder.ts';
import { type OwnerState, ownerState, systemProcesses } from '../../src/util/process-owner.ts';

/** What another run of the tests holds at this moment is no leftover of this one. */
const isLeft = (owner: OwnerState): boolean => owner !== 'alive';

async function findContainers(): Promise<readonly string[]> {
  await using driver = await createDockerDriver();
  const sandboxes = await driver.list();
  return sandboxes.flatMap(({ name, state, owner }) =>
    isLeft(owner) ? [`container ${name} ${state}, owner ${owner}`] : [],
  );
}

async function findFolders(): Promise<readonly string[]> {
  const root = defaultRuntimeFolder();
  const processes = systemProcesses();
  const names = await readdir(root).catch((): string[] => []);
  const lines = names.map(async (name) => {
    const { owner } = await readFolderNote(root, name);
    return isLeft(ownerState(owner, processes)) ? [`folder ${name}`] : [];
  });
  return (await Promise.all(lines)).flat();
}

/** Containers of ours, and folders of sandboxes, that exist now and that no other process holds: one line each. */
async function findLeftovers(): Promise<readonly string[]> {
  return [...(await findContainers()), ...(await findFolders())];
}

/** Vitest's global setup of the docker and e2e projects: what the tests leave behind fails them. */
export async function setup(): Promise<() => Promise<void>> {
  const before = new Set(await findLeftovers());
  return async () => {
    const left = (await findLeftovers()).filter((line) => !before.has(line));
    if (left.length > 0) throw new Error(`The tests left behind:\n${left.join('\n')}`);
  };
}
