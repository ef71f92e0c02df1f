import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ImageBuildOptions } from 'dockerode';
import { z } from 'zod';
import { EngineError } from '../../../errors.ts';
import { diskFull, isDiskFull, refusalStatus } from '../engine-errors.ts';
import type { CallOptions, Engine } from '../engine.ts';
import { readJsonLines } from './json-lines.ts';

export const imageRepository = 'deskhand/ubuntu-desktop';
/** The desktop with a browser. */
export const browserRepository = 'deskhand/ubuntu-desktop-browser';
/** Set to 1 in an image that has a browser. */
export const browserLabel = 'deskhand.image.browser';
/** What was built last, whatever it was built from. */
export const latestImage = `${imageRepository}:latest`;

export interface ImageFacts {
  /** sha256:... */
  readonly id: string;
  readonly tags: readonly string[];
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  /** As the engine says it: amd64, arm64. */
  readonly architecture: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ImageListing {
  /** Its names in the repository that was asked for, one at least. */
  readonly references: readonly string[];
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
}

type OnMessage = (message: unknown) => void;

export interface PullOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onMessage: OnMessage;
  /** How long the registry may take to begin. */
  readonly firstAnswerMs: number;
}

const failure = z.object({ error: z.string().optional() });

/** The few things that deskhand asks of images. @throws EngineError from every method */
export class ImageClient {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Undefined when the engine has no such image. */
  async inspect(reference: string, options: CallOptions = {}): Promise<ImageFacts | undefined> {
    try {
      const found = await this.#engine.call(
        'looking at an image',
        async (docker) => await docker.getImage(reference).inspect(),
        options,
      );
      return {
        id: found.Id,
        tags: found.RepoTags ?? [],
        sizeBytes: found.Size,
        createdAtMs: Date.parse(found.Created),
        architecture: found.Architecture,
        labels: found.Config.Labels ?? {},
      };
    } catch (error) {
      if (refusalStatus(error) === 404) return undefined;
      throw error;
    }
  }

  /** What the engine has under the names of a repository, newest image first. */
  async list(repository: string, options: CallOptions = {}): Promise<readonly ImageListing[]> {
    const found = await this.#engine.call(
      'listing images',
      async (docker) => await docker.listImages({ filters: { reference: [repository] } }),
      options,
    );
    return found
      .map(({ RepoTags, Size, Created, Labels }) => ({
        references: (RepoTags ?? []).filter((tag) => tag.startsWith(`${repository}:`)),
        sizeBytes: Size,
        createdAtMs: Created * 1000,
        labels: Labels ?? {},
      }))
      .filter(({ references }) => references.length > 0)
      .toSorted((a, b) => b.createdAtMs - a.createdAtMs);
  }

  /** Takes a name away from an image, and the image with its last name. One that is gone already is no error. */
  async remove(reference: string, options: CallOptions = {}): Promise<void> {
    try {
      await this.#engine.call(
        'removing an image',
        async (docker) => await docker.getImage(reference).remove(),
        options,
      );
    } catch (error) {
      if (refusalStatus(error) !== 404) throw error;
    }
  }

  async tag(reference: string, repository: string, tag: string, options: CallOptions = {}): Promise<void> {
    await this.#engine.call(
      'naming an image',
      async (docker) => await docker.getImage(reference).tag({ repo: repository, tag }),
      options,
    );
  }

  /** Sends the builder's messages to `onMessage`, which throws when one says that the build failed. */
  async build(
    archive: Buffer,
    settings: ImageBuildOptions,
    options: CallOptions & { readonly onMessage: OnMessage },
  ): Promise<void> {
    await this.#follow('building an image', options, async (docker, abortSignal) => {
      return await docker.buildImage(Readable.from([archive]), { ...settings, abortSignal });
    });
  }

  async pull(reference: string, options: PullOptions): Promise<void> {
    const impatience = new AbortController();
    const timer = setTimeout(
      () => impatience.abort(noRegistry(options.firstAnswerMs)),
      options.firstAnswerMs,
    );
    const signals = [impatience.signal, ...(options.signal ? [options.signal] : [])];
    const onMessage: OnMessage = (message) => {
      clearTimeout(timer);
      throwIfFailed(message);
      options.onMessage(message);
    };
    try {
      await this.#follow(
        'pulling an image',
        { signal: AbortSignal.any(signals), onMessage },
        async (docker, abortSignal) => await docker.pull(reference, { abortSignal }),
      );
    } catch (error) {
      throw impatience.signal.aborted ? impatience.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Makes an image of one layer from a tar of a file system. */
  async importTar(path: string, repository: string, tag: string, options: CallOptions = {}): Promise<void> {
    await this.#follow(
      'importing an image',
      { ...options, onMessage: throwIfFailed },
      async (docker, abortSignal) =>
        await docker.importImage(createReadStream(path), {
          repo: repository,
          tag,
          abortSignal,
        }),
    );
  }

  /** Reads the answer to its end; the engine tells of failures in the middle of it. */
  async #follow(
    doing: string,
    options: CallOptions & { readonly onMessage: OnMessage },
    open: (...args: Parameters<Parameters<Engine['call']>[1]>) => Promise<NodeJS.ReadableStream>,
  ): Promise<void> {
    await this.#engine.call(
      doing,
      async (docker, abortSignal) => {
        for await (const message of readJsonLines(await open(docker, abortSignal)))
          options.onMessage(message);
      },
      { signal: options.signal, timeoutMs: Number.POSITIVE_INFINITY },
    );
  }
}

/** @throws EngineError when the message says that what is going on has failed */
function throwIfFailed(message: unknown): void {
  const { error } = failure.parse(message);
  if (error === undefined) return;
  throw isDiskFull(error)
    ? diskFull(`The disk is full: ${error}`, {})
    : new EngineError('engine-fault', error);
}

function noRegistry(firstAnswerMs: number): EngineError {
  return new EngineError('engine-fault', `No image registry answered within ${firstAnswerMs} ms.`);
}
