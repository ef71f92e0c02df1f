import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDisplay } from '../../../src/display/rfb-display.ts';
import { copyOut } from '../../../src/sandbox/copy/copy.ts';
import type { DockerDriver } from '../../../src/sandbox/docker/docker-driver.ts';
import type { DockerSandbox } from '../../../src/sandbox/docker/docker-sandbox.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { Bench } from './desktop.ts';

const size = { width: 800, height: 600 };

let bench: Bench;
let driver: DockerDriver;
/** Beside the hostile one: it must not notice. */
let neighbour: DockerSandbox;

beforeAll(async () => {
  bench = await Bench.open();
  driver = await bench.driver();
  neighbour = await driver.create(bench.spec);
});

afterAll(async () => {
  await driver[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

async function hostile(spec: Partial<Bench['spec']> = {}): Promise<DockerSandbox> {
  return await driver.create({ ...bench.spec, memoryBytes: 512 * 1024 ** 2, ...spec });
}

const codeOf = async (doing: Promise<unknown>): Promise<unknown> =>
  await doing.then(
    () => 'done',
    (error: unknown) => (typeof error === 'object' && error !== null && 'code' in error ? error.code : error),
  );

/** Sees that the neighbour works on; gives the sandbox up, and sees that nothing of it is left. */
async function discard(sandbox: DockerSandbox): Promise<void> {
  const script = 'xprop -root _NET_SUPPORTING_WM_CHECK && echo well';
  const { exitCode, stdout } = await neighbour.exec(['sh', '-c', script]);
  expect([exitCode, stdout.toString()]).toEqual([0, expect.stringContaining('well')]);
  await sandbox[Symbol.asyncDispose]();
  expect(await bench.containers()).not.toContain(sandbox.id);
}

describe('a hostile tenant', () => {
  it('that forks without end is held, told of and removed', async () => {
    const sandbox = await hostile();
    const bomb = 'f() { f | f & }; f; while :; do :; done';
    expect(await codeOf(sandbox.exec(['bash', '-c', bomb], { timeoutMs: 3_000 }))).toBe('exec-failed');
    await discard(sandbox);
  });

  it('that takes all memory is stopped within its own', async () => {
    const sandbox = await hostile();
    const script = 'x = []\nwhile True: x.append(bytearray(2**24))';
    const { exitCode, stderr } = await sandbox.exec(['python3', '-c', script]);
    expect(exitCode === 137 || stderr.toString().includes('MemoryError')).toBe(true);
    await discard(sandbox);
  });

  it('that fills every folder it may write to fills its own memory alone', async () => {
    const sandbox = await hostile();
    const folders = ['/tmp', '/run', '/home/user', '/dev/shm', '/vnc'];
    for (const folder of folders) {
      const argv = ['dd', 'if=/dev/zero', `of=${folder}/full`, 'bs=1M', 'count=1024'];
      // The folder is full, or the memory is, which ends what happens to ask for some: dd, or the way to start it.
      const ended = await sandbox.exec(argv).catch((error: unknown) => error);
      expect([folder, ended]).not.toEqual([folder, expect.objectContaining({ exitCode: 0 })]);
      await sandbox.exec(['rm', '-f', `${folder}/full`]).catch(() => {});
    }
    const [listed] = await bench.engine.call(
      'looking at what was written',
      async (docker) => await docker.listContainers({ all: true, size: true, filters: { id: [sandbox.id] } }),
    );
    expect(listed).toHaveProperty('SizeRootFs');
    expect(listed).not.toHaveProperty('SizeRw');
    await discard(sandbox);
  });

  it('that prints without end fills no log', async () => {
    const sandbox = await hostile();
    await sandbox.exec(['sh', '-c', 'yes flood | head -c 30000000 >/proc/1/fd/1; true']).catch(() => {});
    const { LogPath } = await bench.engine.call(
      'looking for the log',
      async (docker) => await docker.getContainer(sandbox.id).inspect(),
    );
    // On an engine elsewhere there is nothing to look at.
    const logged = await stat(LogPath).catch(() => ({ size: 0 }));
    expect(logged.size).toBeLessThan(3_000_000);
    await discard(sandbox);
  });

  it('that opens 100,000 windows cannot take the screen from the operator', async () => {
    const sandbox = await hostile();
    const script = `
import ctypes
x = ctypes.CDLL('libX11.so.6'); x.XOpenDisplay.restype = ctypes.c_void_p
d = ctypes.c_void_p(x.XOpenDisplay(None)); root = x.XDefaultRootWindow(d)
for n in range(100000):
    w = x.XCreateSimpleWindow(d, root, n % 700, n % 500, 20, 20, 0, 0, n)
    if n % 100 == 0: x.XMapWindow(d, w)
x.XSync(d, 0); print('opened')`;
    await sandbox.exec(['python3', '-c', script], { timeoutMs: 30_000 }).catch(() => {});
    const shown = createDisplay({ connect: (o) => sandbox.openVnc(o), size, clock: systemClock });
    const outcome = await shown.then(
      async (display) => {
        await using _ = display;
        return (await display.screenshot()).png.length > 0 ? 'seen' : 'blank';
      },
      (error: unknown) => (error instanceof Error ? error.name : ''),
    );
    expect(['seen', 'DisplayError', 'SandboxError']).toContain(outcome);
    await discard(sandbox);
  });

  it('that kills its display server ends, and says so', async () => {
    const sandbox = await hostile();
    const { died } = sandbox;
    await sandbox.exec(['pkill', '-KILL', 'Xvnc']).catch(() => {});
    expect(await died).toMatchObject({
      exitCode: 70,
      outOfMemory: false,
      log: expect.stringContaining('Xvnc ended'),
    });
    expect(await codeOf(sandbox.openVnc())).toBe('sandbox-not-ready');
    expect(await codeOf(sandbox.exec(['true']))).toBe('sandbox-died');
    await discard(sandbox);
  });

  it.concurrent.each([
    ['another protocol', `b'HTTP/1.1 200 OK\\r\\n\\r\\n'`],
    ['nothing', `b''`],
    ['a screen of four billion pixels', `hello + b'\\xff\\xff\\xff\\xff' + fmt + b'\\0\\0\\0\\0'`],
    ['a name of four gigabytes', `hello + b'\\x03\\x20\\x02\\x58' + fmt + b'\\xff\\xff\\xff\\xff'`],
    [
      'rectangles without end',
      `hello + screen + b'\\0\\0\\xff\\xff' + (b'\\0\\0\\0\\0\\x03\\x20\\x02\\x58\\0\\0\\0\\0' + b'x' * 1920000) * 4`,
    ],
    [
      'a rectangle beside the screen',
      `hello + screen + b'\\0\\0\\0\\x01\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\0\\0\\0\\0'`,
    ],
    [
      'an encoding that nobody asked for',
      `hello + screen + b'\\0\\0\\0\\x01\\0\\0\\0\\0\\0\\x01\\0\\x01\\x7f\\xff\\xff\\xff'`,
    ],
  ])('whose VNC server is a liar that sends %s is found out', async (_name, answer) => {
    const sandbox = await hostile();
    const liar = `
import os, socket
fmt = b'\\x20\\x18\\0\\1\\0\\xff\\0\\xff\\0\\xff\\x10\\x08\\0\\0\\0\\0'
hello = b'RFB 003.008\\n' + b'\\1\\1' + b'\\0\\0\\0\\0'
screen = b'\\x03\\x20\\x02\\x58' + fmt + b'\\0\\0\\0\\1x'
os.rename('/vnc/rfb.sock', '/vnc/real'); s = socket.socket(socket.AF_UNIX); s.bind('/vnc/rfb.sock'); s.listen(5)
if os.fork() == 0:
    os.setsid()
    for fd in (0, 1, 2): os.close(fd)
    while True:
        c, _ = s.accept()
        try: c.sendall(${answer})
        except OSError: pass
        held = globals().setdefault('held', []); held.append(c)`;
    expect((await sandbox.exec(['python3', '-c', liar])).exitCode).toBe(0);
    const before = process.memoryUsage().rss;
    const looked = createDisplay({
      connect: (o) => sandbox.openVnc(o),
      size,
      clock: systemClock,
      signal: AbortSignal.timeout(20_000),
    }).then(async (display) => {
      await using _ = display;
      await display.ready({ timeoutMs: 3_000 });
    });
    expect(await codeOf(looked)).toMatch(/^(?:display-|cancelled)/);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 ** 2);
    await discard(sandbox);
  });

  it('whose files are links, pipes and devices gets nothing written outside the folder that is copied to', async () => {
    const sandbox = await hostile();
    const root = await mkdtemp(join(tmpdir(), 'deskhand-out-'));
    const script = `mkdir -p loot/deep && cd loot && echo kept >kept && ln -s /etc/passwd link && ln -s ../../.. up &&
      mkfifo pipe && ln kept hard && touch "$(printf '\\033]0;owned\\007')" && mknod disk b 8 0 2>&1; ls | wc -l`;
    expect((await sandbox.exec(['sh', '-c', script])).stdout.toString()).toContain('Operation not permitted');
    const copied = await copyOut(sandbox, '/home/user/loot', root);
    // tar sends one of two hard links as the file.
    expect(copied).toMatchObject({ files: 1, bytes: 5 });
    expect(copied.skipped).toHaveLength(5);
    const found = await readdir(root, { recursive: true });
    expect(found.toSorted()).toEqual(['loot', 'loot/deep', expect.stringMatching(/^loot\/(?:kept|hard)$/)]);
    await rm(root, { recursive: true });
    await discard(sandbox);
  });
});

describe('a runtime', () => {
  it('that the engine does not have is told before anything is made', async () => {
    await expect(driver.create({ ...bench.spec, runtime: 'no-such-runtime' })).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(/^The engine has no runtime no-such-runtime; it has .*runc/),
    });
  });

  it('that it has runs a sandbox', async () => {
    const sandbox = await hostile({ runtime: 'runc' });
    expect((await sandbox.exec(['true'])).exitCode).toBe(0);
    await discard(sandbox);
  });
});
