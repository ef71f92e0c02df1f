import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { connectRfb2 } from '../../../src/display/rfb/rfb2-client.ts';
import type { RfbClient } from '../../../src/display/rfb/rfb-client.ts';
import { FakeRfbServer } from '../../../src/testing/fake-rfb-server.ts';
import type { FakeRfbServerOptions } from '../../../src/testing/fake-rfb-server.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { rectOf, u16, u32, u8, updateOf } from '../../../src/testing/rfb-wire.ts';
import { systemClock } from '../../../src/util/clock.ts';

async function connect(
  options: FakeRfbServerOptions = {},
): Promise<{ server: FakeRfbServer; rfb: RfbClient }> {
  const server = new FakeRfbServer(options);
  return { server, rfb: await connectRfb2(server.connect(), { clock: systemClock }) };
}

const SCREEN = { x: 0, y: 0, width: 64, height: 48 };

describe('a server that breaks the protocol', () => {
  const breaks: readonly (readonly [string, Buffer])[] = [
    ['an unknown message', u8(99)],
    ['an unknown encoding', updateOf(rectOf(SCREEN, 7))],
    ['a rectangle beyond the right side', updateOf(rectOf({ ...SCREEN, x: 1 }, 0))],
    ['a rectangle beyond the bottom', updateOf(rectOf({ ...SCREEN, y: 1 }, 0))],
    ['a rectangle of 65535 x 65535', updateOf(rectOf({ x: 0, y: 0, width: 65_535, height: 65_535 }, 0))],
    ['a copy from outside', updateOf(rectOf({ ...SCREEN, width: 2 }, 1, Buffer.concat([u16(63), u16(0)])))],
    ['a copy to the outside', updateOf(rectOf({ ...SCREEN, x: 9 }, 1, Buffer.concat([u16(0), u16(0)])))],
    ['a pointer of 4000 x 4000', updateOf(rectOf({ x: 0, y: 0, width: 4000, height: 4000 }, -239))],
    ['a screen of 5000 x 10', updateOf(rectOf({ x: 0, y: 0, width: 5000, height: 10 }, -223))],
    ['a screen without rows', updateOf(rectOf({ x: 0, y: 0, width: 10, height: 0 }, -223))],
    ['a text of 2 GB', Buffer.concat([u8(3), Buffer.alloc(3), u32(0x7fff_ffff)])],
    ['a clipboard message of 2 GB', Buffer.concat([u8(3), Buffer.alloc(3), u32(-0x8000_0000)])],
    ['a clipboard message without content', Buffer.concat([u8(3), Buffer.alloc(3), u32(-1)])],
  ];

  test.each(breaks)('%s ends the connection with a typed error', async (_, bytes) => {
    const { server, rfb } = await connect();
    server.isSilent = true;
    const waiting = rfb.sync();
    server.session.send(bytes);
    expect(await rfb.closed).toMatchObject({ name: 'DisplayError', code: 'display-protocol' });
    await expect(waiting).rejects.toMatchObject({ code: 'display-protocol' });
  });

  test('closes in the middle of a rectangle', async () => {
    const { server, rfb } = await connect();
    server.session.send(updateOf(rectOf(SCREEN, 0, Buffer.alloc(100))));
    server.session.close();
    expect(await rfb.closed).toMatchObject({ code: 'display-closed' });
    expect(rfb.isMidUpdate).toBe(true);
  });

  test('fails as a stream', async () => {
    const { server, rfb } = await connect();
    server.session.close(new Error('ECONNRESET'));
    expect(await rfb.closed).toMatchObject({ code: 'display-closed', retryable: true });
  });
});

