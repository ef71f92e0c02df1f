import { realpath } from 'node:fs/promises';
import { EngineError } from '../../errors.ts';
import { systemClock } from '../../util/clock.ts';
import { systemProcesses } from '../../util/process-owner.ts';
import type {
  AdoptOptions,
  SandboxDriver,
  SandboxSpec,
  SandboxSummary,
  StartPhase,
} from '../sandbox-driver.ts';
import { adoptSandbox } from './adopt-sandbox.ts';
import { attachSandbox, removeSandbox } from './attach-sandbox.ts';
import { ContainerClient } from './container-client.ts';
import { createSandbox } from './create-sandbox.ts';
import type { DockerSandbox } from './docker-sandbox.ts';
import type { DriverParts } from './driver-parts.ts';
import { inspectEngine } from './engine-facts.ts';
import type { EngineFacts } from './engine-facts.ts';
import { connectEngine } from './engine.ts';
import type { Engine } from './engine.ts';
import { ImageClient, latestImage } from './image/image-client.ts';
import { type Snapshot, takeSnapshot } from './image/snapshot.ts';
import { reap, toSummary } from './reaper.ts';
import { defaultRuntimeFolder } from './vnc-folder.ts';
import { chooseVncWay } from './vnc-route.ts';
import type { VncWay } from './vnc-route.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface DockerDriverOptions {
  /** Default: the engine that the docker client would use. */
  readonly engine?: Engine;
  /** Default: the desktop image that was built last. */
  readonly image?: string;
  /** Default `auto`: a socket when the engine is on this host, else over the engine's own connection. */
  readonly vnc?: VncWay | 'auto';
  /** Where the folders with the VNC sockets are made. Default /run/deskhand, or in $XDG_RUNTIME_DIR. */
  readonly runtimeFolder?: string;
  /** How long a desktop may take to be drawn. Default 60,000 ms. */
  readonly startTimeoutMs?: number;
  /** How names are resolved and addresses dialled for the sandboxes. Default: as this host does it. */
  readonly egress?: DriverParts['egress'];
}

const START_TIMEOUT_MS = 60_000;

/** @throws EngineError when no engine can be used, InputError when what names it is wrong */
export async function createDockerDriver(
  options: DockerDriverOptions = {},
  cancellable: Cancellable = {},
): Promise<DockerDriver> {
  const engine = options.engine ?? (await connectEngine(cancellable));
  const facts = await inspectEngine(engine, cancellable);
  const folder = options.runtimeFolder ?? defaultRuntimeFolder();
  const parts: DriverParts = {
    engine,
    facts,
    containers: new ContainerClient(engine),
    images: new ImageClient(engine),
    processes: systemProcesses(),
    clock: systemClock,
    image: options.image ?? latestImage,
    runtimeFolder: await realpath(folder).catch(() => folder),
    startTimeoutMs: options.startTimeoutMs ?? START_TIMEOUT_MS,
    egress: options.egress ?? {},
  };
  return new DockerDriver(parts, options.vnc ?? 'auto');
}

/** Sandboxes in containers of one engine. Disposing it removes those that it made, but for the kept ones. */
export class DockerDriver implements SandboxDriver {
  readonly name = 'docker';
  readonly #parts: DriverParts;
  readonly #vnc: VncWay | 'auto';
  readonly #made = new Set<DockerSandbox>();
  readonly #guests = new Set<DockerSandbox>();
  #isFolderShared = true;

  constructor(parts: DriverParts, vnc: VncWay | 'auto') {
    this.#parts = parts;
    this.#vnc = vnc;
  }

  get engine(): Engine {
    return this.#parts.engine;
  }

  get facts(): EngineFacts {
    return this.#parts.facts;
  }

  async create(
    spec: SandboxSpec,
    options: Cancellable & { readonly onPhase?: (phase: StartPhase, atMs: number) => void } = {},
  ): Promise<DockerSandbox> {
    const mayFallBack = this.#vnc === 'auto';
    try {
      return this.#keep(
        await createSandbox(this.#parts, spec, { ...options, way: this.#way(), mayFallBack }),
        spec,
      );
    } catch (error) {
      if (!mayFallBack || !isFolderUnknown(error)) throw error;
      this.#isFolderShared = false;
      return this.#keep(
        await createSandbox(this.#parts, spec, { ...options, way: 'exec', mayFallBack }),
        spec,
      );
    }
  }

  async list(options: Cancellable = {}): Promise<readonly SandboxSummary[]> {
    const listed = await this.#parts.containers.list(options);
    const summaries = await Promise.all(listed.map((container) => toSummary(container, this.#parts)));
    return summaries.filter((summary) => summary !== undefined);
  }

  async attach(idOrName: string, options: Cancellable = {}): Promise<DockerSandbox> {
    const sandbox = await attachSandbox(this.#parts, idOrName, options);
    this.#guests.add(sandbox);
    return sandbox;
  }

  async adopt(idOrName: string, options: AdoptOptions = {}): Promise<DockerSandbox> {
    const sandbox = await adoptSandbox(this.#parts, idOrName, options);
    this.#made.add(sandbox);
    return sandbox;
  }

  /** Keeps the files of a running desktop as an image. @throws as takeSnapshot; SandboxError sandbox-not-found */
  async snapshot(idOrName: string, name: string, options: Cancellable = {}): Promise<Snapshot> {
    const { id, image } = await this.attach(idOrName, options);
    const source = { container: id, image: image.reference };
    return await takeSnapshot(this.#parts.engine, source, name, options);
  }

  async remove(idOrName: string, options: Cancellable = {}): Promise<void> {
    const own = [...this.#made, ...this.#guests].find(({ id, name }) => idOrName === id || idOrName === name);
    if (own) await own[Symbol.asyncDispose]();
    else await removeSandbox(this.#parts, idOrName, options);
  }

  async prune(options: Cancellable & { readonly graceMs?: number } = {}): Promise<readonly SandboxSummary[]> {
    const { containers, processes, runtimeFolder, facts, clock } = this.#parts;
    const nowMs = (): number => clock.wall();
    return await reap({ containers, processes, runtimeFolder, engineId: facts.id, nowMs }, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const guest of this.#guests) guest.detach();
    this.#guests.clear();
    const made = [...this.#made];
    this.#made.clear();
    const results = await Promise.allSettled(
      made.map(async (sandbox) => await sandbox[Symbol.asyncDispose]()),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #way(): VncWay {
    if (this.#vnc !== 'auto') return this.#vnc;
    return this.#isFolderShared ? chooseVncWay(this.#parts.facts) : 'exec';
  }

  #keep(sandbox: DockerSandbox, spec: SandboxSpec): DockerSandbox {
    const group = spec.isKept ? this.#guests : this.#made;
    for (const earlier of group) if (earlier.isDisposed) group.delete(earlier);
    group.add(sandbox);
    return sandbox;
  }
}

/** The engine's own words when it has another view of the host's folders. */
function isFolderUnknown(error: unknown): boolean {
  return error instanceof EngineError && /bind source path does not exist/.test(error.message);
}
