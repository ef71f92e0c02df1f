import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { InputError, SandboxError } from '../../../errors.ts';
import type { Engine } from '../engine.ts';
import { ExecClient } from '../exec-client.ts';
import { BuildOutput } from './build-output.ts';
import { ImageClient } from './image-client.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** The files of a desktop, kept as an image from which other desktops start. */
export interface Snapshot {
  readonly reference: string;
  readonly sizeBytes: number;
}

export interface SnapshotSource {
  /** Id of the running container. */
  readonly container: string;
  /** Reference of its image. */
  readonly image: string;
}

export const snapshotRepository = 'deskhand/snapshot';
const NAME = /^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/;
const FOLDER = '/usr/share/deskhand/snapshots';
const READ_TIMEOUT_MS = 300_000;
/** More than a home folder can hold. */
const LIMIT_BYTES = 1024 ** 3;

/**
 * Keeps the home folder of a running desktop as the image deskhand/snapshot:NAME.
 * @throws InputError when the name is bad or taken, SandboxError copy-failed, ImageError, EngineError
 */
export async function takeSnapshot(
  engine: Engine,
  { container, image }: SnapshotSource,
  name: string,
  options: Cancellable = {},
): Promise<Snapshot> {
  const reference = referenceOf(name);
  const images = new ImageClient(engine);
  if ((await images.inspect(reference, options)) !== undefined) throw taken(name, reference);
  const home = await readHome(new ExecClient(engine, container), options);
  const output = new BuildOutput(() => {});
  const settings = { t: reference, rm: true, forcerm: true, labels: { 'deskhand.snapshot': name } };
  const onMessage = (message: unknown): void => output.take(message);
  await images.build(await packContext(image, home), settings, { ...options, onMessage });
  const found = await images.inspect(reference, options);
  return { reference, sizeBytes: found?.sizeBytes ?? 0 };
}

/** @returns the image's reference. @throws InputError not-found */
export async function findSnapshot(engine: Engine, name: string, options: Cancellable = {}): Promise<string> {
  const reference = referenceOf(name);
  const images = new ImageClient(engine);
  if ((await images.inspect(reference, options)) !== undefined) return reference;
  const known = (await images.list(snapshotRepository, options)).flatMap(({ references }) =>
    references.map((tag) => tag.slice(snapshotRepository.length + 1)),
  );
  throw new InputError('not-found', `There is no snapshot "${name}".`, {
    hint:
      known.length === 0
        ? 'Take one with `deskhand sandbox snapshot DESKTOP NAME`.'
        : `There is ${known.join(', ')}.`,
    details: { known },
  });
}

function referenceOf(name: string): string {
  if (NAME.test(name)) return `${snapshotRepository}:${name}`;
  throw new InputError('invalid-option', `"${name}" is no name for a snapshot.`, {
    hint: 'Use letters, digits, dots, dashes and underscores, 128 at most.',
  });
}

function taken(name: string, reference: string): InputError {
  return new InputError('invalid-option', `There is a snapshot "${name}" already.`, {
    hint: `Choose another name, or remove it with \`docker image rm ${reference}\`.`,
  });
}

/** Exit code 1 of tar: a file changed while it was read, which a desktop in use may do. */
async function readHome(exec: ExecClient, options: Cancellable): Promise<Buffer> {
  const argv = ['tar', '-C', '/home/user', '-czf', '-', '.'];
  const { exitCode, stdout, stderr } = await exec.run(argv, {
    ...options,
    timeoutMs: READ_TIMEOUT_MS,
    outputLimitBytes: LIMIT_BYTES,
  });
  if (exitCode <= 1) return stdout;
  throw new SandboxError('copy-failed', `The home folder could not be read: ${stderr.toString().trim()}`, {
    details: { exitCode },
  });
}

/** A folder of its own for each: a snapshot of a desktop that came from a snapshot holds none of the earlier one's files. */
async function packContext(image: string, home: Buffer): Promise<Buffer> {
  const folder = `${FOLDER}/${randomBytes(8).toString('hex')}`;
  const archive = pack();
  archive.entry({ name: 'Dockerfile' }, dockerfile(image, folder));
  archive.entry({ name: 'home.tar.gz' }, home);
  archive.finalize();
  return await buffer(archive);
}

/** ADD unpacks the archive with the modes, owners and times in it. */
const dockerfile = (image: string, folder: string): string => `FROM ${image}
ADD home.tar.gz ${folder}/
CMD ["/bin/sh", "-c", "cp -a ${folder}/. \\"$HOME/\\" && exec /usr/local/bin/deskhand-desktop"]
`;
