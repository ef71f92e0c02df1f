import { describe, expect, test } from 'vitest';
import { connectRfb2 } from '../../../src/display/rfb/rfb2-client.ts';
import type { Rfb2ClientOptions } from '../../../src/display/rfb/rfb2-client.ts';
import type { RfbClient, RfbUpdate } from '../../../src/display/rfb/rfb-client.ts';
import { FakeRfbServer } from '../../../src/testing/fake-rfb-server.ts';
import type { FakeRfbServerOptions } from '../../../src/testing/fake-rfb-server.ts';
import { rectOf, u16, u32, updateOf } from '../../../src/testing/rfb-wire.ts';
import { systemClock } from '../../../src/util/clock.ts';
import type { Rect } from '../../../src/util/geometry.ts';

/** What all servers have in common is in describe-vnc-server.ts: here is what none but a fake one can show. */
const SERVERS: readonly (readonly [string, FakeRfbServerOptions])[] = [
  ['that sends all at once', {}],
  ['that sends one byte at a time', { chunkBytes: 1 }],
];

async function connect(options: FakeRfbServerOptions = {}, client: Partial<Rfb2ClientOptions> = {}) {
  const server = new FakeRfbServer(options);
  const rfb = await connectRfb2(server.connect(), { clock: systemClock, ...client });
  return { server, rfb };
}

/** The next update of the screen. */
async function nextUpdate(rfb: RfbClient): Promise<RfbUpdate> {
  return new Promise((resolve) => {
    const stop = rfb.onUpdate((update) => {
      stop();
      resolve(update);
    });
  });
}

function pixelsOf(rfb: RfbClient, { x, y, width, height }: Rect): readonly string[] {
  return Array.from({ length: width * height }, (_, i) => {
    const at = ((y + Math.floor(i / width)) * rfb.size.width + x + (i % width)) * 4;
    return rfb.framebuffer.toString('hex', at, at + 3);
  });
}

describe.each(SERVERS)('a client of a server %s', (_, options) => {
  test('has the whole first frame when it is connected', async () => {
    const server = new FakeRfbServer({ ...options, name: 'desktop' });
    server.draw({ x: 0, y: 0, width: 64, height: 48 }, 0x10_20_30);
    await using rfb = await connectRfb2(server.connect(), { clock: systemClock });
    expect([rfb.name, rfb.size]).toEqual(['desktop', { width: 64, height: 48 }]);
    expect(new Set(pixelsOf(rfb, { x: 0, y: 0, width: 64, height: 48 }))).toEqual(new Set(['102030']));
  });

  test('follows what is drawn and reports where', async () => {
    const { server, rfb } = await connect(options);
    await using _ = rfb;
    const update = nextUpdate(rfb);
    server.draw({ x: 3, y: 5, width: 7, height: 2 }, 0xff_80_01);
    expect(await update).toEqual({ rects: [{ x: 3, y: 5, width: 7, height: 2 }] });
    expect(pixelsOf(rfb, { x: 2, y: 5, width: 3, height: 1 })).toEqual(['000000', 'ff8001', 'ff8001']);
  });

  test('sends pointer and key events as they are', async () => {
    const { server, rfb } = await connect(options);
    await using _ = rfb;
    rfb.sendPointer(0, 0, 1);
    rfb.sendPointer(63, 47, 0);
    rfb.sendKey(0x0100_20ac, true);
    rfb.sendKey(0xff0d, false);
    await rfb.sync();
    expect(server.inputs).toEqual([
      { type: 'pointer', x: 0, y: 0, mask: 1 },
      { type: 'pointer', x: 63, y: 47, mask: 0 },
      { type: 'key', keysym: 0x0100_20ac, isDown: true },
      { type: 'key', keysym: 0xff0d, isDown: false },
    ]);
  });

  test('is told when the server goes', async () => {
    const { server, rfb } = await connect(options);
    server.session.close();
    expect(await rfb.closed).toMatchObject({ code: 'display-closed' });
    await expect(rfb.sync()).rejects.toMatchObject({ code: 'display-closed' });
  });
});

