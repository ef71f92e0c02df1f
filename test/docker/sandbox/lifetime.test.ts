import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DockerSandbox } from '../../../src/sandbox/docker/docker-sandbox.ts';
import { toLabels } from '../../../src/sandbox/labels.ts';
import type { SandboxLabels } from '../../../src/sandbox/labels.ts';
import { systemProcesses } from '../../../src/util/process-owner.ts';
import type { StartPhase } from '../../../src/sandbox/sandbox-driver.ts';
import { Bench, nothing } from './desktop.ts';

let bench: Bench;
const dyingImage = 'deskhand-test/dying:latest';

/** The desktop's image with another command. */
async function buildDying(command: string): Promise<void> {
  const archive = pack();
  archive.entry({ name: 'Dockerfile' }, `FROM ${bench.image}\nCMD ["sh", "-c", "${command}"]\n`);
  archive.finalize();
  await bench.engine.call('building', async (docker) => {
    await text(
      Readable.from(await docker.buildImage(Readable.from(archive), { t: dyingImage, forcerm: true })),
    );
  });
}

async function removeDying(): Promise<void> {
  await bench.engine
    .call('removing', async (docker) => await docker.getImage(dyingImage).remove({ force: true }))
    .catch(() => {});
}

async function kill(sandbox: DockerSandbox): Promise<void> {
  await bench.engine.call('killing', async (docker) => await docker.getContainer(sandbox.id).kill());
}

beforeAll(async () => {
  bench = await Bench.open();
});

afterAll(async () => {
  await removeDying();
  await bench[Symbol.asyncDispose]();
});

describe('a sandbox that ends', () => {
  it('by itself tells how, with its last output', async () => {
    await using driver = await bench.driver();
    const sandbox = await driver.create(bench.spec);
    const { died } = sandbox;
    await kill(sandbox);
    expect(await died).toEqual({
      exitCode: 137,
      outOfMemory: false,
      log: expect.stringContaining('deskhand phase=desktop'),
    });
    await expect(sandbox.exec(['true'])).rejects.toMatchObject({ code: 'sandbox-died' });
    await expect(sandbox.openVnc()).rejects.toMatchObject({ code: 'sandbox-not-ready' });
    await sandbox[Symbol.asyncDispose]();
    expect(await bench.leftovers()).toEqual(nothing);
  });

  it('because somebody removed it is noticed, and disposing it is no failure', async () => {
    await using driver = await bench.driver();
    const sandbox = await driver.create(bench.spec);
    const { died } = sandbox;
    await bench.engine.call(
      'removing',
      async (docker) => await docker.getContainer(sandbox.id).remove({ force: true }),
    );
    expect((await died).outOfMemory).toBe(false);
    await sandbox[Symbol.asyncDispose]();
    await sandbox[Symbol.asyncDispose]();
    expect(await bench.leftovers()).toEqual(nothing);
  });

  it('because we removed it is told to nobody', async () => {
    await using driver = await bench.driver();
    const sandbox = await driver.create(bench.spec);
    const { died } = sandbox;
    await driver.remove(sandbox.name);
    expect(await bench.leftovers()).toEqual(nothing);
    expect(await Promise.race([died, Promise.resolve('nobody')])).toBe('nobody');
  });

  it('in the middle of a command fails the command', async () => {
    await using driver = await bench.driver();
    const sandbox = await driver.create(bench.spec);
    const running = sandbox
      .exec(['sh', '-c', 'touch /tmp/running; exec sleep 60'])
      .catch((error: unknown) => error);
    await expect
      .poll(async () => (await sandbox.exec(['test', '-e', '/tmp/running'])).exitCode, { timeout: 10_000 })
      .toBe(0);
    await kill(sandbox);
    expect(await running).toSatisfy(
      (result: { code?: string; exitCode?: number }) =>
        result.code === 'sandbox-died' || result.exitCode === 137,
    );
  });
});

