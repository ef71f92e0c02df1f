import { EgressLog } from '../egress/egress-log.ts';
import { parseLabels } from '../labels.ts';
import { noSuchSandbox } from './container-client.ts';
import { DockerSandbox } from './docker-sandbox.ts';
import type { DriverParts } from './driver-parts.ts';
import { ExecClient } from './exec-client.ts';
import { folderOf } from './reaper.ts';
import { removeVncFolder } from './vnc-folder.ts';
import { execRoute, firstThatWorks, socketRoute } from './vnc-route.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

interface AttachOptions extends Cancellable {
  /** Of its way out, where this process carries it. */
  readonly egress?: EgressLog;
  /** After it was removed. */
  readonly onRelease?: () => Promise<void>;
}

/** @throws SandboxError sandbox-not-found when it is none of ours, or does not run */
export async function attachSandbox(
  parts: DriverParts,
  idOrName: string,
  options: AttachOptions = {},
): Promise<DockerSandbox> {
  const { engine, containers } = parts;
  const found = await containers.inspect(idOrName, options);
  const labels = found && parseLabels(found.Config.Labels);
  if (!labels || !found.State.Running) throw noSuchSandbox(idOrName);
  const overEngine = execRoute(engine, found.Id);
  const { vncFolder } = labels;
  return new DockerSandbox({
    id: found.Id,
    runId: labels.runId,
    name: found.Name.replace(/^\//, ''),
    image: { reference: found.Config.Image, id: found.Image },
    phases: {},
    containers,
    exec: new ExecClient(engine, found.Id),
    egress: options.egress ?? new EgressLog(),
    vnc: vncFolder === undefined ? overEngine : await firstThatWorks(socketRoute(vncFolder), overEngine),
    release: async () => {
      await removeSandbox(parts, found.Id);
      await options.onRelease?.();
    },
  });
}

/** Running or not. @throws SandboxError sandbox-not-found when it is none of ours */
export async function removeSandbox(
  parts: DriverParts,
  idOrName: string,
  options: Cancellable = {},
): Promise<void> {
  if (!(await removeIfThere(parts, idOrName, options))) throw noSuchSandbox(idOrName);
}

/** @returns false when there is no such sandbox */
export async function removeIfThere(
  parts: DriverParts,
  idOrName: string,
  options: Cancellable = {},
): Promise<boolean> {
  const found = await parts.containers.inspect(idOrName, options);
  const labels = found && parseLabels(found.Config.Labels);
  if (!labels) return false;
  await parts.containers.remove(found.Id, options);
  const folder = folderOf(labels, found.Name.slice(1), parts.runtimeFolder);
  if (folder !== undefined) await removeVncFolder(folder);
  return true;
}