describe('a handshake', () => {
  const refusals: readonly (readonly [string, FakeRfbServerOptions, string, RegExp])[] = [
    ['with something else', { greeting: 'HTTP/1.1 400' }, 'display-protocol', /not a VNC server/u],
    ['refused by 3.8', { refusal: 'Too many' }, 'display-authentication', /refused us: Too many\./u],
    [
      'refused by 3.3',
      { greeting: 'RFB 003.003\n', refusal: 'Too many' },
      'display-authentication',
      /Too many/u,
    ],
    ['that needs a password', { security: [2] }, 'display-authentication', /wants a password/u],
    ['of unknown security', { security: [19, 30] }, 'display-authentication', /security types 19, 30/u],
    ['of too big a screen', { size: { width: 4097, height: 1 } }, 'display-protocol', /4097x1/u],
  ];

  test.each(refusals)('%s fails with a typed error', async (_, options, code, message) => {
    await expect(connect(options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('with a wrong password fails', async () => {
    const server = new FakeRfbServer({ security: [2], password: 'right' });
    const attempt = connectRfb2(server.connect(), { clock: systemClock, password: 'wrong' });
    await expect(attempt).rejects.toMatchObject({
      code: 'display-authentication',
      message: 'The VNC server refused us: Wrong password.',
    });
  });

  test('believes no length of a reason or a name', async () => {
    for (const bytes of [
      Buffer.concat([u8(0), u32(0x7fff_ffff)]),
      Buffer.concat([u8(1), u8(1), u32(0), u16(64), u16(48), Buffer.alloc(16), u32(0x7fff_ffff)]),
    ]) {
      const server = new FakeRfbServer({ greeting: '' });
      const attempt = connectRfb2(server.connect(), { clock: systemClock });
      server.session.send(Buffer.from('RFB 003.008\n'), bytes);
      await expect(attempt).rejects.toMatchObject({ code: 'display-protocol' });
    }
  });

  test('that ends early or is aborted says so', async () => {
    const server = new FakeRfbServer({ greeting: 'RFB 003' });
    const attempt = connectRfb2(server.connect(), { clock: systemClock });
    server.session.close();
    await expect(attempt).rejects.toMatchObject({ code: 'display-connect-failed', retryable: true });

    const stop = new AbortController();
    const other = connectRfb2(server.connect(), { clock: systemClock, signal: stop.signal });
    stop.abort();
    await expect(other).rejects.toMatchObject({ code: 'display-connect-failed' });
  });
});

describe('a server that stops answering', () => {
  test('fails the handshake in time', async () => {
    const clock = new ManualClock();
    const server = new FakeRfbServer({ greeting: '' });
    const attempt = connectRfb2(server.connect(), { clock, handshakeTimeoutMs: 3000 });
    await expect(clock.run(attempt)).rejects.toMatchObject({
      code: 'display-connect-failed',
      message: 'The VNC server sent no whole frame in 3000 ms.',
    });
    expect(clock.sleeping).toBe(0);
  });

  test('is found out by the next probe, and everything that waits fails', async () => {
    const clock = new ManualClock();
    const server = new FakeRfbServer();
    const rfb = await connectRfb2(server.connect(), { clock, probeIntervalMs: 1000, stallTimeoutMs: 500 });
    await clock.advance(5000);
    server.isSilent = true;
    const waiting = rfb.sync();
    waiting.catch(() => undefined);
    await clock.advance(1600);
    await expect(waiting).rejects.toMatchObject({ code: 'display-stalled', retryable: true });
    expect(await rfb.closed).toMatchObject({ code: 'display-stalled' });
    expect(clock.sleeping).toBe(0);
  });

  test('is found out in the middle of a rectangle too', async () => {
    const clock = new ManualClock();
    const server = new FakeRfbServer();
    const rfb = await connectRfb2(server.connect(), { clock, probeIntervalMs: 1000, stallTimeoutMs: 500 });
    server.isSilent = true;
    server.session.send(updateOf(rectOf(SCREEN, 0, Buffer.alloc(100))));
    await clock.advance(1600);
    expect(rfb.isMidUpdate).toBe(true);
    expect(await rfb.closed).toMatchObject({ code: 'display-stalled' });
    expect(clock.sleeping).toBe(0);
  });

  test('is waited for only as long as the signal allows', async () => {
    const { server, rfb } = await connect();
    await using _ = rfb;
    server.isSilent = true;
    const stop = new AbortController();
    const waiting = rfb.sync({ signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a server that floods', () => {
  const MEGABYTE = 1024 * 1024;
  setFlagsFromString('--expose-gc');
  const collectGarbage: unknown = runInNewContext('gc');
  const heldMegabytes = (): number => {
    if (typeof collectGarbage === 'function') collectGarbage();
    return process.memoryUsage().arrayBuffers / MEGABYTE;
  };

  test('with texts is read to the end, and nothing of it is kept', async () => {
    const { server, rfb } = await connect();
    await using _ = rfb;
    const before = heldMegabytes();
    for (let text = 0; text < 5; text++) {
      server.session.send(u8(3), Buffer.alloc(3), u32(15 * MEGABYTE));
      for (let part = 0; part < 15; part++) server.session.send(Buffer.alloc(MEGABYTE));
      await rfb.sync();
    }
    // The engine counts freed buffers off some time after their collection.
    await expect.poll(() => heldMegabytes() - before, { timeout: 10_000 }).toBeLessThan(4);
  });
});

describe('the extended clipboard', () => {
  test('hands the text out when a program asks for it', async () => {
    const { server, rfb } = await connect({ extendedClipboard: true });
    await using _ = rfb;
    await rfb.sync();
    expect(rfb.hasUnicodeClipboard).toBe(true);
    const taken = rfb.sendClipboard('日本\nend');
    await rfb.sync();
    server.session.send(u8(3), Buffer.alloc(3), u32(-4), u32(0x0200_0001));
    await taken;
    await rfb.sync();
    const sent = server.received.filter((message) => message.type === 'clipboard');
    expect(sent.map(({ flags }) => flags)).toEqual([0x1b00_0001, 0x0800_0001, 0x1000_0001]);
    const provided = inflateSync(sent[2]?.content ?? Buffer.alloc(0));
    expect(provided.readUInt32BE()).toBe(provided.length - 4);
    expect(provided.toString('utf8', 4)).toBe('日本\r\nend\0');
  });

  test('is left alone where the server takes no notice of texts', async () => {
    const { server, rfb } = await connect();
    await using _ = rfb;
    server.session.send(u8(3), Buffer.alloc(3), u32(-8), u32(0x1700_0001), u32(0));
    await rfb.sendClipboard('café');
    await rfb.sync();
    expect(rfb.hasUnicodeClipboard).toBe(false);
    expect(server.inputs).toEqual([{ type: 'cut-text', text: 'café' }]);
  });

  test('does not wait for a program when the connection goes', async () => {
    const { server, rfb } = await connect({ extendedClipboard: true });
    await rfb.sync();
    const taken = rfb.sendClipboard('x');
    server.session.close();
    await taken;
    expect(await rfb.closed).toMatchObject({ code: 'display-closed' });
  });
});