describe('a start that fails', () => {
  it.each<StartPhase>(['created', 'started', 'xvnc', 'panel'])(
    'because it is given up at %s leaves nothing',
    async (at) => {
      await using driver = await bench.driver();
      const stopper = new AbortController();
      const onPhase = (phase: StartPhase): void => {
        if (phase === at) stopper.abort();
      };
      const failure = await driver
        .create(bench.spec, { signal: stopper.signal, onPhase })
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'cancelled' });
      expect(await bench.leftovers()).toEqual(nothing);
    },
  );

  it('because it was given up before it began asks nothing of the engine', async () => {
    await using driver = await bench.driver();
    const started = driver.create(bench.spec, { signal: AbortSignal.abort() });
    await expect(started).rejects.toMatchObject({ code: 'cancelled' });
    expect(await bench.leftovers()).toEqual(nothing);
  });

  it('because the container ends shows what it printed', async () => {
    await buildDying('echo starting; echo cannot open display >&2; exit 3');
    await using driver = await bench.driver();
    const failure = await driver
      .create({ ...bench.spec, image: dyingImage })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'sandbox-start-failed',
      message: expect.stringMatching(
        /^The sandbox ended with exit code 3 before its desktop was drawn\. Its last output:\n/,
      ),
      details: { exitCode: 3, outOfMemory: false },
    });
    expect(failure).toHaveProperty(
      'details.log',
      expect.stringMatching(/^(starting\ncannot open display|cannot open display\nstarting)$/),
    );
    expect(await bench.leftovers()).toEqual(nothing);
  });

  it('because there is nothing to run says so', async () => {
    await buildDying('true');
    await using driver = await bench.driver();
    await expect(driver.create({ ...bench.spec, image: dyingImage, pidsLimit: 1 })).rejects.toMatchObject({
      code: 'sandbox-start-failed',
    });
    expect(await bench.leftovers()).toEqual(nothing);
  });

  it('because no desktop is drawn in time says so', async () => {
    await buildDying('echo thinking; sleep 60');
    await using driver = await bench.driver({ startTimeoutMs: 1_500 });
    await expect(driver.create({ ...bench.spec, image: dyingImage })).rejects.toMatchObject({
      code: 'sandbox-not-ready',
      message: 'The desktop was not drawn within 1500 ms. Its last output:\nthinking',
    });
    expect(await bench.leftovers()).toEqual(nothing);
  });

  it('because there is no such image says how to get it', async () => {
    await using driver = await bench.driver();
    await expect(driver.create({ ...bench.spec, image: 'deskhand-test/nothing:1' })).rejects.toMatchObject({
      code: 'image-not-found',
      message: 'The engine has no image deskhand-test/nothing:1.',
      hint: 'Build it with `deskhand image build`.',
    });
    expect(await bench.leftovers()).toEqual(nothing);
  });
});

describe('a driver', () => {
  it('gives a sandbox no more processors than the engine has', async () => {
    await using driver = await bench.driver();
    const sandbox = await driver.create({ ...bench.spec, cpus: 1_000 });
    expect((await sandbox.exec(['true'])).exitCode).toBe(0);
  });

  it('removes what it made when it is disposed, but for what is kept', async () => {
    const kept = await (async () => {
      await using driver = await bench.driver();
      await driver.create(bench.spec);
      return await driver.create({ ...bench.spec, isKept: true });
    })();
    expect(await bench.containers()).toEqual([kept.id]);
    await using driver = await bench.driver();
    expect((await driver.list()).find(({ id }) => id === kept.id)).toMatchObject({ owner: 'none' });
    await using attached = await driver.attach(kept.id);
    expect((await attached.exec(['true'])).exitCode).toBe(0);
    await attached[Symbol.asyncDispose]();
    expect(await bench.leftovers()).toEqual(nothing);
  });

  it('touches nothing that is not a sandbox', async () => {
    await using driver = await bench.driver();
    await expect(driver.attach('no-such-sandbox')).rejects.toMatchObject({ code: 'sandbox-not-found' });
    await expect(driver.remove('no-such-sandbox')).rejects.toMatchObject({ code: 'sandbox-not-found' });
  });
});

