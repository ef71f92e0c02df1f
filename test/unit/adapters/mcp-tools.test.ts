import { Client } from '@modelcontextprotocol/client';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { McpDesktops, type McpDesktopsOptions } from '../../../src/adapters/mcp/mcp-desktops.ts';
import { ActionError, ImageError } from '../../../src/errors.ts';
import { FakeDesktops } from './fake-desktop.ts';

async function connect(desktops: FakeDesktops, options: Partial<McpDesktopsOptions> = {}): Promise<Client> {
  const served = new McpDesktops({ open: desktops.open, idleMs: 600_000, version: '1.2.3', ...options });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await served.createServer().connect(ours);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(theirs);
  onTestFinished(async () => {
    await client.close();
    await served[Symbol.asyncDispose]();
    expect(desktops.alive).toBe(0);
  });
  return client;
}

const image = (frame: string) => ({
  type: 'image',
  mimeType: 'image/png',
  data: Buffer.from(`frame ${frame}`).toString('base64'),
});

async function call(client: Client, name: string, args: Record<string, unknown> = {}) {
  return await client.callTool({ name, arguments: args });
}

describe('the tools of a desktop', () => {
  it('are these, with commands only where they are allowed', async () => {
    const names = async (client: Client) => (await client.listTools()).tools.map(({ name }) => name);
    const plain = [
      'desktop_start',
      'desktop_stop',
      'screenshot',
      'click',
      'double_click',
      'drag',
      'move',
      'scroll',
      'type',
      'keypress',
      'wait',
    ];
    expect(await names(await connect(new FakeDesktops()))).toEqual(plain);
    expect(await names(await connect(new FakeDesktops(), { allowsCommands: true }))).toEqual([
      ...plain,
      'run_command',
    ]);
  });

  it('start a desktop, show it and stop it', async () => {
    const desktops = new FakeDesktops({ display: { frames: ['one', 'two', 'three'] } });
    const client = await connect(desktops);
    expect(await call(client, 'desktop_start')).toMatchObject({
      content: [{ type: 'text', text: 'The desktop is ready: fake-1, 1024x768 px.' }, image('one')],
    });
    expect(await call(client, 'desktop_start')).toMatchObject({
      content: [{ type: 'text', text: 'The desktop runs already: fake-1, 1024x768 px.' }, image('two')],
    });
    expect(await call(client, 'screenshot')).toMatchObject({
      content: [{ type: 'text', text: 'The screen, 1024x768 px.' }, image('three')],
    });
    expect(await call(client, 'desktop_stop')).toMatchObject({
      content: [{ type: 'text', text: 'The desktop is removed.' }],
    });
    expect(desktops.alive).toBe(0);
  });

  it.each([
    ['click', { x: 0, y: 0 }, 'click at (0, 0)', { type: 'click', button: 'left', count: 1 }],
    [
      'click',
      { x: 1, y: 2, button: 'right', keys: ['CTRL'] },
      'right-click at (1, 2) holding Control',
      { type: 'click', button: 'right', count: 1, held: ['Control'] },
    ],
    ['double_click', { x: 1, y: 2 }, 'double-click at (1, 2)', { type: 'click', button: 'left', count: 2 }],
    [
      'drag',
      {
        path: [
          { x: 1, y: 2 },
          { x: 3, y: 4 },
        ],
      },
      'drag from (1, 2) to (3, 4)',
      {
        type: 'drag',
        path: [
          { x: 1, y: 2 },
          { x: 3, y: 4 },
        ],
      },
    ],
    ['move', { x: 1, y: 2 }, 'move the pointer to (1, 2)', { type: 'move' }],
    [
      'scroll',
      { x: 1, y: 2, scroll_y: 300 },
      'scroll down 300 px at (1, 2)',
      { type: 'scroll', by: { x: 0, y: 300 } },
    ],
    ['type', { text: 'Grüße' }, 'type "Grüße"', { type: 'type', text: 'Grüße' }],
    ['keypress', { keys: ['CTRL', 'S'] }, 'press Control+S', { type: 'chord', keys: ['Control', 'S'] }],
  ])('%s %o, settle, and show the screen', async (name, args, said, input) => {
    const desktops = new FakeDesktops({ display: { frames: ['start', 'after'] } });
    const client = await connect(desktops);
    await call(client, 'desktop_start');
    expect(await call(client, name, args)).toMatchObject({
      content: [{ type: 'text', text: `Done: ${said}.` }, image('after')],
    });
    expect(desktops.opened[0]?.display.calls.slice(1)).toEqual([
      expect.objectContaining(input),
      { type: 'settle' },
      { type: 'screenshot' },
    ]);
  });

  it('wait, and settle', async () => {
    const desktops = new FakeDesktops();
    const client = await connect(desktops);
    await call(client, 'desktop_start');
    expect(await call(client, 'wait', { ms: 5, screenshot: false })).toMatchObject({
      content: [{ type: 'text', text: 'Done: wait.' }],
    });
    expect(desktops.opened[0]?.display.calls.map(({ type }) => type)).toEqual(['screenshot', 'settle']);
  });

  it('leave the screen out where it is not wanted', async () => {
    const client = await connect(new FakeDesktops(), { showsScreen: false });
    await call(client, 'desktop_start');
    const types = async (args: object) =>
      (await call(client, 'type', { text: 'a', ...args })).content.map(({ type }) => type);
    expect([await types({}), await types({ screenshot: true }), await types({ screenshot: false })]).toEqual([
      ['text'],
      ['text', 'image'],
      ['text'],
    ]);
  });

  it('run commands where they are allowed', async () => {
    const desktops = new FakeDesktops();
    const client = await connect(desktops, { allowsCommands: true });
    await call(client, 'desktop_start');
    const sandbox = desktops.opened[0]?.sandbox;
    if (sandbox === undefined) throw new Error('There is no sandbox.');
    sandbox.onExec = () => ({
      exitCode: 3,
      stdout: Buffer.from('o'.repeat(20_001)),
      stderr: Buffer.from('bad'),
    });
    expect(await call(client, 'run_command', { command: 'ls | wc' })).toEqual({
      content: [
        {
          type: 'text',
          text: `exit code 3\nstdout:\n${'o'.repeat(20_000)}\n[1 more characters]\nstderr:\nbad`,
        },
      ],
    });
    expect(sandbox.executed).toEqual([['/bin/sh', '-c', 'ls | wc']]);
  });
});

