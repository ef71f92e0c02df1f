import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerInfo } from 'dockerode';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reap } from '../../../../src/sandbox/docker/reaper.ts';
import type { ReaperParts } from '../../../../src/sandbox/docker/reaper.ts';
import { toLabels } from '../../../../src/sandbox/labels.ts';
import { readFolderNote, writeFolderNote } from '../../../../src/sandbox/docker/vnc-folder.ts';
import type { SandboxLabels } from '../../../../src/sandbox/labels.ts';
import type { Owner } from '../../../../src/util/process-owner.ts';

const NOW = 1_000_000_000;
const MINUTE = 60_000;
const self = { pid: 10, start: 'boot/100', host: 'host-a' };
const living = { pid: 20, start: 'boot/200', host: 'host-a' };
const dead = { pid: 99, start: 'boot/900', host: 'host-a' };
const foreign = { pid: 20, start: 'boot/200', host: 'host-b' };
const processes = {
  host: 'host-a',
  ownPid: 10,
  startOf: (pid: number): string | undefined => ({ 10: 'boot/100', 20: 'boot/200' })[pid],
};

let runtimeFolder: string;

beforeEach(async () => {
  runtimeFolder = await mkdtemp(join(tmpdir(), 'deskhand-reaper-'));
});

afterEach(async () => {
  await rm(runtimeFolder, { recursive: true });
});

function container(id: string, labels: Partial<SandboxLabels>): ContainerInfo {
  const all = {
    runId: id,
    owner: undefined,
    createdAtMs: 1,
    expiresAtMs: NOW + MINUTE,
    vncFolder: undefined,
  };
  return {
    Id: id,
    Names: [`/${id}`],
    Image: 'desktop:1',
    ImageID: 'sha256:1',
    Command: '',
    Created: 0,
    Ports: [],
    Labels: toLabels({ ...all, ...labels }),
    State: 'running',
    Status: 'Up 1 second',
    HostConfig: { NetworkMode: 'none' },
    NetworkSettings: { Networks: {} },
    Mounts: [],
  };
}

function engineWith(containers: readonly ContainerInfo[]): { parts: ReaperParts; removed: string[] } {
  const removed: string[] = [];
  const client = {
    list: async () => await Promise.resolve(containers),
    remove: async (id: string) => {
      removed.push(id);
      await Promise.resolve();
    },
  };
  return {
    removed,
    parts: { containers: client, processes, runtimeFolder, engineId: 'engine-1', nowMs: () => NOW },
  };
}

async function folder(name: string, note: object): Promise<string> {
  const shared = join(runtimeFolder, name, 'vnc');
  await mkdir(shared, { recursive: true });
  await writeFile(join(runtimeFolder, name, 'owner.json'), JSON.stringify(note));
  return shared;
}

describe('reap', () => {
  it('removes what nobody holds, and nothing else', async () => {
    const expiresAtMs = NOW - 1;
    const { parts, removed } = engineWith([
      container('own', { owner: self }),
      container('own-expired', { owner: self, expiresAtMs }),
      container('living', { owner: living }),
      container('living-expired', { owner: living, expiresAtMs }),
      container('dead', { owner: dead }),
      container('foreign', { owner: foreign }),
      container('foreign-expired', { owner: foreign, expiresAtMs }),
      container('kept', {}),
      container('kept-expired', { expiresAtMs }),
      { ...container('stranger', {}), Labels: {} },
    ]);
    const reaped = await reap(parts);
    expect(removed).toEqual(['dead', 'foreign-expired', 'kept-expired']);
    expect(reaped.map(({ name, owner }) => [name, owner])).toEqual([
      ['dead', 'gone'],
      ['foreign-expired', 'other-host'],
      ['kept-expired', 'none'],
    ]);
  });

  it('leaves what somebody takes over after it was listed', async () => {
    const { parts, removed } = engineWith([container('deskhand-a', { owner: dead })]);
    await folder('a', { owner: dead, engine: 'engine-1', createdAtMs: NOW });
    let looks = 0;
    const taken = {
      ...processes,
      startOf: (pid: number) => (pid === dead.pid && looks++ > 0 ? dead.start : processes.startOf(pid)),
    };
    expect(await reap({ ...parts, processes: taken })).toEqual([]);
    expect(removed).toEqual([]);
  });

  it('removes the folder of a sandbox with it, but none that its label only claims', async () => {
    const vncFolder = await folder('dead', { owner: living, engine: 'engine-1', createdAtMs: NOW });
    const outside = await mkdtemp(join(tmpdir(), 'deskhand-outside-'));
    await mkdir(join(outside, 'vnc'));
    const { parts } = engineWith([
      container('dead', { owner: dead, vncFolder }),
      container('liar', { owner: dead, vncFolder: join(outside, 'vnc') }),
      container('climber', { owner: dead, vncFolder: `${runtimeFolder}/../${outside.split('/').pop()}/vnc` }),
    ]);
    await reap(parts);
    expect(await readdir(runtimeFolder)).toEqual([]);
    expect(await readdir(outside)).toEqual(['vnc']);
    await rm(outside, { recursive: true });
  });

  it('removes the folders that killed processes left behind', async () => {
    const note = { engine: 'engine-1', createdAtMs: NOW - 1 };
    const used = await folder('used', { ...note, owner: dead });
    await folder('dead', { ...note, owner: dead });
    await folder('starting', { ...note, owner: living });
    await folder('kept-starting', note);
    await folder('kept-left', { ...note, createdAtMs: NOW - 11 * MINUTE });
    await folder('other-engine', { ...note, owner: dead, engine: 'engine-2' });
    const { parts } = engineWith([container('a', { owner: living, vncFolder: used })]);
    await reap(parts);
    expect((await readdir(runtimeFolder)).sort()).toEqual([
      'kept-starting',
      'other-engine',
      'starting',
      'used',
    ]);
  });
});

