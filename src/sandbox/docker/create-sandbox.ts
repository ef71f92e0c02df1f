import { randomBytes } from 'node:crypto';
import { EgressLog } from '../egress/egress-log.ts';
import { InputError } from '../../errors.ts';
import { toLabels } from '../labels.ts';
import { currentOwner } from '../../util/process-owner.ts';
import type { SandboxSpec, StartPhase } from '../sandbox-driver.ts';
import { removeIfThere } from './attach-sandbox.ts';
import { throwIfCancelled } from './deadline.ts';
import { DockerSandbox } from './docker-sandbox.ts';
import type { DriverParts } from './driver-parts.ts';
import { noEgress, openEgressRoute, startRelay, toEgressPolicy } from './egress-route.ts';
import { ExecClient } from './exec-client.ts';
import { toCreateOptions } from './host-config.ts';
import { browserLabel } from './image/image-client.ts';
import { startContainer } from './start.ts';
import { createVncFolder, limitVncFolder, removeVncFolder } from './vnc-folder.ts';
import type { VncFolder } from './vnc-folder.ts';
import { execRoute, firstThatWorks, socketRoute, toVncSettings } from './vnc-route.ts';
import type { VncRoute, VncWay } from './vnc-route.ts';

export interface CreateOptions {
  readonly way: VncWay;
  /** Whether the engine may carry VNC after all when the folder turns out not to be shared. */
  readonly mayFallBack: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onPhase?: ((phase: StartPhase, atMs: number) => void) | undefined;
}

/** Starts a desktop. On failure nothing of it is left. @throws as SandboxDriver.create */
export async function createSandbox(
  parts: DriverParts,
  spec: SandboxSpec,
  options: CreateOptions,
): Promise<DockerSandbox> {
  throwIfCancelled(options.signal);
  const owned = new AsyncDisposableStack();
  try {
    return await startSandbox(parts, spec, options, owned);
  } catch (error) {
    // What failed first says more; what could not be removed is left to the reaper.
    await owned.disposeAsync().catch(() => {});
    throw error;
  }
}

async function startSandbox(
  parts: DriverParts,
  spec: SandboxSpec,
  options: CreateOptions,
  owned: AsyncDisposableStack,
): Promise<DockerSandbox> {
  requireRuntime(parts, spec);
  const { engine, containers } = parts;
  const shortName = toShortName(spec.runId);
  const name = `deskhand-${shortName}`;
  const reference = spec.image ?? parts.image;
  const { phases, onPhase } = recordPhases(parts, options.onPhase);
  const hasBrowser = await isBrowserImage(parts, reference, options);
  const folder = options.way === 'socket' ? await makeFolder(parts, spec, shortName) : undefined;
  const prepared = folder ? limitVncFolder(folder, usersOf(parts)) : Promise.resolve();
  if (folder) {
    owned.defer(async () => {
      await prepared;
      await removeVncFolder(folder.path);
    });
  }
  const log = new EgressLog();
  const policy = toEgressPolicy(spec);
  const egress = policy && owned.use(await openEgressRoute(folder, policy, { ...parts.egress, log }));
  owned.defer(async () => await containers.remove(name));
  const settings = toCreateOptions(
    { ...spec, cpus: Math.min(spec.cpus, parts.facts.cpus || spec.cpus) },
    {
      name,
      image: reference,
      labels: labelsOf(parts, spec, folder),
      hasBrowser,
      egress: egress?.settings ?? noEgress,
      createdAtMs: parts.clock.wall(),
    },
    toVncSettings(folder),
  );
  const { signal } = options;
  const { startTimeoutMs: timeoutMs } = parts;
  const { id, imageId } = await startContainer(containers, settings, {
    signal,
    timeoutMs,
    onPhase,
    prepared,
  });
  const exec = new ExecClient(engine, id);
  if (egress) await startRelay(async (...call) => await exec.run(...call), { signal });
  return new DockerSandbox({
    id,
    runId: spec.runId,
    name,
    image: { reference, id: imageId },
    phases,
    containers,
    exec,
    egress: log,
    vnc: await chooseRoute(folder, execRoute(engine, id), options),
    release: async () => await release(parts, owned, id),
  });
}

/** A stack disposes once: what it could not remove then is looked for by its id. */
async function release(parts: DriverParts, owned: AsyncDisposableStack, id: string): Promise<void> {
  if (owned.disposed) await removeIfThere(parts, id);
  else await owned.disposeAsync();
}

async function chooseRoute(
  folder: VncFolder | undefined,
  overEngine: VncRoute,
  { mayFallBack }: CreateOptions,
): Promise<VncRoute> {
  if (!folder) return overEngine;
  const overSocket = socketRoute(folder.path);
  if (mayFallBack) return await firstThatWorks(overSocket, overEngine);
  await overSocket.check();
  return overSocket;
}

function requireRuntime({ facts: { runtimes } }: DriverParts, { runtime }: SandboxSpec): void {
  if (runtime === undefined || runtimes.includes(runtime)) return;
  throw new InputError(
    'invalid-option',
    `The engine has no runtime ${runtime}; it has ${runtimes.join(', ')}.`,
    {
      hint: 'Install it and name it in the engine\u2019s daemon.json, or leave --runtime out.',
    },
  );
}

/** An image that the engine does not have is told by the create request. */
async function isBrowserImage(
  { images }: DriverParts,
  reference: string,
  { signal }: CreateOptions,
): Promise<boolean> {
  const found = await images.inspect(reference, { signal });
  return found?.labels[browserLabel] === '1';
}

async function makeFolder(parts: DriverParts, spec: SandboxSpec, name: string): Promise<VncFolder> {
  const note = {
    owner: ownerOf(parts, spec),
    engine: parts.facts.id,
    createdAtMs: parts.clock.wall(),
  };
  return await createVncFolder(parts.runtimeFolder, name, note, usersOf(parts));
}

function labelsOf(
  parts: DriverParts,
  spec: SandboxSpec,
  folder: VncFolder | undefined,
): Record<string, string> {
  const createdAtMs = parts.clock.wall();
  return toLabels({
    runId: spec.runId,
    owner: ownerOf(parts, spec),
    createdAtMs,
    expiresAtMs: createdAtMs + spec.expiresInMs,
    vncFolder: folder?.path,
  });
}

function ownerOf(parts: DriverParts, spec: SandboxSpec): ReturnType<typeof currentOwner> | undefined {
  return spec.isKept ? undefined : currentOwner(parts.processes);
}

function usersOf({ facts }: DriverParts): { readonly hasUserNamespaces: boolean } {
  return { hasUserNamespaces: facts.security.includes('userns') };
}

/** Times from now on, the moment of the create request. */
function recordPhases(
  { clock }: DriverParts,
  tell: CreateOptions['onPhase'],
): { readonly phases: DockerSandbox['phases']; readonly onPhase: (phase: StartPhase) => void } {
  const startedAtMs = clock.now();
  const phases: Partial<Record<StartPhase, number>> = {};
  const onPhase = (phase: StartPhase): void => {
    const atMs = Math.round(clock.now() - startedAtMs);
    phases[phase] ??= atMs;
    tell?.(phase, atMs);
  };
  return { phases, onPhase };
}

/** Some of the run's id for people, and something random: a run may start several sandboxes. */
function toShortName(runId: string): string {
  const readable = runId
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 12);
  return [readable, randomBytes(4).toString('hex')].filter((part) => part !== '').join('-');
}
