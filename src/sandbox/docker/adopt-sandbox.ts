import { SandboxError } from '../../errors.ts';
import { currentOwner, ownerState } from '../../util/process-owner.ts';
import { EgressLog } from '../egress/egress-log.ts';
import { parseLabels } from '../labels.ts';
import type { AdoptOptions } from '../sandbox-driver.ts';
import { attachSandbox } from './attach-sandbox.ts';
import { noSuchSandbox } from './container-client.ts';
import type { DockerSandbox } from './docker-sandbox.ts';
import type { DriverParts } from './driver-parts.ts';
import { openEgressRoute, startRelay, toEgressPolicy } from './egress-route.ts';
import { findOwner, folderName, folderOf } from './reaper.ts';
import { writeFolderNote } from './vnc-folder.ts';

/** Takes over a sandbox whose owner is gone. @throws as SandboxDriver.adopt */
export async function adoptSandbox(
  parts: DriverParts,
  idOrName: string,
  options: AdoptOptions = {},
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
  // As for its removal: a label that points elsewhere is not followed.
  const path = labels.vncFolder && folderOf(labels, name, runtimeFolder);
  return await attachWithWayOut(parts, { id: found.Id, path }, options);
}

/** The proxy of its way out ended with the process that made it; the relay in the container goes on to look for it. */
async function attachWithWayOut(
  parts: DriverParts,
  { id, path }: { readonly id: string; readonly path: string | undefined },
  { signal, wayOut }: AdoptOptions,
): Promise<DockerSandbox> {
  const policy = wayOut && toEgressPolicy(wayOut);
  if (policy === undefined) return await attachSandbox(parts, id, { signal });
  await using resources = new AsyncDisposableStack();
  const log = new EgressLog();
  const folder = path === undefined ? undefined : { path };
  const route = resources.use(await openEgressRoute(folder, policy, { ...parts.egress, log }));
  const onRelease = async (): Promise<void> => await route[Symbol.asyncDispose]();
  const sandbox = await attachSandbox(parts, id, { signal, egress: log, onRelease });
  await startRelay(async (...call) => await sandbox.exec(...call), { signal });
  resources.move();
  return sandbox;
}

function inUse(name: string, pid: number | undefined, state: 'alive' | 'other-host'): SandboxError {
  const who = state === 'alive' ? `process ${pid}` : 'a process on another host';
  return new SandboxError('sandbox-in-use', `The sandbox ${name} belongs to ${who}.`, {
    hint: 'End that process first, or start a desktop of your own.',
    details: { pid },
  });
}
