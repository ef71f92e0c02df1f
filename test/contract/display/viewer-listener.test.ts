import { createCipheriv } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import type { Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { connectRfb2 } from '../../../src/display/rfb/rfb2-client.ts';
import { openViewerListener } from '../../../src/display/viewer/viewer-listener.ts';
import { FakeRfbServer } from '../../../src/testing/fake-rfb-server.ts';
import { systemClock } from '../../../src/util/clock.ts';

function dial(address: string): Socket {
  const { hostname, port } = new URL(`tcp://${address}`);
  return connectSocket({ host: hostname, port: Number(port) });
}

const REFUSED: unknown = expect.stringMatching(/^display-/);

/** RFC 6143 7.2.2 with the platform's own DES: the bits of each byte of the key are mirrored. */
function prove(challenge: Buffer, password: string): Buffer {
  const key = Buffer.from(password, 'latin1').map((byte) =>
    Number.parseInt([...byte.toString(2).padStart(8, '0')].toReversed().join(''), 2),
  );
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([key, key, key]), null);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(challenge), cipher.final()]);
}

async function read(stream: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes: unknown = stream.read(length);
    if (bytes instanceof Buffer) return bytes;
    await once(stream, 'readable');
  }
}

/** A viewer: deskhand's own RFB client, over TCP as anybody's. */
async function view(address: string, password: string) {
  return await connectRfb2(dial(address), { clock: systemClock, password });
}

async function open(desktop = new FakeRfbServer()) {
  const listener = await openViewerListener({ connect: async () => desktop.connect() });
  return { listener, desktop };
}

test('lets a viewer with the password see and act, until it leaves', async () => {
  const { listener, desktop } = await open();
  await using _ = listener;
  expect(listener.address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(listener.password).toMatch(/^[A-Za-z2-9]{8}$/);
  desktop.draw({ x: 0, y: 0, width: 1, height: 1 }, 0x112233);
  const viewer = await view(listener.address, listener.password);
  await viewer.sync();
  expect(viewer.size).toEqual(desktop.size);
  expect([...viewer.framebuffer.subarray(0, 3)]).toEqual([0x11, 0x22, 0x33]);
  viewer.sendKey(0x61, true);
  await viewer.sync();
  expect(desktop.inputs).toContainEqual({ type: 'key', keysym: 0x61, isDown: true });
  await viewer[Symbol.asyncDispose]();
  expect(await listener.ended).toBe('left');
});

test('refuses a wrong password and stays open for the right one', async () => {
  const { listener, desktop } = await open();
  await using _ = listener;
  await expect(view(listener.address, 'wrong')).rejects.toMatchObject({
    code: 'display-authentication',
    message: 'The VNC server refused us: Wrong password.',
  });
  expect(desktop.sessions).toEqual([]);
  await using viewer = await view(listener.address, listener.password);
  await viewer.sync();
});

test('is good for one viewer: nobody else comes in with the same password', async () => {
  const { listener } = await open();
  await using _ = listener;
  const viewer = await view(listener.address, listener.password);
  await expect(view(listener.address, listener.password)).rejects.toMatchObject({ code: REFUSED });
  await viewer[Symbol.asyncDispose]();
  await listener.ended;
  await expect(view(listener.address, listener.password)).rejects.toMatchObject({ code: REFUSED });
});

test('closes after five wrong passwords', async () => {
  const { listener } = await open();
  await using _ = listener;
  for (let tries = 0; tries < 5; tries++) {
    await expect(view(listener.address, `wrong-${tries}`)).rejects.toMatchObject({ code: REFUSED });
  }
  expect(await listener.ended).toBe('locked');
  await expect(view(listener.address, listener.password)).rejects.toMatchObject({ code: REFUSED });
});

test('never lets a viewer have the desktop for itself', async () => {
  const [ours, theirs] = duplexPair();
  await using listener = await openViewerListener({ connect: async () => ours });
  theirs.write('RFB 003.008\n');
  const heard: number[] = [];
  theirs.on('data', (bytes: Buffer) => {
    heard.push(...bytes);
    if (heard.length === 12) theirs.write(Buffer.from([1, 1]));
    if (heard.length === 13) theirs.write(Buffer.alloc(4));
  });
  // rfb2 asks for sharing; a viewer of 3.8 that does not is written by hand.
  const viewer = dial(listener.address);
  await read(viewer, 12);
  viewer.write('RFB 003.008\n');
  expect([...(await read(viewer, 2))]).toEqual([1, 2]);
  viewer.write(Buffer.from([2]));
  viewer.write(prove(await read(viewer, 16), listener.password));
  expect([...(await read(viewer, 4))]).toEqual([0, 0, 0, 0]);
  const EXCLUSIVE = 0;
  viewer.write(Buffer.from([EXCLUSIVE, 0x77]));
  await expect.poll(() => heard.slice(13)).toEqual([1, 0x77]);
  viewer.destroy();
  expect(await listener.ended).toBe('left');
});

test('closing it throws the viewer out and frees the port', async () => {
  const { listener } = await open();
  const viewer = await view(listener.address, listener.password);
  await listener[Symbol.asyncDispose]();
  await viewer.closed;
  const again = dial(listener.address);
  await expect(once(again, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('closes with its signal', async () => {
  const over = new AbortController();
  const desktop = new FakeRfbServer();
  await using listener = await openViewerListener({
    connect: async () => desktop.connect(),
    signal: over.signal,
  });
  over.abort();
  await expect(view(listener.address, listener.password)).rejects.toMatchObject({ code: REFUSED });
});

test('takes no port that another has', async () => {
  const { listener } = await open();
  await using _ = listener;
  const port = Number(listener.address.split(':')[1]);
  const attempt = openViewerListener({ connect: async () => new FakeRfbServer().connect(), port });
  await expect(attempt).rejects.toMatchObject({ code: 'display-connect-failed' });
});
