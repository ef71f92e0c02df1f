import { refusalStatus } from '../engine-errors.ts';
import type { CallOptions, Engine } from '../engine.ts';
import { browserImageFolder, readBuildContext } from './build-context.ts';
import { contextLabel } from './desktop-image.ts';
import { browserRepository, ImageClient, imageRepository, type ImageListing } from './image-client.ts';
import { snapshotRepository } from './snapshot.ts';

/** An image of deskhand's that the engine keeps. */
export interface StoredImage {
  readonly references: readonly string[];
  /** With what it shares with other images. */
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  /** `older`: of another version of deskhand, so no run of this one starts from it. */
  readonly state: 'current' | 'older' | 'snapshot';
}

export interface Pruning {
  readonly removed: readonly StoredImage[];
  /** Older ones that a container still uses. */
  readonly inUse: readonly StoredImage[];
}

interface StoreOptions extends CallOptions {
  /** Where images of deskhand's own are looked for. Default: the desktop's repository and that of the one with a browser. */
  readonly repositories?: readonly string[];
}

const OWN = [imageRepository, browserRepository];

/** Desktop images and snapshots, newest first. @throws EngineError */
export async function listStoredImages(
  engine: Engine,
  { repositories = OWN, ...options }: StoreOptions = {},
): Promise<readonly StoredImage[]> {
  const images = new ImageClient(engine);
  const current = await currentHashes();
  const stateOf = ({ labels }: ImageListing): StoredImage['state'] =>
    current.includes(labels[contextLabel] ?? '') ? 'current' : 'older';
  const own = (await Promise.all(repositories.map((name) => images.list(name, options)))).flat();
  const snapshots = await images.list(snapshotRepository, options);
  const stored = [
    ...own.map((image) => toStored(image, stateOf(image))),
    ...snapshots.map((image) => toStored(image, 'snapshot')),
  ];
  return stored.toSorted((a, b) => b.createdAtMs - a.createdAtMs);
}

/**
 * Removes the images of other versions. Snapshots stay, as does what a container uses; a snapshot of an older desktop
 * works on, for the engine keeps the layers below it.
 * @param options `isTrial`: only says which
 * @throws EngineError
 */
export async function pruneImages(
  engine: Engine,
  options: StoreOptions & { readonly isTrial?: boolean } = {},
): Promise<Pruning> {
  const images = new ImageClient(engine);
  const older = (await listStoredImages(engine, options)).filter(({ state }) => state === 'older');
  if (options.isTrial === true) return { removed: older, inUse: [] };
  const removed: StoredImage[] = [];
  const inUse: StoredImage[] = [];
  // Newest first: an image goes before what it was built upon.
  for (const image of older) {
    ((await removeUnlessUsed(images, image, options)) ? removed : inUse).push(image);
  }
  return { removed, inUse };
}

async function removeUnlessUsed(
  images: ImageClient,
  { references }: StoredImage,
  options: CallOptions,
): Promise<boolean> {
  try {
    for (const reference of references) await images.remove(reference, options);
    return true;
  } catch (error) {
    if (refusalStatus(error) === 409) return false;
    throw error;
  }
}

async function currentHashes(): Promise<readonly string[]> {
  const { hash } = await readBuildContext();
  return [hash, (await readBuildContext(browserImageFolder, hash)).hash];
}

function toStored(listing: ImageListing, state: StoredImage['state']): StoredImage {
  const { references, sizeBytes, createdAtMs } = listing;
  return { references, sizeBytes, createdAtMs, state };
}