describe('a tool that fails', () => {
  it('tells our code and hint, and shows the screen', async () => {
    const desktops = new FakeDesktops({ display: { frames: ['start', 'now'] } });
    const client = await connect(desktops);
    await call(client, 'desktop_start');
    expect(await call(client, 'click', { x: 1024, y: 5 })).toEqual({
      isError: true,
      content: [
        {
          type: 'text',
          text: '(1024, 5) is outside the 1024x768 screen.\nHint: x is 0 to 1023, y is 0 to 767.\n(out-of-bounds)',
        },
        image('now'),
      ],
      structuredContent: {
        code: 'out-of-bounds',
        message: '(1024, 5) is outside the 1024x768 screen.',
        hint: 'x is 0 to 1023, y is 0 to 767.',
      },
    });
    expect(desktops.opened[0]?.display.inputs).toEqual([]);
  });

  it('lets go of everything and is not done again', async () => {
    const desktops = new FakeDesktops({
      display: {
        onCall: ({ type }) => {
          if (type === 'type') throw new ActionError('unsupported-text', 'No such character.');
        },
      },
    });
    const client = await connect(desktops);
    await call(client, 'desktop_start');
    expect(await call(client, 'type', { text: 'x' })).toMatchObject({
      isError: true,
      structuredContent: { code: 'unsupported-text' },
    });
    expect(desktops.opened[0]?.display.inputs.map(({ type }) => type)).toEqual(['type', 'release-all']);
  });

  it('tells why there is no desktop', async () => {
    const failure = new ImageError('image-not-found', 'No image.', { hint: 'Build it.' });
    const client = await connect(new FakeDesktops({ failure }));
    expect(await call(client, 'desktop_start')).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: 'No image.\nHint: Build it.\n(image-not-found)' }],
    });
    expect(await call(client, 'click', { x: 1, y: 1 })).toMatchObject({
      isError: true,
      structuredContent: { code: 'sandbox-not-found', hint: 'Call desktop_start first.' },
    });
  });

  it.each([
    ['click', { x: -1, y: 0 }],
    ['click', { x: 1, y: 0, button: 'middle' }],
    ['click', { x: 1, y: 0, colour: 'red' }],
    ['drag', { path: [{ x: 1, y: 0 }] }],
    ['type', { text: 'x'.repeat(10_001) }],
    ['keypress', { keys: [] }],
    ['keypress', { keys: Array.from({ length: 9 }, () => 'a') }],
    ['scroll', { x: 1, y: 1, scroll_y: 10_001 }],
    ['wait', { ms: 30_001 }],
    ['desktop_start', { display: '4000x4000' }],
  ])('%s refuses %o before the desktop sees it', async (name, args) => {
    const desktops = new FakeDesktops();
    const client = await connect(desktops);
    await call(client, 'desktop_start');
    expect(await call(client, name, args)).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining(`Invalid arguments for tool ${name}`) }],
    });
    expect(desktops.opened[0]?.display.calls.map(({ type }) => type)).toEqual(['screenshot']);
  });
});

it('gives each client a desktop of its own, and removes it when the client goes', async () => {
  const desktops = new FakeDesktops();
  const served = new McpDesktops({ open: desktops.open, idleMs: 600_000, version: '1' });
  const clients = await Promise.all(
    ['a', 'b'].map(async (name) => {
      const [ours, theirs] = InMemoryTransport.createLinkedPair();
      await served.createServer().connect(ours);
      const client = new Client({ name, version: '1' });
      await client.connect(theirs);
      await call(client, 'desktop_start');
      return client;
    }),
  );
  expect([desktops.opened.length, desktops.alive]).toEqual([2, 2]);
  await clients[0]?.close();
  await expect.poll(() => desktops.alive).toBe(1);
  await served[Symbol.asyncDispose]();
  expect(desktops.alive).toBe(0);
});