describe('a client', () => {
  test('asks for R, G, B in this order, raw and copied rectangles and the pointer apart', async () => {
    const { server, rfb } = await connect();
    await using _ = rfb;
    expect(server.received.slice(0, 3)).toEqual([
      { type: 'pixel-format', shifts: [0, 8, 16] },
      { type: 'encodings', encodings: [0, 1, -223, 0xc0a1_e5ce | 0, -316, -261, -239] },
      { type: 'update-request', incremental: false, rect: { x: 0, y: 0, width: 64, height: 48 } },
    ]);
  });

  test('leaves the pointer in the picture when asked to', async () => {
    const { server, rfb } = await connect({}, { drawPointer: true });
    await using _ = rfb;
    expect(server.received[1]).toEqual({
      type: 'encodings',
      encodings: [0, 1, -223, 0xc0a1_e5ce | 0, -316, -261],
    });
  });

  test('reports only rows that have changed, and nothing when none has', async () => {
    const { server, rfb } = await connect();
    await using _ = rfb;
    const seen: RfbUpdate[] = [];
    rfb.onUpdate((update) => seen.push(update));
    server.draw({ x: 0, y: 10, width: 4, height: 1 }, 0xff_ff_ff);
    await rfb.sync();
    server.session.change({ x: 0, y: 0, width: 64, height: 48 });
    await rfb.sync();
    server.draw({ x: 1, y: 20, width: 1, height: 2 }, 0xff_ff_ff);
    await rfb.sync();
    expect(seen).toEqual([
      { rects: [{ x: 0, y: 10, width: 4, height: 1 }] },
      { rects: [{ x: 1, y: 20, width: 1, height: 2 }] },
    ]);
  });

  test('copies rectangles within the screen, overlapping ones too', async () => {
    const { server, rfb } = await connect();
    await using _ = rfb;
    for (const [y, colour] of [0x11_11_11, 0x22_22_22, 0x33_33_33].entries()) {
      server.draw({ x: 0, y, width: 2, height: 1 }, colour);
    }
    await rfb.sync();
    const update = nextUpdate(rfb);
    server.session.send(
      updateOf(rectOf({ x: 1, y: 1, width: 2, height: 3 }, 1, Buffer.concat([u16(0), u16(0)]))),
    );
    expect(await update).toEqual({ rects: [{ x: 1, y: 1, width: 2, height: 3 }] });
    expect(pixelsOf(rfb, { x: 1, y: 0, width: 1, height: 4 })).toEqual([
      '111111',
      '111111',
      '222222',
      '333333',
    ]);
  });

  test('follows the size of the desktop and asks for the whole of it', async () => {
    const { server, rfb } = await connect();
    await using _ = rfb;
    const update = nextUpdate(rfb);
    server.session.send(updateOf(rectOf({ x: 0, y: 0, width: 80, height: 30 }, -223)));
    expect(await update).toEqual({ rects: [{ x: 0, y: 0, width: 80, height: 30 }] });
    expect([rfb.size, rfb.framebuffer.length]).toEqual([{ width: 80, height: 30 }, 80 * 30 * 4]);
    await rfb.sync();
    expect(server.received).toContainEqual({
      type: 'update-request',
      incremental: false,
      rect: { x: 0, y: 0, width: 80, height: 30 },
    });
  });

  test('tells the shapes of the pointer apart', async () => {
    const { server, rfb } = await connect();
    await using _ = rfb;
    const shapes: (number | undefined)[] = [];
    rfb.onUpdate(({ pointerShape }) => shapes.push(pointerShape));
    const shape = (fill: number): Buffer =>
      updateOf(rectOf({ x: 0, y: 0, width: 9, height: 2 }, -239, Buffer.alloc(9 * 2 * 4 + 2 * 2, fill)));
    server.session.send(shape(1), shape(1), shape(2), shape(0), shape(1));
    await rfb.sync();
    expect(shapes).toEqual([shapes[0], expect.any(Number), 0, shapes[0]]);
    expect(new Set(shapes).size).toBe(3);
  });

  test('lets the server tell of Caps Lock, and is not put off by it', async () => {
    const { server, rfb } = await connect({ chunkBytes: 3 });
    await using _ = rfb;
    server.session.send(updateOf(rectOf({ x: 0, y: 0, width: 0, height: 0 }, -261, Buffer.from([4]))));
    const update = nextUpdate(rfb);
    server.draw({ x: 1, y: 1, width: 1, height: 1 }, 0xff_ff_ff);
    expect(await update).toEqual({ rects: [{ x: 1, y: 1, width: 1, height: 1 }] });
  });

  test('is not put off by a bell, a colour map or the text of a clipboard', async () => {
    const { server, rfb } = await connect({ chunkBytes: 3 });
    await using _ = rfb;
    server.session.send(
      Buffer.from([2]),
      Buffer.concat([Buffer.from([1, 0]), u16(0), u16(2), Buffer.alloc(12)]),
      Buffer.concat([Buffer.from([3, 0, 0, 0]), u32(5), Buffer.from('hello')]),
    );
    const update = nextUpdate(rfb);
    server.draw({ x: 1, y: 1, width: 1, height: 1 }, 0xff_ff_ff);
    expect(await update).toEqual({ rects: [{ x: 1, y: 1, width: 1, height: 1 }] });
  });

  test('sends what Latin-1 has to a server with a plain clipboard', async () => {
    const { server, rfb } = await connect();
    await using _ = rfb;
    await rfb.sendClipboard('café 日本');
    await rfb.sync();
    expect(rfb.hasUnicodeClipboard).toBe(false);
    expect(server.inputs).toEqual([{ type: 'cut-text', text: 'café ??' }]);
  });

  test('knows buttons 8 and 9 where the server confirms them', async () => {
    const { server, rfb } = await connect({ extendedButtons: true });
    await using _ = rfb;
    await rfb.sync();
    expect(rfb.hasExtendedButtons).toBe(true);
    for (const mask of [128, 256 + 1, 1, 0]) rfb.sendPointer(5, 6, mask);
    await rfb.sync();
    expect(server.inputs).toEqual([128, 257, 1, 0].map((mask) => ({ type: 'pointer', x: 5, y: 6, mask })));
  });

  test('closes without a trace', async () => {
    const { rfb } = await connect();
    await rfb[Symbol.asyncDispose]();
    await rfb[Symbol.asyncDispose]();
    rfb.sendKey(0x61, true);
    expect(await rfb.closed).toMatchObject({ code: 'display-closed' });
  });
});
