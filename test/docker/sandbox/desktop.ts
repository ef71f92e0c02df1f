import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDockerDriver } from '../../../src/sandbox/docker/docker-driver.ts';
import type { DockerDriver, DockerDriverOptions } from '../../../src/sandbox/docker/docker-driver.ts';
import { connectEngine } from '../../../src/sandbox/docker/engine.ts';
import type { Engine } from '../../../src/sandbox/docker/engine.ts';
import { ensureImage } from '../../../src/sandbox/docker/image/desktop-image.ts';
import type { SandboxSpec } from '../../../src/sandbox/sandbox-driver.ts';

export interface Leftovers {
  readonly containers: readonly string[];
  readonly folders: readonly string[];
}

export const nothing: Leftovers = { containers: [], folders: [] };

/** One test's own part of the engine: a run id and a folder that nobody else uses. */
export class Bench implements AsyncDisposable {
  readonly engine: Engine;
  readonly image: string;
  readonly runId: string;
  readonly runtimeFolder: string;

  private constructor(engine: Engine, image: string, runtimeFolder: string) {
    this.engine = engine;
    this.image = image;
    this.runtimeFolder = runtimeFolder;
    this.runId = `test-${runtimeFolder.slice(-6).toLowerCase()}`;
  }

  /** @param folder that of another process, to share its run id and its runtime folder */
  static async open(folder?: string): Promise<Bench> {
    const engine = await connectEngine();
    const { reference } = await ensureImage(engine);
    return new Bench(engine, reference, folder ?? (await mkdtemp(join(tmpdir(), 'deskhand-bench-'))));
  }

  get spec(): SandboxSpec {
    return {
      runId: this.runId,
      display: { width: 800, height: 600 },
      network: 'none',
      memoryBytes: 1024 ** 3,
      cpus: 2,
      pidsLimit: 256,
      expiresInMs: 600_000,
    };
  }

  async driver(options: DockerDriverOptions = {}): Promise<DockerDriver> {
    const { engine, image, runtimeFolder } = this;
    return await createDockerDriver({ engine, image, runtimeFolder, ...options });
  }

  /** Ids of this bench's containers, running or not. */
  async containers(): Promise<readonly string[]> {
    const filters = { label: [`deskhand.run=${this.runId}`] };
    const found = await this.engine.call(
      'listing',
      async (docker) => await docker.listContainers({ all: true, filters }),
    );
    return found.map(({ Id }) => Id);
  }

  /** What is there of this bench's sandboxes. */
  async leftovers(): Promise<Leftovers> {
    return { containers: await this.containers(), folders: await readdir(this.runtimeFolder) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of await this.containers()) {
      await this.engine.call(
        'removing',
        async (docker) => await docker.getContainer(id).remove({ force: true }),
      );
    }
    await rm(this.runtimeFolder, { recursive: true });
  }
}