describe('the grace of an orphan', () => {
  const graceMs = 10 * MINUTE;

  it('begins when it is first noticed, and ends', async () => {
    const orphan = container('deskhand-run-1', { owner: dead, expiresAtMs: NOW + 60 * MINUTE });
    const { parts, removed } = engineWith([orphan]);
    const at = async (nowMs: number) => await reap({ ...parts, nowMs: () => nowMs }, { graceMs });
    await at(NOW);
    await at(NOW + graceMs - 1);
    expect(removed).toEqual([]);
    expect(await readdir(runtimeFolder)).toEqual(['run-1']);
    await at(NOW + graceMs);
    expect(removed).toEqual(['deskhand-run-1']);
    expect(await readdir(runtimeFolder)).toEqual([]);
  });

  it('begins anew when whoever took it over is gone in its turn', async () => {
    const orphan = container('deskhand-run-1', { owner: dead, expiresAtMs: NOW + 60 * MINUTE });
    const { parts, removed } = engineWith([orphan]);
    const at = async (nowMs: number) => await reap({ ...parts, nowMs: () => nowMs }, { graceMs });
    const takeOver = async (owner: Owner) =>
      await writeFolderNote(runtimeFolder, 'run-1', { owner, engine: parts.engineId, createdAtMs: NOW });
    await at(NOW);
    await takeOver(living);
    await at(NOW + graceMs);
    expect((await readFolderNote(runtimeFolder, 'run-1')).owner).toEqual(living);
    await takeOver({ ...dead, pid: 98 });
    await at(NOW + graceMs);
    await at(NOW + 2 * graceMs - 1);
    expect(removed).toEqual([]);
    await at(NOW + 2 * graceMs);
    expect(removed).toEqual(['deskhand-run-1']);
  });

  it('leaves the note of who takes it over at the same moment', async () => {
    const orphans = Array.from({ length: 20 }, (_, index) =>
      container(`deskhand-run-${index}`, { owner: dead, expiresAtMs: NOW + 60 * MINUTE }),
    );
    const { parts } = engineWith(orphans);
    const taking = orphans.map(async ({ Id }) => {
      const note = { owner: living, engine: parts.engineId, createdAtMs: NOW };
      await writeFolderNote(runtimeFolder, Id.replace('deskhand-', ''), note);
    });
    await Promise.all([reap(parts, { graceMs }), ...taking, reap(parts, { graceMs })]);
    const notes = await Promise.all(
      orphans.map(async ({ Id }) => await readFolderNote(runtimeFolder, Id.replace('deskhand-', ''))),
    );
    expect(notes.map(({ owner }) => owner)).toEqual(orphans.map(() => living));
  });

  it('is not for a desktop of a pool, nor for one that has expired', async () => {
    const { parts, removed } = engineWith([
      container('deskhand-pool-1', { runId: 'pool', owner: dead }),
      container('deskhand-run-2', { owner: dead, expiresAtMs: NOW - 1 }),
    ]);
    await reap(parts, { graceMs });
    expect(removed.toSorted()).toEqual(['deskhand-pool-1', 'deskhand-run-2']);
  });
});
