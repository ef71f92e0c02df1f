import { EngineError, ImageError } from '../../../errors.ts';
import { refusalStatus } from '../engine-errors.ts';
import type { Engine } from '../engine.ts';
import { findBase, isBaseOf } from './base-image.ts';
import type { BaseChoice } from './base-image.ts';
import { desktopImageFolder, readBuildContext } from './build-context.ts';
import type { BuildContext } from './build-context.ts';
import { BuildOutput } from './build-output.ts';
import type { ImageProgress } from './build-output.ts';
import { ImageClient, imageRepository } from './image-client.ts';
import type { ImageFacts } from './image-client.ts';

/** The desktop's image as the engine has it. */
export interface DesktopImage {
  readonly reference: string;
  /** sha256:... */
  readonly id: string;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  readonly architecture: string;
  /** Hash of what it was built from, and the base it was built upon; undefined in an image that others built. */
  readonly contextHash: string | undefined;
  readonly base: string | undefined;
  /** Whether it was built from what this version of deskhand would build it from. */
  readonly isCurrent: boolean;
}

export interface ImageOptions {
  readonly signal?: AbortSignal | undefined;
  /** What the image is built from. Default: the project's own. */
  readonly folder?: string;
  /** Hash of the image of ours that it is built upon. */
  readonly upon?: string;
  /** What it is named. Default deskhand/ubuntu-desktop, with a tag that is the hash of `folder`. */
  readonly repository?: string;
}

export interface BuildImageOptions extends ImageOptions {
  /** Default `auto`. */
  readonly base?: BaseChoice;
  readonly onProgress?: (progress: ImageProgress) => void;
}

/** What an image was built from: see BuildContext. */
export const contextLabel = 'deskhand.image.context';
const baseLabel = 'deskhand.image.base';

/** The image of this version; else the one that was built last; undefined when there is neither. */
export async function inspectImage(
  engine: Engine,
  options: ImageOptions = {},
): Promise<DesktopImage | undefined> {
  const images = new ImageClient(engine);
  const { hash } = await readBuildContext(options.folder, options.upon);
  const current = await find(images, referenceOf(hash, options), hash, options);
  return current ?? (await find(images, referenceOf('latest', options), hash, options));
}

/**
 * Builds the image unless the engine has it, built from the same files and upon a base that `base` allows.
 * @throws ImageError, EngineError, CancelledError
 */
export async function ensureImage(
  engine: Engine,
  options: BuildImageOptions = {},
): Promise<DesktopImage & { readonly isNew: boolean }> {
  const { base = 'auto' } = options;
  const { hash } = await readBuildContext(options.folder, options.upon);
  const found = await find(new ImageClient(engine), referenceOf(hash, options), hash, options);
  if (found && isBaseOf(base, found.base)) return { ...found, isNew: false };
  return { ...(await buildImage(engine, options)), isNew: true };
}

/** Builds the image whether or not it is there. @throws as ensureImage */
export async function buildImage(engine: Engine, options: BuildImageOptions = {}): Promise<DesktopImage> {
  const { signal, base: choice = 'auto', folder = desktopImageFolder, onProgress = () => {} } = options;
  const { repository = imageRepository } = options;
  const images = new ImageClient(engine);
  const context = await readBuildContext(folder, options.upon);
  const base = await findBase(images, choice, { folder, onProgress, signal });
  const reference = referenceOf(context.hash, options);
  onProgress({ kind: 'stage', message: `building ${reference} upon ${base}` });
  await runBuild(images, context, { base, reference, signal, onProgress });
  await images.tag(reference, repository, 'latest', { signal });
  const built = await find(images, reference, context.hash, { signal });
  if (built) return built;
  throw new ImageError('image-not-found', `The engine built ${reference}, and does not have it.`);
}

async function runBuild(
  images: ImageClient,
  context: BuildContext,
  options: {
    readonly base: string;
    readonly reference: string;
    readonly signal: AbortSignal | undefined;
    readonly onProgress: (progress: ImageProgress) => void;
  },
): Promise<void> {
  const { base, reference } = options;
  const output = new BuildOutput(options.onProgress);
  const settings = {
    t: reference,
    rm: true,
    forcerm: true,
    buildargs: { BASE_IMAGE: base },
    labels: { [contextLabel]: context.hash, [baseLabel]: base },
  };
  try {
    const onMessage = (message: unknown): void => output.take(message);
    await images.build(await context.toArchive(), settings, { signal: options.signal, onMessage });
  } catch (error) {
    // A Dockerfile that cannot be read is refused before the first step.
    throw error instanceof EngineError && refusalStatus(error) !== undefined
      ? output.toError(error.message)
      : error;
  }
}

async function find(
  images: ImageClient,
  reference: string,
  currentHash: string,
  { signal }: ImageOptions,
): Promise<DesktopImage | undefined> {
  const facts = await images.inspect(reference, { signal });
  return facts && toDesktopImage(facts, reference, currentHash);
}

function toDesktopImage(facts: ImageFacts, reference: string, currentHash: string): DesktopImage {
  const { id, sizeBytes, createdAtMs, architecture, labels } = facts;
  const contextHash = labels[contextLabel];
  return {
    reference,
    id,
    sizeBytes,
    createdAtMs,
    architecture,
    contextHash,
    base: labels[baseLabel],
    isCurrent: contextHash === currentHash,
  };
}

function referenceOf(tag: string, { repository = imageRepository }: ImageOptions): string {
  return `${repository}:${tag}`;
}
