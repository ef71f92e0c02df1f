import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DockerDriver } from '../../../src/sandbox/docker/docker-driver.ts';
import { WarmPool } from '../../../src/sandbox/pool/warm-pool.ts';
import { POOL_RUN_ID, type Sandbox } from '../../../src/sandbox/sandbox-driver.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { Bench, nothing } from './desktop.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.open();
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

function openPool(driver: DockerDriver, minimum: number): WarmPool {
  const { runId: _runId, ...spec } = bench.spec;
  return new WarmPool({ driver, spec, minimum, maximum: minimum, clock: systemClock });
}

async function untilReady(pool: WarmPool, count: number): Promise<void> {
  await expect.poll(() => pool.readyCount, { timeout: 30_000 }).toBe(count);
}

async function greet(sandbox: Sandbox): Promise<string> {
  const stream = await sandbox.openVnc();
  const [data] = await once(stream, 'data');
  stream.destroy();
  return String(data);
}

describe('a pool on a real engine', () => {
  it('hands out live desktops, each once, and leaves nothing', async () => {
    await using driver = await bench.driver();
    {
      await using pool = openPool(driver, 2);
      await untilReady(pool, 2);
      const mine = (await driver.list()).filter(({ owner }) => owner === 'this-process');
      expect(mine.map(({ runId, state }) => [runId, state])).toEqual([
        [POOL_RUN_ID, 'paused'],
        [POOL_RUN_ID, 'paused'],
      ]);
      const [first, second] = await Promise.all([pool.create(bench.spec), pool.create(bench.spec)]);
      expect(first.id).not.toBe(second.id);
      expect(await greet(first)).toBe('RFB 003.008\n');
      expect((await first.exec(['true'])).exitCode).toBe(0);
      await untilReady(pool, 2);
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
    }
    expect((await driver.list()).filter(({ owner }) => owner === 'this-process')).toEqual([]);
    expect(await bench.leftovers()).toEqual(nothing);
  });

  it('replaces a desktop that was killed while it was paused', async () => {
    await using driver = await bench.driver();
    await using pool = openPool(driver, 1);
    await untilReady(pool, 1);
    const [killed] = (await driver.list()).filter(({ owner }) => owner === 'this-process');
    await bench.engine.call('killing', async (docker) => await docker.getContainer(killed?.id ?? '').kill());
    const leased = await pool.create(bench.spec);
    expect(leased.id).not.toBe(killed?.id);
    expect(await greet(leased)).toBe('RFB 003.008\n');
  });

  it('does not hand out a desktop that somebody used', async () => {
    await using driver = await bench.driver();
    await using pool = openPool(driver, 1);
    await untilReady(pool, 1);
    const [used] = (await driver.list()).filter(({ owner }) => owner === 'this-process');
    await bench.engine.call(
      'unpausing',
      async (docker) => await docker.getContainer(used?.id ?? '').unpause(),
    );
    expect((await pool.create(bench.spec)).id).not.toBe(used?.id);
  });
});

describe('pausing', () => {
  it('freezes a desktop and lets it go on, and twice is no error', async () => {
    await using driver = await bench.driver();
    const sandbox = await driver.create(bench.spec);
    await sandbox.unpause();
    await sandbox.pause();
    await sandbox.pause();
    expect(await sandbox.condition()).toMatchObject({ state: 'paused' });
    await expect(sandbox.exec(['true'])).rejects.toMatchObject({ code: 'exec-failed' });
    await sandbox.unpause();
    expect((await sandbox.exec(['true'])).exitCode).toBe(0);
    await sandbox[Symbol.asyncDispose]();
    expect(await sandbox.condition()).toMatchObject({ state: 'ended' });
    await expect(sandbox.pause()).rejects.toMatchObject({ code: 'sandbox-not-found' });
  });
});
