import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { Engine } from '../../src/sandbox/docker/engine.ts';
import { ImageClient } from '../../src/sandbox/docker/image/image-client.ts';
import { readJsonLines } from '../../src/sandbox/docker/image/json-lines.ts';

const REPOSITORY = 'deskhand/test-tools';
const PACKAGES = ['xinput', 'x11-apps', 'imagemagick'] as const;

/** The desktop's image with the programs that only tests and benches need. */
const dockerfile = (base: string): string => `FROM ${base}
USER root
RUN apt-get update && apt-get install -y --no-install-recommends ${PACKAGES.join(' ')} && apt-get clean
USER 1000:1000
`;

/**
 * Builds the desktop image's derivative for tests, once for each base: the engine keeps it under the base's id.
 * @param base reference of the desktop's image
 * @returns reference of the image
 */
export async function ensureToolsImage(engine: Engine, base: string): Promise<string> {
  const images = new ImageClient(engine);
  const facts = await images.inspect(base);
  if (facts === undefined) throw new Error(`The engine has no image ${base}.`);
  const reference = `${REPOSITORY}:${facts.id.replace('sha256:', '').slice(0, 12)}`;
  if ((await images.inspect(reference)) === undefined) await build(engine, facts.id, reference);
  return reference;
}

async function build(engine: Engine, base: string, reference: string): Promise<void> {
  const archive = pack();
  archive.entry({ name: 'Dockerfile' }, dockerfile(base));
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
