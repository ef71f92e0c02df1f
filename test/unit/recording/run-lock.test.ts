import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toRunFolder } from '../../../src/recording/run-folder.ts';
import { findRunOwner, lockRun } from '../../../src/recording/run-lock.ts';
import type { ProcessTable } from '../../../src/util/process-owner.ts';

const starts: Record<number, string | undefined> = { 10: 'boot/1', 20: 'boot/2' };
const as = (ownPid: number): ProcessTable => ({ host: 'here', ownPid, startOf: (pid) => starts[pid] });

let path: string;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'deskhand-lock-'));
});

afterEach(async () => {
  await rm(path, { recursive: true, force: true });
});

describe('the lock of a run folder', () => {
  it('refuses a second process while the first lives, and says which it is', async () => {
    const folder = toRunFolder(path);
    await using _ = await lockRun(folder, as(10));
    await expect(lockRun(folder, as(20))).rejects.toMatchObject({
      code: 'run-in-use',
      message: `Process 10 works on the run ${folder.runId}.`,
      details: { pid: 10, host: 'here' },
    });
    expect(await findRunOwner(folder, as(20))).toMatchObject({ state: 'alive' });
  });

  it('refuses the same process a second time', async () => {
    const folder = toRunFolder(path);
    await using _ = await lockRun(folder, as(10));
    await expect(lockRun(folder, as(10))).rejects.toMatchObject({ code: 'run-in-use' });
  });

  it('is free again when it was given back, and leaves nothing', async () => {
    const folder = toRunFolder(path);
    await (await lockRun(folder, as(10)))[Symbol.asyncDispose]();
    expect(await readdir(path)).toEqual([]);
    expect(await findRunOwner(folder, as(20))).toEqual({ owner: undefined, state: 'none' });
    await using _ = await lockRun(folder, as(20));
  });

  it.each([
    ['a process that is gone', JSON.stringify({ pid: 99, start: 'boot/9', host: 'here' })],
    ['an earlier process of the same pid', JSON.stringify({ pid: 10, start: 'boot/0', host: 'here' })],
    ['a process that was killed while it took it', '{"pid":'],
  ])('is taken over from %s', async (_name, held) => {
    const folder = toRunFolder(path);
    await writeFile(join(path, 'owner.json'), held);
    await using _ = await lockRun(folder, as(20));
    expect(await findRunOwner(folder, as(10))).toMatchObject({ owner: { pid: 20 }, state: 'alive' });
    expect(await readdir(path)).toEqual(['owner.json']);
  });

  it('is not taken from a process on another host', async () => {
    const folder = toRunFolder(path);
    const held = { pid: 99, start: '', host: 'elsewhere' };
    await writeFile(join(path, 'owner.json'), JSON.stringify(held));
    await expect(lockRun(folder, as(20))).rejects.toMatchObject({ code: 'run-in-use' });
  });

  it('is given to one of many that want it', async () => {
    const folder = toRunFolder(path);
    await writeFile(join(path, 'owner.json'), JSON.stringify({ pid: 99, start: 'boot/9', host: 'here' }));
    const results = await Promise.allSettled(
      [10, 20, 10, 20].map(async (pid) => await lockRun(folder, as(pid))),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('says so when the folder is not there', async () => {
    await rm(path, { recursive: true });
    await expect(lockRun(toRunFolder(path), as(10))).rejects.toMatchObject({ code: 'write-failed' });
  });
});
