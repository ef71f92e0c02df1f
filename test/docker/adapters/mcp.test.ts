import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { Client, type ClientOptions, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPngSize } from './png.ts';
import { ROOT } from '../../support/cli.ts';
import { Bench } from '../sandbox/desktop.ts';

const MAIN = `${ROOT}src/cli/main.ts`;
const SIZE = ['--display', '1024x768'];
const NOTE = '/home/user/note.txt';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.open();
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

async function isThere(name: string): Promise<boolean> {
  const filters = { name: [name] };
  const found = await bench.engine.call(
    'listing',
    async (docker) => await docker.listContainers({ all: true, filters }),
  );
  return found.length > 0;
}

async function call(client: Client, name: string, args: Record<string, unknown> = {}) {
  const { content, isError } = await client.callTool({ name, arguments: args });
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const images = content.flatMap((part) => (part.type === 'image' ? [Buffer.from(part.data, 'base64')] : []));
  return { said: texts.join('\n'), images, isError: isError === true };
}

/** Starts the client's desktop and gives the name of its sandbox. */
async function start(client: Client): Promise<string> {
  const { said } = await call(client, 'desktop_start');
  return /^The desktop is ready: (deskhand-\S+), 1024x768 px\.$/.exec(said)?.[1] ?? said;
}

async function connectStdio(argv: readonly string[], options: ClientOptions = {}): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, options);
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [MAIN, 'mcp', ...SIZE, ...argv],
      cwd: ROOT,
      stderr: 'inherit',
    }),
  );
  return client;
}

describe('deskhand mcp', () => {
  it.each([
    ['of the session protocol', {}],
    ['of the newest protocol', { versionNegotiation: { mode: 'auto' } }],
  ] as const)(
    'gives a client %s a desktop over stdio, and removes it when the client goes',
    async (_name, era) => {
      const client = await connectStdio(['--allow-commands'], era);
      const name = await start(client);
      expect(await isThere(name)).toBe(true);
      const open = `touch ${NOTE}; setsid mousepad ${NOTE} >/dev/null 2>&1 & until wmctrl -l | grep -q note.txt; do sleep 0.1; done`;
      expect((await call(client, 'run_command', { command: open })).said).toBe('exit code 0');
      await call(client, 'wait', { ms: 0 });
      await call(client, 'click', { x: 500, y: 380 });
      const typed = await call(client, 'type', { text: 'von außen' });
      await call(client, 'keypress', { keys: ['CTRL', 'S'] });
      expect(typed.images.map(readPngSize)).toEqual([{ width: 1024, height: 768 }]);
      await expect
        .poll(async () => (await call(client, 'run_command', { command: `cat ${NOTE}` })).said)
        .toMatch(/^exit code 0\nstdout:\nvon außen\n?$/);
      expect(await call(client, 'click', { x: 1024, y: 0 })).toMatchObject({
        isError: true,
        said: expect.stringContaining('(out-of-bounds)'),
      });
      await client.close();
      await expect.poll(() => isThere(name), { timeout: 5000 }).toBe(false);
    },
  );

  it('removes a desktop that nobody uses, and starts another on request', async () => {
    const client = await connectStdio(['--idle', '1s']);
    const name = await start(client);
    await expect.poll(() => isThere(name), { timeout: 15_000 }).toBe(false);
    expect(await call(client, 'screenshot')).toMatchObject({
      isError: true,
      said: expect.stringContaining('It was removed because nobody used it.'),
    });
    expect(await start(client)).toMatch(/^deskhand-/);
    await client.close();
  });

  it('writes nothing but the protocol to stdout, and ends with its input', async () => {
    const child = spawn(process.execPath, [MAIN, 'mcp', ...SIZE], { cwd: ROOT, stdio: 'pipe' });
    const output = text(child.stdout);
    const lines = createInterface(child.stdout);
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'raw', version: '1' },
    };
    const send = (message: object) =>
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    send({ id: 1, method: 'initialize', params });
    await once(lines, 'line');
    send({ method: 'notifications/initialized' });
    send({ id: 2, method: 'tools/call', params: { name: 'desktop_start', arguments: {} } });
    const [answer] = await once(lines, 'line');
    child.stdin.end();
    const [code] = await once(child, 'close');
    const messages = (await output).trimEnd().split('\n');
    expect(messages.map((line) => JSON.parse(line).id)).toEqual([1, 2]);
    expect(code).toBe(0);
    const name = /deskhand-[\w-]+/.exec(String(answer))?.[0] ?? 'none';
    expect(await isThere(name)).toBe(false);
  });

  it('serves several clients over HTTP, and removes every desktop on a signal', async () => {
    const child = spawn(process.execPath, [MAIN, 'mcp', ...SIZE, '--http', '0'], {
      cwd: ROOT,
      stdio: 'pipe',
    });
    const [line] = await once(createInterface(child.stderr), 'line');
    const url = /http:\/\/127\.0\.0\.1:\d+\/mcp/.exec(String(line))?.[0] ?? String(line);
    const clients = [1, 2].map((number) => new Client({ name: `test ${number}`, version: '1' }));
    for (const client of clients) await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    const names = await Promise.all(clients.map(start));
    expect(new Set(names).size).toBe(2);
    expect(await Promise.all(names.map(isThere))).toEqual([true, true]);
    const [first] = clients;
    if (first === undefined) throw new Error('There is no client.');
    const { images } = await call(first, 'move', { x: 10, y: 10 });
    expect(images.map(readPngSize)).toEqual([{ width: 1024, height: 768 }]);
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    expect(code).toBe(130);
    expect(await Promise.all(names.map(isThere))).toEqual([false, false]);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('removes the desktop that is being started when it is stopped', async () => {
    const child = spawn(process.execPath, [MAIN, 'mcp', ...SIZE, '--http', '0'], {
      cwd: ROOT,
      stdio: 'pipe',
    });
    const [line] = await once(createInterface(child.stderr), 'line');
    const url = /http:\/\/127\.0\.0\.1:\d+\/mcp/.exec(String(line))?.[0] ?? String(line);
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    const mine = async () => {
      const filters = { label: [`deskhand.owner.pid=${child.pid}`] };
      return await bench.engine.call(
        'listing',
        async (docker) => await docker.listContainers({ all: true, filters }),
      );
    };
    const starting = call(client, 'desktop_start').catch(() => undefined);
    await expect.poll(mine, { timeout: 10_000, interval: 20 }).toHaveLength(1);
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(await mine()).toEqual([]);
    await client.close();
    await starting;
  });
});