describe('prune', () => {
  const processes = systemProcesses();
  const livingStart = processes.startOf(process.ppid) ?? '';

  /** A container that says of itself what is given, and does nothing. */
  async function forge(labels: Partial<SandboxLabels>): Promise<string> {
    const nowMs = Date.now();
    const all = { createdAtMs: nowMs, expiresAtMs: nowMs + 600_000, owner: undefined, vncFolder: undefined };
    const { id } = await bench.engine.call(
      'forging',
      async (docker) =>
        await docker.createContainer({
          Image: bench.image,
          Labels: toLabels({ runId: bench.runId, ...all, ...labels }),
        }),
    );
    return id;
  }

  it('clears up after a process that was killed', async () => {
    const script = fileURLToPath(new URL('./hold-sandbox.ts', import.meta.url));
    const holder = spawn(process.execPath, [script, bench.runtimeFolder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [name] = await once(holder.stdout, 'data');
    await using driver = await bench.driver();
    const held = async (): Promise<unknown> =>
      (await driver.list()).find((sandbox) => sandbox.name === String(name).trim());
    await driver.prune();
    expect(await held()).toMatchObject({ owner: 'alive', state: 'running' });
    holder.kill('SIGKILL');
    await once(holder, 'close');
    expect(await held()).toMatchObject({ owner: 'gone', state: 'running' });
    await driver.prune();
    expect(await bench.leftovers()).toEqual(nothing);
  });

  it.each(['socket', 'exec'] as const)('leaves what another process has taken over (%s)', async (vnc) => {
    const script = fileURLToPath(new URL('./hold-sandbox.ts', import.meta.url));
    const holder = spawn(process.execPath, [script, bench.runtimeFolder, vnc], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = await once(holder.stdout, 'data');
    const name = String(output).trim();
    await using driver = await bench.driver();
    await expect(driver.adopt(name)).rejects.toMatchObject({ code: 'sandbox-in-use' });
    holder.kill('SIGKILL');
    await once(holder, 'close');
    const adopted = await driver.adopt(name);
    expect((await driver.prune()).map((removed) => removed.name)).not.toContain(name);
    expect((await driver.list()).find((listed) => listed.name === name)).toMatchObject({
      owner: 'this-process',
      state: 'running',
    });
    await adopted[Symbol.asyncDispose]();
    expect(await bench.leftovers()).toEqual(nothing);
  });

  it('removes what nobody holds, and nothing that somebody may hold', async () => {
    await using driver = await bench.driver();
    const { host } = processes;
    const living = { pid: process.ppid, start: livingStart, host };
    const expiresAtMs = Date.now() - 1;
    const dead = await forge({ owner: { pid: process.ppid, start: 'another-boot/1', host } });
    const expired = await forge({ owner: { pid: 1, start: '', host: 'elsewhere' }, expiresAtMs });
    const stays = [
      await forge({ owner: living }),
      await forge({ owner: living, expiresAtMs }),
      await forge({ owner: { pid: 1, start: '', host: 'elsewhere' } }),
      await forge({}),
    ];
    const own = await driver.create(bench.spec);
    const reaped = (await driver.prune()).filter(({ runId }) => runId === bench.runId);
    expect(new Set(reaped.map(({ id, owner }) => `${id} ${owner}`))).toEqual(
      new Set([`${dead} gone`, `${expired} other-host`]),
    );
    expect(new Set(await bench.containers())).toEqual(new Set([...stays, own.id]));
    expect(await readdir(bench.runtimeFolder)).toHaveLength(1);
    for (const id of [...stays, own.id]) await driver.remove(id);
    expect(await bench.leftovers()).toEqual(nothing);
  });
});
