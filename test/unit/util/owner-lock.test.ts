import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findLockOwner, takeOwnerLock } from '../../../src/util/owner-lock.ts';
import type { Owner, ProcessTable } from '../../../src/util/process-owner.ts';

const CONTENDER = fileURLToPath(import.meta.resolve('./lock-contender.ts'));

const starts: Record<number, string | undefined> = { 10: 'boot/1', 20: 'boot/2' };
const as = (ownPid: number): ProcessTable => ({ host: 'here', ownPid, startOf: (pid) => starts[pid] });
const LEFT = JSON.stringify({ pid: 99, start: 'boot/9', host: 'here' });

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-lock-'));
  path = join(folder, 'owner.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const take = async (pid: number): Promise<AsyncDisposable> =>
  await takeOwnerLock(path, { processes: as(pid), inUse: ({ pid }: Owner) => new Error(`held by ${pid}`) });

describe('an owner lock', () => {
  it('refuses a second process while the first lives, and says which it is', async () => {
    await using _ = await take(10);
    await expect(take(20)).rejects.toThrow('held by 10');
    expect(await findLockOwner(path, as(20))).toMatchObject({ owner: { pid: 10 }, state: 'alive' });
  });

  it('refuses the same process a second time', async () => {
    await using _ = await take(10);
    await expect(take(10)).rejects.toThrow('held by 10');
  });

  it('is free again when it was given back, and leaves nothing', async () => {
    await (await take(10))[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
    expect(await findLockOwner(path, as(20))).toEqual({ owner: undefined, state: 'none' });
    await using _ = await take(20);
  });

  it.each([
    ['a process that is gone', LEFT],
    ['an earlier process of the same pid', JSON.stringify({ pid: 10, start: 'boot/0', host: 'here' })],
    ['a process that was killed before it had written its name', ''],
    ['a process that was killed while it wrote its name', '{"pid":'],
  ])('is taken over from %s', async (_name, held) => {
    await writeFile(path, held);
    await using _ = await take(20);
    expect(await findLockOwner(path, as(10))).toMatchObject({ owner: { pid: 20 }, state: 'alive' });
    expect(await readdir(folder)).toEqual(['owner.json']);
  });

  it('is taken over where a process was killed while it took it over', async () => {
    await writeFile(path, LEFT);
    await writeFile(`${path}.next`, LEFT);
    await writeFile(`${path}.next.next`, '');
    await using _ = await take(20);
    expect(await readdir(folder)).toEqual(['owner.json']);
  });

  it('is left to who is taking it over', async () => {
    await writeFile(path, LEFT);
    await writeFile(`${path}.next`, JSON.stringify({ pid: 10, start: 'boot/1', host: 'here' }));
    await expect(take(20)).rejects.toThrow('held by 10');
    expect(await readFile(path, 'utf8')).toBe(LEFT);
  });

  it('waits for the name of a process that is just taking it', async () => {
    await writeFile(path, '');
    const taking = take(20);
    await writeFile(path, JSON.stringify({ pid: 10, start: 'boot/1', host: 'here' }));
    await expect(taking).rejects.toThrow('held by 10');
  });

  it('is not taken from a process on another host', async () => {
    await writeFile(path, JSON.stringify({ pid: 99, start: '', host: 'elsewhere' }));
    await expect(take(20)).rejects.toThrow('held by 99');
  });

  it('goes to one of many that find its owner gone', async () => {
    for (let round = 0; round < 100; round++) {
      await writeFile(path, LEFT);
      const results = await Promise.allSettled([10, 20, 10, 20, 10, 20].map(take));
      const taken = results.filter((result) => result.status === 'fulfilled');
      expect(taken).toHaveLength(1);
      await taken[0]?.value[Symbol.asyncDispose]();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('passes from one killed process to the next, and never to two', async () => {
    const journal = join(folder, 'journal');
    await writeFile(journal, '');
    const contend = async (): Promise<void> => {
      const child = spawn(process.execPath, [CONTENDER, path, journal], {
        stdio: ['ignore', 'ignore', 'inherit'],
        timeout: 15_000,
      });
      await once(child, 'exit');
    };
    await Promise.all(Array.from({ length: 8 }, contend));
    const holders = (await readFile(journal, 'utf8')).trimEnd().split('\n');
    expect(holders.map((line) => line.replace(/^\d+ /u, ''))).toEqual(Array(8).fill('alone'));
  });

  it('passes on the error of a folder that is not there', async () => {
    await rm(folder, { recursive: true });
    await expect(take(10)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('passes on the error of a lock that cannot be read', async () => {
    await mkdir(path);
    await expect(take(10)).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
