import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { extractArchive } from '../../../../src/sandbox/copy/extract-archive.ts';

let root: string;
/** What is copied into; beside it lies what must not be touched. */
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'deskhand-copy-'));
  folder = join(root, 'target');
  await mkdir(folder);
  await writeFile(join(root, 'precious'), 'untouched');
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

type Entry = Partial<Header> & { readonly name: string; readonly content?: string };

async function archiveOf(...entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  const packed = buffer(archive);
  for (const { content, ...header } of entries) archive.entry(header, content ?? '');
  archive.finalize();
  return await packed;
}

/** Everything below the root, but for the target itself. No link is followed: one of them leads back up. */
async function outside(): Promise<readonly string[]> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  const names = found.map(({ parentPath, name }) => relative(root, join(parentPath, name)));
  return names.filter((name) => name !== 'target' && !name.startsWith('target/')).toSorted();
}

describe('extractArchive', () => {
  it('brings files and folders out, with their contents and no more rights than a file needs', async () => {
    const archive = await archiveOf(
      { name: 'a/', type: 'directory', mode: 0o700 },
      { name: 'a/run.sh', content: 'echo', mode: 0o6777 },
      { name: './a/größe.txt', content: 'ä' },
    );
    expect(await extractArchive(archive, folder)).toEqual({ files: 2, bytes: 6, skipped: [] });
    expect(await readFile(join(folder, 'a/größe.txt'), 'utf8')).toBe('ä');
    expect((await stat(join(folder, 'a/run.sh'))).mode & 0o7777 & ~0o22).toBe(0o755);
    expect((await stat(join(folder, 'a/run.sh'))).mode & 0o7022).toBe(0);
  });

  it('replaces a file that is there', async () => {
    await writeFile(join(folder, 'a'), 'a longer text');
    await extractArchive(await archiveOf({ name: 'a', content: 'new' }), folder);
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('new');
  });

  it.each([
    '../precious',
    'a/../../precious',
    '/etc/deskhand-test',
    '..',
    'a/..',
    '..\\precious',
    './../precious',
  ])('unpacks nothing that leads to %s', async (name) => {
    await expect(
      extractArchive(await archiveOf({ name, content: 'x', type: 'file' }), folder),
    ).rejects.toMatchObject({
      code: 'copy-failed',
      message: expect.stringContaining('leads out of it'),
    });
    expect(await outside()).toEqual(['precious']);
    expect(await readFile(join(root, 'precious'), 'utf8')).toBe('untouched');
  });

  it('leaves links, devices and pipes out', async () => {
    const archive = await archiveOf(
      { name: 'link', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'hard', type: 'link', linkname: '../precious' },
      { name: 'disk', type: 'block-device', devmajor: 8, devminor: 0 },
      { name: 'memory', type: 'character-device', devmajor: 1, devminor: 1 },
      { name: 'pipe', type: 'fifo' },
      { name: 'kept', content: 'x' },
    );
    expect(await extractArchive(archive, folder)).toEqual({
      files: 1,
      bytes: 1,
      skipped: [
        'link: it is a symlink',
        'hard: it is a link',
        'disk: it is a block-device',
        'memory: it is a character-device',
        'pipe: it is a fifo',
      ],
    });
    expect(await readdir(folder)).toEqual(['kept']);
  });

  it('writes through no link, be it its own or one that was there', async () => {
    const own = await archiveOf(
      { name: 'out', type: 'symlink', linkname: '..' },
      { name: 'out/precious', content: 'changed' },
    );
    await extractArchive(own, folder);
    await symlink('..', join(folder, 'up'));
    await symlink('../precious', join(folder, 'file'));
    for (const name of ['up/precious', 'up/new', 'file']) {
      await expect(
        extractArchive(await archiveOf({ name, content: 'changed' }), folder),
      ).rejects.toMatchObject({
        code: 'copy-failed',
      });
    }
    expect(await readFile(join(root, 'precious'), 'utf8')).toBe('untouched');
    expect(await outside()).toEqual(['precious']);
  });

  it('leaves out names that a terminal would obey', async () => {
    const names = ['\u001b]0;owned\u0007', 'a\nb', 'x\u202etxt.exe', '\u009b31m'];
    const archive = await archiveOf(...names.map((name) => ({ name, content: 'x' })));
    const { files, skipped } = await extractArchive(archive, folder);
    expect([files, skipped.length]).toEqual([0, names.length]);
  });

  it('says that nonsense is no archive', async () => {
    await expect(extractArchive(Buffer.alloc(2048, 'x'), folder)).rejects.toMatchObject({
      code: 'copy-failed',
    });
    await expect(extractArchive(Buffer.from('short'), folder)).rejects.toMatchObject({ code: 'copy-failed' });
  });

  it('writes nothing outside, whatever the names', async () => {
    const part = fc.constantFrom('..', '.', '', 'a', 'b', '/', 'target', '\\', 'up');
    const path = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    const type = fc.constantFrom('file', 'directory', 'symlink', 'link', 'fifo');
    await symlink('..', join(folder, 'up'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ name: path, type, linkname: path }), { maxLength: 5 }),
        async (entries) => {
          const archive = await archiveOf(...entries.filter(({ name }) => name !== ''));
          await extractArchive(archive, folder).catch(() => {});
          expect(await outside()).toEqual(['precious']);
          expect(await readFile(join(root, 'precious'), 'utf8')).toBe('untouched');
        },
      ),
    );
  });
});
