import { Duplex, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import type { ContainerCreateOptions, ContainerInfo, ContainerInspectInfo } from 'dockerode';
import { ImageError, InternalError, SandboxError } from '../../errors.ts';
import { label } from '../labels.ts';
import { demuxAll } from './demux.ts';
import { refusalStatus } from './engine-errors.ts';
import type { CallOptions, Engine } from './engine.ts';

/** The few things that deskhand asks of containers. @throws EngineError from every method */
export class ContainerClient {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** @returns the id. @throws ImageError image-not-found */
  async create(settings: ContainerCreateOptions, options: CallOptions = {}): Promise<string> {
    try {
      const container = await this.#engine.call(
        'creating a container',
        async (docker, abortSignal) => await docker.createContainer({ ...settings, abortSignal }),
        options,
      );
      return container.id;
    } catch (cause) {
      if (refusalStatus(cause) !== 404) throw cause;
      throw new ImageError('image-not-found', `The engine has no image ${settings.Image}.`, {
        cause,
        details: { image: settings.Image },
        hint: 'Build it with `deskhand image build`.',
      });
    }
  }

  async start(id: string, options: CallOptions = {}): Promise<void> {
    await this.#engine.call(
      'starting a container',
      async (docker, abortSignal) => await docker.getContainer(id).start({ abortSignal }),
      options,
    );
  }

  /** What the container will print from now on, multiplexed. */
  async attachOutput(id: string, options: CallOptions = {}): Promise<Duplex> {
    const stream = await this.#engine.call(
      'attaching to a container',
      async (docker, abortSignal) =>
        await docker
          .getContainer(id)
          .attach({ stream: true, stdout: true, stderr: true, hijack: true, abortSignal }),
      options,
    );
    return toDuplex(stream);
  }

  /** Waits, without a deadline, until the container does not run. */
  async waitForExit(id: string, options: { readonly signal: AbortSignal }): Promise<void> {
    await this.#engine.call(
      'waiting for a container to end',
      async (docker, abortSignal) => await waitFor(docker, id, 'not-running', abortSignal),
      { ...options, timeoutMs: Number.POSITIVE_INFINITY },
    );
  }

  /** Undefined when there is no such container. */
  async inspect(idOrName: string, options: CallOptions = {}): Promise<ContainerInspectInfo | undefined> {
    try {
      return await this.#engine.call(
        'looking at a container',
        async (docker, abortSignal) =>
          await docker.getContainer(encodeURIComponent(idOrName)).inspect({ abortSignal }),
        options,
      );
    } catch (error) {
      if (refusalStatus(error) === 404) return undefined;
      throw error;
    }
  }

  /** Freezes all processes of a container, or lets them go on; where that is so already nothing is done. */
  async setPaused(id: string, isPaused: boolean, options: CallOptions = {}): Promise<void> {
    try {
      await this.#engine.call(
        isPaused ? 'pausing a container' : 'unpausing a container',
        async (docker, abortSignal) => {
          const container = docker.getContainer(id);
          await (isPaused ? container.pause({ abortSignal }) : container.unpause({ abortSignal }));
        },
        options,
      );
    } catch (error) {
      const found = await this.inspect(id, options);
      if (found?.State.Running !== true) throw noSuchSandbox(id);
      if (found.State.Paused !== isPaused) throw error;
    }
  }

  /** All sandboxes on the engine, running or not. */
  async list(options: CallOptions = {}): Promise<readonly ContainerInfo[]> {
    return await this.#engine.call(
      'listing containers',
      async (docker, abortSignal) =>
        await docker.listContainers({ all: true, filters: { label: [label.run] }, abortSignal }),
      options,
    );
  }

  /** The last `lines` lines of both streams. */
  async logs(id: string, lines: number, options: CallOptions = {}): Promise<string> {
    const data = await this.#engine.call(
      'reading the log of a container',
      async (docker, abortSignal) =>
        await docker
          .getContainer(id)
          .logs({ stdout: true, stderr: true, tail: lines, follow: false, abortSignal }),
      options,
    );
    return demuxAll(data).toString('utf8');
  }

  /** Kills and removes; a container that is gone, or that somebody else removes, is as good as removed. */
  async remove(id: string, options: CallOptions = {}): Promise<void> {
    try {
      await this.#engine.call(
        'removing a container',
        async (docker) => await docker.getContainer(id).remove({ force: true, v: true }),
        options,
      );
    } catch (error) {
      const status = refusalStatus(error);
      if (status === 404) return;
      if (status !== 409) throw error;
      await this.#waitForRemoval(id, options);
    }
  }

  async #waitForRemoval(id: string, options: CallOptions): Promise<void> {
    try {
      await this.#engine.call(
        'waiting for a container to be removed',
        async (docker, abortSignal) => await waitFor(docker, id, 'removed', abortSignal),
        options,
      );
    } catch (error) {
      if (refusalStatus(error) !== 404) throw error;
    }
  }
}

export function noSuchSandbox(idOrName: string): SandboxError {
  return new SandboxError('sandbox-not-found', `There is no running sandbox ${idOrName}.`, {
    hint: 'List them with `deskhand sandbox ls`.',
  });
}

/** A hijacked connection is the socket itself; the types only promise less. */
function toDuplex(stream: unknown): Duplex {
  if (stream instanceof Duplex) return stream;
  throw new InternalError('internal', 'The engine did not hand over the connection.');
}

/**
 * ContainerWait answers at once and ends its answer when the condition is met. dockerode's own wait never settles
 * when the connection breaks in between.
 */
async function waitFor(
  docker: Docker,
  id: string,
  condition: 'not-running' | 'removed',
  abortSignal: AbortSignal,
): Promise<void> {
  const answer = Promise.withResolvers<unknown>();
  const request = {
    path: `/containers/${id}/wait?`,
    method: 'POST',
    isStream: true,
    statusCodes: { 200: true, 400: 'bad parameter', 404: 'no such container', 500: 'server error' },
    options: { condition },
    abortSignal,
  };
  docker.modem.dial(request, (error, result) => (error ? answer.reject(error) : answer.resolve(result)));
  await text(toReadable(await answer.promise));
}

function toReadable(stream: unknown): Readable {
  if (stream instanceof Readable) return stream;
  throw new InternalError('internal', 'The engine did not answer with a stream.');
}
