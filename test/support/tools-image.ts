import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { Engine } from '../../src/sandbox/docker/engine.ts';
import { ImageClient } from '../../src/sandbox/docker/image/image-client.ts';
import { readJsonLines } from '../../src/sandbox/docker/image/json-lines.ts';

/** A derivative of an image: that and more packages. */
interface Derivative {
  readonly repository: string;
  readonly packages: readonly string[];
}

/** The programs that only tests and benches need. */
const TOOLS: Derivative = {
  repository: 'deskhand/test-tools',
  packages: ['xinput', 'x11-apps', 'x11-xserver-utils', 'imagemagick', 'mtpaint'],
};
/** VNC servers that others made. TigerVNC is in the desktop's own image. */
const SERVERS: Derivative = {
  repository: 'deskhand/test-servers',
  packages: ['x11vnc', 'xvfb', 'qemu-system-x86'],
};

const dockerfile = (base: string, { packages }: Derivative): string => `FROM ${base}
USER root
RUN apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')} && apt-get clean
USER 1000:1000
`;

/**
 * Builds the desktop image's derivative for tests, once for each base and content.
 * @param base reference of the desktop's image
 * @returns reference of the image
 */
export async function ensureToolsImage(engine: Engine, base: string): Promise<string> {
  return await ensureDerivative(engine, base, TOOLS);
}

/** The same with VNC servers of others in it. */
export async function ensureServersImage(engine: Engine, base: string): Promise<string> {
  return await ensureDerivative(engine, await ensureToolsImage(engine, base), SERVERS);
}

async function ensureDerivative(engine: Engine, base: string, derivative: Derivative): Promise<string> {
  const images = new ImageClient(engine);
  const facts = await images.inspect(base);
  if (facts === undefined) throw new Error(`The engine has no image ${base}.`);
  const recipe = dockerfile(facts.id, derivative);
  const reference = `${derivative.repository}:${createHash('sha256').update(recipe).digest('hex').slice(0, 12)}`;
  if ((await images.inspect(reference)) === undefined) await build(engine, recipe, reference);
  return reference;
}

async function build(engine: Engine, recipe: string, reference: string): Promise<void> {
  const archive = pack();
  archive.entry({ name: 'Dockerfile' }, recipe);
  archive.finalize();
  const context = await buffer(archive);
  // A package proxy that listens on this host's loopback is out of a build's reach otherwise.
  const settings = { t: reference, rm: true, forcerm: true, networkmode: 'host' };
  await engine.call(
    'building the image for tests',
    async (docker, abortSignal) => {
      const answer = await docker.buildImage(Readable.from([context]), { ...settings, abortSignal });
      for await (const message of readJsonLines(answer)) throwIfFailed(message);
    },
    { timeoutMs: 300_000 },
  );
}

function throwIfFailed(message: unknown): void {
  const isFailure = typeof message === 'object' && message !== null && 'error' in message;
  if (isFailure) throw new Error(`The image for tests cannot be built: ${String(message.error)}`);
}
