import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancelledError, EngineError, ImageError, toMessage } from '../../../errors.ts';
import { diskFull, isDiskFull } from '../engine-errors.ts';
import type { ImageProgress } from './build-output.ts';
import type { ImageClient } from './image-client.ts';

/** `auto`, `debootstrap`, or the reference of an image. */
export type BaseChoice = string;

export interface BaseOptions {
  /** The image's folder, with make-base.sh. */
  readonly folder: string;
  /** Where a base of our own making is put. Default deskhand/base. */
  readonly repository?: string;
  readonly onProgress: (progress: ImageProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

const UBUNTU = 'ubuntu:24.04';
const OWN_REPOSITORY = 'deskhand/base';
/** A registry that is there begins to answer within a second or two. */
const REGISTRY_PATIENCE_MS = 20_000;
const SHOWN_LINES = 15;

/**
 * Finds or makes the image that the desktop's is built upon. `auto`: what the engine has already, else Ubuntu from
 * a registry, else a base made from the packages of this machine's own mirror.
 * @returns a reference that the engine has
 * @throws ImageError base-image-failed | disk-full, EngineError, CancelledError
 */
export async function findBase(
  images: ImageClient,
  choice: BaseChoice,
  options: BaseOptions,
): Promise<string> {
  if (choice === 'debootstrap') return await makeBase(images, options);
  if (choice !== 'auto') return await useNamed(images, choice, options);
  const present = await findPresent(images, options);
  if (present !== undefined) return present;
  try {
    return await pull(images, UBUNTU, options);
  } catch (error) {
    if (!isRefused(error)) throw error;
    options.onProgress({ kind: 'stage', message: `no base from a registry: ${toMessage(error)}` });
    return await makeBase(images, options);
  }
}

/** Whether an image that was built upon `base` is what `choice` asks for. */
export function isBaseOf(choice: BaseChoice, base: string | undefined): boolean {
  if (choice === 'auto') return true;
  return choice === 'debootstrap' ? Boolean(base?.startsWith(`${OWN_REPOSITORY}:`)) : base === choice;
}

async function findPresent(
  images: ImageClient,
  { signal, repository = OWN_REPOSITORY }: BaseOptions,
): Promise<string | undefined> {
  if (await images.inspect(UBUNTU, { signal })) return UBUNTU;
  return (await images.list(repository, { signal }))[0]?.references[0];
}

async function useNamed(images: ImageClient, reference: string, options: BaseOptions): Promise<string> {
  if (await images.inspect(reference, { signal: options.signal })) return reference;
  try {
    return await pull(images, reference, options);
  } catch (cause) {
    if (!isRefused(cause)) throw cause;
    throw new ImageError('base-image-failed', `Cannot get the base image ${reference}: ${toMessage(cause)}`, {
      cause,
      details: { reference },
      hint: 'Use `--base debootstrap` to make a base from this machine’s own package mirror.',
    });
  }
}

async function pull(images: ImageClient, reference: string, options: BaseOptions): Promise<string> {
  const { signal, onProgress } = options;
  onProgress({ kind: 'stage', message: `pulling ${reference}` });
  await images.pull(reference, { signal, firstAnswerMs: REGISTRY_PATIENCE_MS, onMessage: () => {} });
  return reference;
}

/** The engine works, and cannot get the image. */
function isRefused(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'engine-fault';
}

async function makeBase(images: ImageClient, options: BaseOptions): Promise<string> {
  const { signal, onProgress, repository = OWN_REPOSITORY } = options;
  const script = join(options.folder, 'make-base.sh');
  const folder = await mkdtemp(join(tmpdir(), 'deskhand-base-'));
  try {
    const tag = await runScript([script, '--suite'], options);
    onProgress({
      kind: 'stage',
      message: `making the base ${repository}:${tag} from this machine's package mirror`,
    });
    const tar = join(folder, 'base.tar');
    await runScript([script, tar], options);
    onProgress({ kind: 'stage', message: `importing ${repository}:${tag}` });
    await images.importTar(tar, repository, tag, { signal });
    return `${repository}:${tag}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns what the script prints; its progress comes on stderr */
async function runScript(argv: readonly string[], options: BaseOptions): Promise<string> {
  // Loaded here, for a run with an image that is there needs none of it.
  const { execa } = await import('execa');
  const lines: string[] = [];
  const script = execa('sh', argv, {
    stdin: 'ignore',
    reject: false,
    forceKillAfterDelay: 10_000,
    ...(options.signal && { cancelSignal: options.signal }),
  });
  for await (const line of script.iterable({ from: 'stderr' })) {
    lines.push(line);
    options.onProgress({ kind: 'output', line });
  }
  const { exitCode, isCanceled, stdout } = await script;
  if (isCanceled) throw new CancelledError('cancelled', 'Cancelled.');
  if (exitCode === 0) return stdout.trim();
  throw scriptFailed(lines, exitCode);
}

function scriptFailed(lines: readonly string[], exitCode: number | undefined): ImageError {
  const output = lines.slice(-SHOWN_LINES).join('\n');
  const details = { exitCode, output };
  if (isDiskFull(output))
    return diskFull(`The disk is full: the base image could not be made. Last output:\n${output}`, {
      details,
    });
  return new ImageError(
    'base-image-failed',
    `The base image could not be made (exit code ${exitCode}). Last output:\n${output}`,
    {
      details,
      hint: 'Use `--base NAME` with an image of Ubuntu 24.04 or Debian 12 that the engine has.',
    },
  );
}
