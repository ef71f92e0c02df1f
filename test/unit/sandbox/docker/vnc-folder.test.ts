import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createVncFolder,
  defaultRuntimeFolder,
  limitVncFolder,
  readFolderNote,
  removeVncFolder,
} from '../../../../src/sandbox/docker/vnc-folder.ts';

const note = { owner: { pid: 7, start: 'boot/7', host: 'h' }, engine: 'engine-1', createdAtMs: 5 };
const users = { hasUserNamespaces: false };
let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'deskhand-run-'));
});

afterEach(async () => {
  await rm(parent, { recursive: true });
});

describe('defaultRuntimeFolder', () => {
  it.each([
    [0, {}, '/run/deskhand'],
    [1001, { XDG_RUNTIME_DIR: '/run/user/1001' }, '/run/user/1001/deskhand'],
    [1001, {}, join(tmpdir(), 'deskhand-1001')],
  ])('of user %i with %j is %s', (uid, env, expected) => {
    expect(defaultRuntimeFolder(env, uid)).toBe(expected);
  });
});

describe('createVncFolder', () => {
  it('makes a folder that only its sandbox and this user reach, and removes all of it', async () => {
    const root = join(parent, 'deskhand');
    const folder = await createVncFolder(root, 'a', note, users);
    await limitVncFolder(folder, users);
    expect(folder.path).toBe(join(root, 'a', 'vnc'));
    expect((await stat(root)).mode & 0o777).toBe(0o700);
    expect(await readFolderNote(root, 'a')).toEqual(note);
    await mkdir(join(folder.path, 'left', 'behind'), { recursive: true });
    await removeVncFolder(folder.path);
    await removeVncFolder(folder.path);
    expect(await readdir(root)).toEqual([]);
  });

  it('closes a root that others could enter', async () => {
    await chmod(parent, 0o777);
    await createVncFolder(parent, 'a', note, users);
    expect((await stat(parent)).mode & 0o777).toBe(0o700);
  });

  it('is open to whatever user the sandbox has on this host when users are mapped', async () => {
    const folder = await createVncFolder(parent, 'a', note, { hasUserNamespaces: true });
    expect(folder.socketMode).toBe('0666');
    expect((await stat(folder.path)).mode & 0o777).toBe(0o777);
  });

  it('refuses a root that somebody planted as a link', async () => {
    const root = join(parent, 'link');
    await symlink(tmpdir(), root);
    await expect(createVncFolder(root, 'a', note, users)).rejects.toThrow(
      "is not a folder of this user's own",
    );
  });
});

describe('readFolderNote', () => {
  it('knows only the age of a folder without a note', async () => {
    await mkdir(join(parent, 'a'));
    await writeFile(join(parent, 'a', 'owner.json'), '{');
    const { mtimeMs } = await stat(join(parent, 'a'));
    expect(await readFolderNote(parent, 'a')).toEqual({
      owner: undefined,
      engine: undefined,
      createdAtMs: mtimeMs,
    });
  });
});
