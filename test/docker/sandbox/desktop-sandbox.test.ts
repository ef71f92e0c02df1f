import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DockerDriver } from '../../../src/sandbox/docker/docker-driver.ts';
import type { DockerSandbox } from '../../../src/sandbox/docker/docker-sandbox.ts';
import { Bench, nothing } from './desktop.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.open();
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

describe.each([{ vnc: 'socket' }, { vnc: 'exec' }] as const)('a desktop with VNC by $vnc', ({ vnc }) => {
  let driver: DockerDriver;
  let sandbox: DockerSandbox;
  const heard: string[] = [];

  beforeAll(async () => {
    driver = await bench.driver({ vnc });
    sandbox = await driver.create(bench.spec, { onPhase: (phase) => heard.push(phase) });
  });

  it('tells the phases of its start, in ms from the request', () => {
    const { phases } = sandbox;
    expect(heard[0]).toBe('created');
    expect(Object.keys(phases).toSorted()).toEqual([
      'created',
      'desktop',
      'panel',
      'started',
      'window-manager',
      'xvnc',
    ]);
    expect(Object.keys(phases)).toEqual(heard);
    expect(Object.values(phases)).toEqual(Object.values(phases).toSorted((a, b) => a - b));
    expect(phases.created).toBeGreaterThan(0);
  });

  it('is named after its run and its image', () => {
    expect(sandbox).toMatchObject({
      runId: bench.runId,
      name: expect.stringMatching(new RegExp(`^deskhand-${bench.runId}-[0-9a-f]{8}$`)),
      image: { reference: bench.image, id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
      vncWay: vnc,
    });
  });

  it('speaks RFB', async () => {
    const stream = await sandbox.openVnc();
    const [hello] = await once(stream, 'data');
    expect(String(hello)).toBe('RFB 003.008\n');
    stream.write('RFB 003.008\n');
    const [security] = await once(stream, 'data');
    expect(security).toEqual(Buffer.from([1, 1]));
    stream.destroy();
  });

  it('opens several streams at once', async () => {
    const streams = await Promise.all([sandbox.openVnc(), sandbox.openVnc()]);
    const hellos = await Promise.all(streams.map(async (stream) => String((await once(stream, 'data'))[0])));
    expect(hellos).toEqual(['RFB 003.008\n', 'RFB 003.008\n']);
    for (const stream of streams) stream.destroy();
  });

  it('has no network, no capability and no way to gain one', async () => {
    const script =
      'grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status; ls /sys/class/net; id -u; touch /x';
    const { stdout, stderr, exitCode } = await sandbox.exec(['sh', '-c', script]);
    expect(stdout.toString().trim().split(/\s+/)).toEqual(
      'CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 lo 1000'.split(' '),
    );
    expect([exitCode, stderr.toString()]).toEqual([1, "touch: cannot touch '/x': Read-only file system\n"]);
  });

  it('leaves nothing when its driver is disposed', async () => {
    await driver[Symbol.asyncDispose]();
    expect(await bench.leftovers()).toEqual(nothing);
  });
});

describe('a desktop', () => {
  let driver: DockerDriver;
  let sandbox: DockerSandbox;

  beforeAll(async () => {
    driver = await bench.driver();
    sandbox = await driver.create(bench.spec);
  });

  afterAll(async () => {
    await driver[Symbol.asyncDispose]();
  });

  it('runs programs and tells their output and exit code', async () => {
    const { exitCode, stdout, stderr } = await sandbox.exec(['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect([exitCode, stdout.toString(), stderr.toString()]).toEqual([7, 'out\n', 'err\n']);
  });

  it('gives a program its stdin, its environment and its folder', async () => {
    const { stdout } = await sandbox.exec(['sh', '-c', 'cat; echo "$WORD $DISPLAY $PWD"'], {
      stdin: 'grüße\n',
      env: { WORD: 'two words' },
      workingDirectory: '/usr/share',
    });
    expect(stdout.toString()).toBe('grüße\ntwo words :1 /usr/share\n');
  });

  it('takes large input and gives large output', async () => {
    const data = Buffer.alloc(3_000_000, 'deskhand ');
    const { stdout } = await sandbox.exec(['cat'], { stdin: data });
    expect(stdout.equals(data)).toBe(true);
  });

  it('does not mind a program that leaves its stdin unread', async () => {
    expect((await sandbox.exec(['true'], { stdin: Buffer.alloc(3_000_000) })).exitCode).toBe(0);
  });

  it('does not wait for what a program leaves in the background', async () => {
    const startedAtMs = performance.now();
    const { stdout } = await sandbox.exec(['sh', '-c', 'sleep 60 & echo started']);
    expect(stdout.toString()).toBe('started\n');
    expect(performance.now() - startedAtMs).toBeLessThan(1_500);
  });

  it.each([
    ['a program that is not there', ['no-such-program'], {}, 'executable file not found'],
    ['a folder that is not there', ['true'], { workingDirectory: '/nowhere' }, 'no such file or directory'],
  ])('says that it cannot run %s', async (_name, argv, options, message) => {
    await expect(sandbox.exec(argv, options)).rejects.toMatchObject({
      code: 'exec-failed',
      message: expect.stringContaining(message),
    });
  });

  it('kills a program that takes too long, and all that it started', async () => {
    const script = 'sleep 1234 & setsid sleep 1235 & wait';
    await expect(sandbox.exec(['sh', '-c', script], { timeoutMs: 400 })).rejects.toMatchObject({
      code: 'exec-failed',
      message: 'sh did not end within 400 ms and was killed.',
    });
    expect((await sandbox.exec(['pgrep', '-f', '^sleep 123'])).stdout.toString()).toBe('');
  });

  it('kills a program when the caller gives up', async () => {
    const stopper = new AbortController();
    const running = sandbox.exec(['sh', '-c', 'touch /tmp/running; exec sleep 1236'], {
      signal: stopper.signal,
    });
    await expect
      .poll(async () => (await sandbox.exec(['test', '-e', '/tmp/running'])).exitCode, { timeout: 10_000 })
      .toBe(0);
    stopper.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect((await sandbox.exec(['pgrep', '-f', '^sleep 1236'])).stdout.toString()).toBe('');
  });

  it('stops a program that prints without end', async () => {
    await expect(sandbox.exec(['cat', '/dev/zero'])).rejects.toMatchObject({
      code: 'exec-failed',
      message: expect.stringContaining('printed more than'),
    });
  });

  it('takes files in and gives them back', async () => {
    const path = '/home/user/Documents/a folder/größe.txt';
    const content = Buffer.from([0, 255, 10, 13, 128]);
    await sandbox.writeFiles([
      { path, content },
      { path: '/home/user/run.sh', content: Buffer.from('#!/bin/sh\necho ran\n'), mode: 0o755 },
    ]);
    expect(await sandbox.readFile(path)).toEqual(content);
    expect((await sandbox.exec(['/home/user/run.sh'])).stdout.toString()).toBe('ran\n');
    const { stdout } = await sandbox.exec(['stat', '-c', '%U %a', path, '/home/user/Documents/a folder']);
    expect(stdout.toString()).toBe('user 644\nuser 755\n');
    await sandbox.writeFiles([{ path, content: Buffer.from('new') }]);
    expect((await sandbox.readFile(path)).toString()).toBe('new');
  });

  it('says which file cannot be copied, and why', async () => {
    await expect(sandbox.readFile('/home/user/nothing')).rejects.toMatchObject({
      code: 'copy-failed',
      message: 'Could not read /home/user/nothing: cat: /home/user/nothing: No such file or directory',
    });
    await expect(sandbox.writeFiles([{ path: '/etc/x', content: Buffer.from('') }])).rejects.toMatchObject({
      code: 'copy-failed',
      message: expect.stringContaining('Read-only file system'),
    });
    await expect(sandbox.readFile('relative')).rejects.toMatchObject({ code: 'copy-failed' });
  });

  it('keeps its own output', async () => {
    expect(await sandbox.logs({ lines: 100 })).toContain('deskhand phase=desktop');
  });

  it('refuses a link that the sandbox put where its socket was', async () => {
    await sandbox.exec([
      'sh',
      '-c',
      'mv /vnc/rfb.sock /vnc/real && ln -s /var/run/docker.sock /vnc/rfb.sock',
    ]);
    await expect(sandbox.openVnc()).rejects.toMatchObject({ code: 'vnc-refused' });
    await sandbox.exec(['mv', '-f', '/vnc/real', '/vnc/rfb.sock']);
    (await sandbox.openVnc()).destroy();
  });

  it('cannot fill the disk of the host through the folder of its socket', async () => {
    const { exitCode, stderr } = await sandbox.exec([
      'dd',
      'if=/dev/zero',
      'of=/vnc/big',
      'bs=1M',
      'count=16',
    ]);
    expect([exitCode, stderr.toString()]).toEqual([1, expect.stringContaining('No space left on device')]);
    await sandbox.exec(['rm', '/vnc/big']);
  });

  it('can be found and attached to', async () => {
    const summary = (await driver.list()).find(({ id }) => id === sandbox.id);
    expect(summary).toEqual({
      id: sandbox.id,
      name: sandbox.name,
      runId: bench.runId,
      state: 'running',
      createdAtMs: expect.any(Number),
      expiresAtMs: Number(summary?.createdAtMs) + 600_000,
      image: bench.image,
      owner: 'this-process',
    });
    const attached = await driver.attach(sandbox.name);
    expect(attached).toMatchObject({
      id: sandbox.id,
      runId: bench.runId,
      image: sandbox.image,
      vncWay: 'socket',
    });
    expect((await attached.exec(['echo', 'hello'])).stdout.toString()).toBe('hello\n');
    attached.detach();
  });
});
