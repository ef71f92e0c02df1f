import { type Duplex, duplexPair } from 'node:stream';
import { expect, it } from 'vitest';
import { openGateDesktop } from '../../src/open-gate.ts';
import { FakeSandbox } from '../../src/testing/fake-driver.ts';

const ROOT = 0x111;
const WINDOW = 0x222;
const [REPLY, HEAD] = [1, 32];
const ATOMS = ['_NET_ACTIVE_WINDOW', 'WM_CLASS', '_NET_WM_NAME', 'WM_NAME'];

/** As much of an X server as says which window is in front. */
function serveX(properties: Readonly<Record<string, Buffer>>): Duplex {
  const [client, server] = duplexPair();
  server.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length;) {
      const isHello = bytes[at] === 0x6c;
      const length = isHello ? 12 : bytes.readUInt16LE(at + 2) * 4;
      const request = bytes.subarray(at, at + length);
      server.write(isHello ? hello() : answer(request, properties));
      at += length;
    }
  });
  return client;
}

function hello(): Buffer {
  const bytes = Buffer.alloc(48);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt16LE(10, 6);
  bytes.writeUInt32LE(ROOT, 40);
  return bytes;
}

function answer(request: Buffer, properties: Readonly<Record<string, Buffer>>): Buffer {
  const reply = Buffer.alloc(HEAD);
  reply.writeUInt8(REPLY, 0);
  if (request[0] === 16) {
    const name = request.toString('latin1', 8, 8 + request.readUInt16LE(4));
    reply.writeUInt32LE(ATOMS.indexOf(name) + 1, 8);
    return reply;
  }
  const name = ATOMS[request.readUInt32LE(8) - 1] ?? '';
  const isKnown = request.readUInt32LE(4) === (name === ATOMS[0] ? ROOT : WINDOW);
  const value = (isKnown ? properties[name] : undefined) ?? Buffer.alloc(0);
  const padded = Buffer.alloc(Math.ceil(value.length / 4) * 4);
  value.copy(padded);
  reply.writeUInt8(value.length > 0 ? 8 : 0, 1);
  reply.writeUInt32LE(padded.length / 4, 4);
  reply.writeUInt32LE(value.length, 16);
  return Buffer.concat([reply, padded]);
}

function sandboxOf(properties: Readonly<Record<string, Buffer>>): FakeSandbox {
  const spec = {
    runId: 'r',
    network: 'none',
    memoryBytes: 1,
    cpus: 1,
    pidsLimit: 1,
    expiresInMs: 1,
  } as const;
  const sandbox = new FakeSandbox({ ...spec, display: { width: 1, height: 1 } }, 1);
  return Object.assign(sandbox, { openX: async () => serveX(properties) });
}

const window = Buffer.alloc(4);
window.writeUInt32LE(WINDOW);
const BROWSER = {
  _NET_ACTIVE_WINDOW: window,
  WM_CLASS: Buffer.from('chromium\0Chromium\0'),
  _NET_WM_NAME: Buffer.from('Bücher'),
};

it('tells the window in front and the page of the browser', async () => {
  using desktop = openGateDesktop({ sandbox: sandboxOf(BROWSER) }, { read: async () => 'https://a.test/' });
  expect(await desktop.foreground()).toEqual({
    application: { class: ['chromium', 'Chromium'], title: 'Bücher' },
    url: 'https://a.test/',
  });
});

it('tells no more than there is', async () => {
  using desktop = openGateDesktop({ sandbox: sandboxOf({}) }, undefined);
  expect(await desktop.foreground()).toEqual({});
});

it('fails where the browser does not tell its page, so that a rule on it holds', async () => {
  const read = () => Promise.reject(new Error('no answer'));
  using desktop = openGateDesktop({ sandbox: sandboxOf(BROWSER) }, { read });
  await expect(desktop.foreground()).rejects.toThrow('no answer');
});
