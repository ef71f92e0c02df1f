import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findBase } from '../../../src/sandbox/docker/image/base-image.ts';
import type { ImageProgress } from '../../../src/sandbox/docker/image/build-output.ts';
import { buildImage, ensureImage, inspectImage } from '../../../src/sandbox/docker/image/desktop-image.ts';
import { ImageClient } from '../../../src/sandbox/docker/image/image-client.ts';
import {
  listStoredImages,
  pruneImages,
  type StoredImage,
} from '../../../src/sandbox/docker/image/stored-images.ts';
import { Bench } from './desktop.ts';

const repository = 'deskhand-test/image';
const baseRepository = 'deskhand-test/base';

let bench: Bench;
let images: ImageClient;
let folder: string;
let progress: ImageProgress[];

const onProgress = (event: ImageProgress): void => {
  progress.push(event);
};

beforeAll(async () => {
  bench = await Bench.open();
  images = new ImageClient(bench.engine);
  folder = await mkdtemp(join(tmpdir(), 'deskhand-image-'));
});

beforeEach(() => {
  progress = [];
});

afterAll(async () => {
  const left = [...(await images.list(repository)), ...(await images.list(baseRepository))];
  for (const tag of left.flatMap(({ references }) => references)) {
    await bench.engine.call('removing', async (docker) => await docker.getImage(tag).remove({ force: true }));
  }
  await rm(folder, { recursive: true });
  await bench[Symbol.asyncDispose]();
});

async function containersOfBuilds(): Promise<readonly string[]> {
  const found = await bench.engine.call(
    'listing',
    async (docker) => await docker.listContainers({ all: true }),
  );
  return found.filter(({ Command }) => Command.includes('deskhand-build-test')).map(({ Id }) => Id);
}

const dockerfile = async (...lines: readonly string[]): Promise<void> =>
  await writeFile(
    join(folder, 'Dockerfile'),
    ['ARG BASE_IMAGE', 'FROM ${BASE_IMAGE}', ...lines, ''].join('\n'),
  );

describe('the desktop image', () => {
  it('is there, is small, and is not built again', async () => {
    const image = await ensureImage(bench.engine, { onProgress });
    expect(progress).toEqual([]);
    expect(image).toMatchObject({ reference: bench.image, isNew: false, isCurrent: true });
    expect(image.sizeBytes).toBeLessThan(1_000_000_000);
    const { isNew: _, ...facts } = image;
    expect(await inspectImage(bench.engine)).toEqual(facts);
  });
});

describe('buildImage', () => {
  it('tells its steps, and knows an image that is out of date', async () => {
    await dockerfile('RUN echo deskhand-build-test');
    const options = { folder, repository, base: bench.image, onProgress };
    const first = await ensureImage(bench.engine, options);
    expect(first).toMatchObject({ isNew: true, isCurrent: true, base: bench.image });
    expect(progress).toContainEqual({
      kind: 'step',
      step: 3,
      steps: 5,
      command: 'RUN echo deskhand-build-test',
    });
    expect(progress).toContainEqual({ kind: 'output', line: 'deskhand-build-test' });
    expect((await ensureImage(bench.engine, options)).isNew).toBe(false);

    await dockerfile('RUN echo deskhand-build-test again');
    expect(await inspectImage(bench.engine, options)).toMatchObject({
      reference: `${repository}:latest`,
      id: first.id,
      isCurrent: false,
    });
    expect(await ensureImage(bench.engine, options)).toMatchObject({ isNew: true, isCurrent: true });
  });

  it('shows the step that failed and what it printed', async () => {
    await dockerfile('RUN echo deskhand-build-test; echo "E: no such package" >&2; exit 100');
    await expect(buildImage(bench.engine, { folder, repository, base: bench.image })).rejects.toMatchObject({
      code: 'image-build-failed',
      message: expect.stringContaining('failed at step 3 of 5, RUN echo deskhand-build-test;'),
      details: { step: 3, exitCode: 100, output: expect.stringContaining('E: no such package') },
    });
    expect(await containersOfBuilds()).toEqual([]);
  });

  it('recognises a full disk', async () => {
    await dockerfile('RUN cat /etc/passwd > /dev/full');
    await expect(buildImage(bench.engine, { folder, repository, base: bench.image })).rejects.toMatchObject({
      code: 'disk-full',
    });
  });

  it('says where a Dockerfile cannot be read', async () => {
    await dockerfile('RUNN x');
    await expect(buildImage(bench.engine, { folder, repository, base: bench.image })).rejects.toMatchObject({
      code: 'image-build-failed',
      message: expect.stringContaining('unknown instruction: RUNN'),
    });
  });

  it('stops when it is told to, and leaves nothing running', async () => {
    await dockerfile('RUN echo deskhand-build-test; sleep 300');
    const stopper = new AbortController();
    const building = buildImage(bench.engine, {
      folder,
      repository,
      base: bench.image,
      signal: stopper.signal,
      onProgress: (event) => event.kind === 'output' && stopper.abort(),
    });
    await expect(building).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(containersOfBuilds, { timeout: 20_000 }).toEqual([]);
  });
});

