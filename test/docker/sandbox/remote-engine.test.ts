import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/sandbox-driver.ts';
import { Bench, nothing } from './desktop.ts';
import { EngineProxy } from './engine-proxy.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.open();
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

async function firstWords(sandbox: Sandbox): Promise<string> {
  const stream = await sandbox.openVnc();
  const [data] = await once(stream, 'data');
  stream.destroy();
  return String(data);
}

describe('an engine over TCP', () => {
  it('carries the desktop, its commands and its files', async () => {
    using proxy = await EngineProxy.to(bench.engine);
    {
      await using driver = await bench.driver({ engine: await proxy.connect() });
      const sandbox = await driver.create(bench.spec);
      expect(sandbox.vncWay).toBe('exec');
      expect(await firstWords(sandbox)).toBe('RFB 003.008\n');
      await sandbox.writeFiles([{ path: '/home/user/a.txt', content: Buffer.from('a') }]);
      expect((await sandbox.exec(['cat', 'a.txt'], { stdin: '' })).stdout.toString()).toBe('a');
    }
    expect(await bench.leftovers()).toEqual(nothing);
  });
});

describe('an engine that ends', () => {
  it('fails what is under way, and does not hang', async () => {
    using proxy = await EngineProxy.to(bench.engine);
    const driver = await bench.driver({ engine: await proxy.connect(), vnc: 'socket' });
    const sandbox = await driver.create(bench.spec);
    const { died } = sandbox;
    const running = sandbox.exec(['sleep', '60']).catch((error: unknown) => error);
    await expect
      .poll(async () => (await sandbox.exec(['pgrep', '-x', 'sleep'])).exitCode, { timeout: 10_000 })
      .toBe(0);
    proxy.cut();
    const lost = { code: 'engine-unreachable', retryable: true };
    expect(await running).toMatchObject(lost);
    await expect(sandbox.exec(['true'])).rejects.toMatchObject(lost);
    await expect(driver.create(bench.spec)).rejects.toMatchObject(lost);
    await expect(driver.list()).rejects.toMatchObject(lost);
    expect(await died).toMatchObject({ exitCode: undefined, log: expect.stringContaining('did not answer') });
    await expect(driver[Symbol.asyncDispose]()).rejects.toMatchObject(lost);
    await using later = await bench.driver();
    await later.remove(sandbox.id);
    expect(await bench.leftovers()).toEqual(nothing);
  });
});

describe('an engine on this host that sees other folders', () => {
  let elsewhere: string;

  beforeAll(async () => {
    elsewhere = await mkdtemp(join(tmpdir(), 'away-'));
    await chmod(elsewhere, 0o777);
  });

  afterAll(async () => {
    await rm(elsewhere, { recursive: true });
  });

  /** Slashes make the path as long as it was. */
  const mounting =
    (path: string) =>
    (text: string): string =>
      text.replaceAll(/(?<="Source":")[^"]+(?=")/g, (source) => path.padEnd(source.length, '/'));

  it.each([
    ['none at its path', '/no/such/folder'],
    ['another at its path', ''],
  ])('carries the desktop itself when there is %s', async (_name, path) => {
    const rewrite = mounting(path || elsewhere);
    using proxy = await EngineProxy.to(bench.engine, {
      rewrite,
      path: join(elsewhere, `${randomUUID()}.sock`),
    });
    {
      await using driver = await bench.driver({ engine: await proxy.connect() });
      const sandbox = await driver.create(bench.spec);
      expect(sandbox.vncWay).toBe('exec');
      expect(await firstWords(sandbox)).toBe('RFB 003.008\n');
    }
    expect(await bench.leftovers()).toEqual(nothing);
  });

  it('says so when the socket was asked for', async () => {
    const rewrite = mounting('/no/such/folder');
    using proxy = await EngineProxy.to(bench.engine, {
      rewrite,
      path: join(elsewhere, `${randomUUID()}.sock`),
    });
    await using driver = await bench.driver({ engine: await proxy.connect(), vnc: 'socket' });
    await expect(driver.create(bench.spec)).rejects.toMatchObject({
      code: 'engine-fault',
      message: expect.stringContaining('bind source path does not exist'),
    });
    expect(await bench.leftovers()).toEqual(nothing);
  });
});
