import { chmod, cp, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  desktopImageFolder,
  readBuildContext,
} from '../../../../../src/sandbox/docker/image/build-context.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-context-'));
  await mkdir(join(folder, 'root/etc'), { recursive: true });
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\n');
  await writeFile(join(folder, 'root/etc/motd'), 'hello');
  await writeFile(join(folder, 'root/run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  await symlink('motd', join(folder, 'root/etc/issue'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function hashAfter(change: (copy: string) => Promise<void>): Promise<string> {
  const copy = `${folder}-copy`;
  await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
  try {
    await change(copy);
    return (await readBuildContext(copy)).hash;
  } finally {
    await rm(copy, { recursive: true });
  }
}

describe('readBuildContext', () => {
  it('packs the folder, without anything of the checkout', async () => {
    const archive = Readable.from([await (await readBuildContext(folder)).toArchive()]);
    const entries: object[] = [];
    for await (const entry of archive.pipe(extract())) {
      const { name, mode, uid, mtime, type, linkname } = entry.header;
      entries.push({ name, mode, uid, mtime, type, linkname, content: await text(entry) });
    }
    const common = { uid: 0, mtime: new Date(0), linkname: null, content: '' };
    const directory = { ...common, mode: 0o755, type: 'directory' };
    expect(entries).toEqual([
      { ...common, name: 'Dockerfile', mode: 0o644, type: 'file', content: 'FROM scratch\n' },
      { ...directory, name: 'root' },
      { ...directory, name: 'root/etc' },
      { ...common, name: 'root/etc/issue', mode: 0o777, type: 'symlink', linkname: 'motd' },
      { ...common, name: 'root/etc/motd', mode: 0o644, type: 'file', content: 'hello' },
      { ...common, name: 'root/run.sh', mode: 0o755, type: 'file', content: '#!/bin/sh\n' },
    ]);
  });

  it('has one hash for one content', async () => {
    const { hash } = await readBuildContext(folder);
    expect(hash).toMatch(/^[0-9a-f]{12}$/);
    const touched = await hashAfter(async (copy) => {
      await utimes(join(copy, 'Dockerfile'), 1, 1);
      await chmod(join(copy, 'Dockerfile'), 0o600);
    });
    expect(touched).toBe(hash);
  });

  it.each([
    ['a content', async (copy: string) => await writeFile(join(copy, 'Dockerfile'), 'FROM other\n')],
    ['a name', async (copy: string) => await cp(join(copy, 'Dockerfile'), join(copy, 'Dockerfile2'))],
    ['what may be run', async (copy: string) => await chmod(join(copy, 'Dockerfile'), 0o755)],
  ])('has another hash after %s has changed', async (_name, change) => {
    expect(await hashAfter(change)).not.toBe((await readBuildContext(folder)).hash);
  });

  it('leaves out what .dockerignore names', async () => {
    const { hash } = await readBuildContext(folder);
    const ignoring = await hashAfter(async (copy) => {
      await writeFile(join(copy, '.dockerignore'), '# not part of the image\nREADME.md\n/docs/\n');
      await writeFile(join(copy, 'README.md'), 'words');
      await mkdir(join(copy, 'docs'));
      await writeFile(join(copy, 'docs/more.md'), 'words');
    });
    expect(ignoring).toBe(hash);
  });

  it("finds the project's own image", async () => {
    expect((await readBuildContext()).folder).toBe(desktopImageFolder);
  });

  it('says which folder cannot be read', async () => {
    await expect(readBuildContext('/nowhere')).rejects.toMatchObject({
      code: 'image-build-failed',
      message: 'Cannot read what the image is built from: /nowhere',
    });
  });
});