describe('pruneImages', () => {
  it('removes what is of another version, and neither what is current nor what a container uses', async () => {
    const options = { folder, repository, base: bench.image };
    await dockerfile('RUN echo deskhand-build-test 1');
    const used = await buildImage(bench.engine, options);
    await dockerfile('RUN echo deskhand-build-test 2');
    const unused = await buildImage(bench.engine, options);
    await images.tag(bench.image, repository, 'now');
    const container = await bench.engine.call(
      'creating',
      async (docker) => await docker.createContainer({ Image: used.id }),
    );
    const names = (stored: readonly StoredImage[]): readonly string[] =>
      stored.flatMap(({ references }) => references);
    try {
      const trial = await pruneImages(bench.engine, { repositories: [repository], isTrial: true });
      expect(names(trial.removed)).toEqual(
        expect.arrayContaining([used.reference, unused.reference, `${repository}:latest`]),
      );
      const pruning = await pruneImages(bench.engine, { repositories: [repository] });
      expect(names(pruning.inUse)).toEqual([used.reference]);
      expect(names(pruning.removed)).toEqual(
        expect.arrayContaining([unused.reference, `${repository}:latest`]),
      );
      expect(await images.inspect(unused.id)).toBeUndefined();
    } finally {
      await container.remove();
    }
    await pruneImages(bench.engine, { repositories: [repository] });
    expect(names(await listStoredImages(bench.engine, { repositories: [repository] }))).toEqual([
      `${repository}:now`,
    ]);
  });
});

describe('findBase', () => {
  it('takes an image that the engine has', async () => {
    expect(await findBase(images, bench.image, { folder, onProgress })).toBe(bench.image);
    expect(progress).toEqual([]);
  });

  it('says which base it cannot get, and another way', async () => {
    const reference = '127.0.0.1:9/deskhand-test/nothing:1';
    await expect(findBase(images, reference, { folder, onProgress })).rejects.toMatchObject({
      code: 'base-image-failed',
      message: expect.stringContaining(`Cannot get the base image ${reference}: `),
      hint: expect.stringContaining('--base debootstrap'),
    });
    expect(progress).toEqual([{ kind: 'stage', message: `pulling ${reference}` }]);
  });

  it('does not wait for a registry that says nothing', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const address = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const options = { firstAnswerMs: 300, onMessage: () => {} };
    await expect(images.pull(`127.0.0.1:${port}/deskhand-test/nothing:1`, options)).rejects.toMatchObject({
      code: 'engine-fault',
      message: 'No image registry answered within 300 ms.',
    });
    silent.close();
  });

  it('makes a base from a tar', async () => {
    const script =
      '[ "$1" = --suite ] && echo trixie && exit; echo making it >&2; tar -C "$(dirname "$0")" -cf "$1" Dockerfile';
    await writeFile(join(folder, 'make-base.sh'), script);
    const made = await findBase(images, 'debootstrap', { folder, onProgress, repository: baseRepository });
    expect(made).toBe('deskhand-test/base:trixie');
    expect((await images.inspect(made))?.tags).toEqual([made]);
    expect(progress).toEqual([
      { kind: 'stage', message: `making the base ${made} from this machine's package mirror` },
      { kind: 'output', line: 'making it' },
      { kind: 'stage', message: `importing ${made}` },
    ]);
  });

  it('shows what the making of a base printed when it fails', async () => {
    await writeFile(join(folder, 'make-base.sh'), 'echo "deskhand: error: no mmdebstrap" >&2; exit 69');
    const making = findBase(images, 'debootstrap', { folder, onProgress, repository: baseRepository });
    await expect(making).rejects.toMatchObject({
      code: 'base-image-failed',
      details: { exitCode: 69, output: 'deskhand: error: no mmdebstrap' },
    });
  });

  it('stops the making of a base when it is told to', async () => {
    await writeFile(join(folder, 'make-base.sh'), 'echo begun >&2; exec sleep 300');
    const stopper = new AbortController();
    const making = findBase(images, 'debootstrap', {
      folder,
      onProgress: () => stopper.abort(),
      signal: stopper.signal,
      repository: baseRepository,
    });
    await expect(making).rejects.toMatchObject({ code: 'cancelled' });
  });
});
