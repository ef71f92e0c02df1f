import { SandboxError } from '../../errors.ts';
import { currentOwner, ownerState } from '../../util/process-owner.ts';
import { parseLabels } from '../labels.ts';
import { attachSandbox } from './attach-sandbox.ts';
import { noSuchSandbox } from './container-client.ts';
import type { DockerSandbox } from './docker-sandbox.ts';
import type { DriverParts } from './driver-parts.ts';
import { findOwner, folderName } from './reaper.ts';
import { writeFolderNote } from './vnc-folder.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** Takes over a sandbox whose owner is gone. @throws as SandboxDriver.adopt */
export async function adoptSandbox(
  parts: DriverParts,
  idOrName: string,
  options: Cancellable = {},
): Promise<DockerSandbox> {
  const { clock, containers, facts, processes, runtimeFolder } = parts;
  const found = await containers.inspect(idOrName, options);
  const labels = found && parseLabels(found.Config.Labels);
  if (!labels || !found.State.Running) throw noSuchSandbox(idOrName);
  const name = found.Name.replace(/^\//, '');
  const folder = folderName(name);
  if (folder === undefined) throw noSuchSandbox(idOrName);
  const owner = await findOwner(labels, name, runtimeFolder);
  const state = ownerState(owner, processes);
  if (state === 'alive' || state === 'other-host') throw inUse(name, owner?.pid, state);
  // First the note, then the look at whether it still runs: a reaper that read the old note may have come before us.
  const note = { owner: currentOwner(processes), engine: facts.id, createdAtMs: clock.wall() };
  await writeFolderNote(runtimeFolder, folder, note);
  await containers.setPaused(found.Id, false, options);
  return await attachSandbox(parts, found.Id, options);
}

function inUse(name: string, pid: number | undefined, state: 'alive' | 'other-host'): SandboxError {
  const who = state === 'alive' ? `process ${pid}` : 'a process on another host';
  return new SandboxError('sandbox-in-use', `The sandbox ${name} belongs to ${who}.`, {
    hint: 'End that process first, or start a desktop of your own.',
    details: { pid },
  });
}
