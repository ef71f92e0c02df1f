import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerDriver } from '../../../src/sandbox/docker/docker-driver.ts';
import { connectEngine } from '../../../src/sandbox/docker/engine.ts';
import { ensureImage } from '../../../src/sandbox/docker/image/desktop-image.ts';
import { WarmPool } from '../../../src/sandbox/pool/warm-pool.ts';
import type { SandboxSpec } from '../../../src/sandbox/sandbox-driver.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { SecondEngine } from '../../support/second-engine.ts';

const run = promisify(execFile);

let second: SecondEngine;
let runtimeFolder: string;
let image: string;

const kind: Omit<SandboxSpec, 'runId'> = {
  display: { width: 800, height: 600 },
  network: 'none',
  memoryBytes: 512 * 1024 ** 2,
  cpus: 1,
  pidsLimit: 256,
  expiresInMs: 600_000,
};

beforeAll(async () => {
  image = (await ensureImage(await connectEngine())).reference;
  runtimeFolder = await mkdtemp(join(tmpdir(), 'deskhand-restart-'));
  second = await SecondEngine.start(image);
});

afterAll(async () => {
  await second[Symbol.asyncDispose]();
  await rm(runtimeFolder, { recursive: true, force: true });
});

const openDriver = async () =>
  await createDockerDriver({ engine: await second.connect(), image, runtimeFolder });

describe('an engine that is stopped and started', () => {
  it('ends the desktops, which is told, and leaves nothing once it is back', async () => {
    await using driver = await openDriver();
    const sandbox = await driver.create({ ...kind, runId: 'restart' });
    const { died } = sandbox;
    await second.stop();
    expect(await died).toMatchObject({ outOfMemory: false });
    await expect(sandbox.exec(['true'])).rejects.toMatchObject({ code: 'engine-unreachable' });
    await expect(sandbox[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'engine-unreachable' });
    await second.start();
    await sandbox[Symbol.asyncDispose]();
    expect(await driver.list()).toEqual([]);
    expect(await readdir(runtimeFolder)).toEqual([]);
  });

  it('is survived by a pool, whose desktops are new ones', async () => {
    await using driver = await openDriver();
    {
      await using pool = new WarmPool({ driver, spec: kind, clock: systemClock, minimum: 1, maximum: 1 });
      await expect.poll(() => pool.readyCount, { timeout: 60_000 }).toBe(1);
      const [before] = await driver.list();
      await second.stop();
      await expect.poll(() => pool.readyCount, { timeout: 30_000 }).toBe(0);
      await second.start();
      await expect.poll(() => pool.readyCount, { timeout: 90_000 }).toBe(1);
      const leased = await pool.create({ ...kind, runId: 'restart' });
      expect(leased.id).not.toBe(before?.id);
      expect((await leased.exec(['true'])).exitCode).toBe(0);
      await leased[Symbol.asyncDispose]();
    }
    expect(await driver.list()).toEqual([]);
  });
});

describe('an engine whose disk is full', () => {
  it('refuses a snapshot with what to do, and its desktops go on', async () => {
    await using driver = await openDriver();
    const sandbox = await driver.create({ ...kind, runId: 'full' });
    const filler = join(second.disk, 'filler');
    await run('sh', ['-c', `cat /dev/zero >${filler} 2>/dev/null || true`]);
    await expect(driver.snapshot(sandbox.name, 'full')).rejects.toMatchObject({ code: 'disk-full' });
    await expect(driver.create({ ...kind, runId: 'another' })).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining('no space left'),
      hint: expect.stringContaining('docker system df'),
    });
    expect((await sandbox.exec(['true'])).exitCode).toBe(0);
    await rm(filler);
    await sandbox[Symbol.asyncDispose]();
    expect(await driver.list()).toEqual([]);
  });
});
