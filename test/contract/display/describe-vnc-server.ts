import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDisplay } from '../../../src/display/rfb-display.ts';
import type { DisplayOptions } from '../../../src/display/rfb-display.ts';
import { connectRfb2 } from '../../../src/display/rfb/rfb2-client.ts';
import type { RfbClient } from '../../../src/display/rfb/rfb-client.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { eventually, heldAfter } from './watched-server.ts';
import type { ServerTraits, WatchedServer } from './watched-server.ts';

const LETTER_A = 0x61;
const RETURN = 0xff0d;
const TEXT = 'grün';

interface Subject extends ServerTraits {
  /** The server, once it is open. */
  readonly get: () => WatchedServer;
}

/** What deskhand needs of a VNC server, held against what the server itself says. */
export function describeVncServer(
  name: string,
  traits: ServerTraits,
  open: () => Promise<WatchedServer>,
): void {
  describe(`the VNC server ${name}`, () => {
    let server: WatchedServer;
    beforeAll(async () => {
      server = await open();
    });
    afterAll(async () => await server[Symbol.asyncDispose]());
    const subject = { ...traits, get: () => server };
    testPicture(subject);
    testInput(subject);
    if (traits.password !== undefined) testPassword(subject, traits.password);
    if (traits.readClipboard !== undefined) testClipboard(subject, traits.readClipboard);
    if (traits.resize !== undefined) testSize(subject, traits.resize);
    testDisplay(subject);
    testEnd(subject);
  });
}

async function connectTo({ get, password }: Subject): Promise<RfbClient> {
  return await connectRfb2(await get().connect(), { clock: systemClock, password });
}

function testPicture(subject: Subject): void {
  test('has its whole screen shown when it is connected to', async () => {
    await subject.get().draw(1);
    await using rfb = await connectTo(subject);
    expect(rfb.size).toEqual(subject.get().size);
    expect(await wrongPixelsOnce(subject, rfb)).toBe(0);
  });

  test('tells of what is drawn', async () => {
    await using rfb = await connectTo(subject);
    for (const seed of [2, 3]) {
      const updated = new Promise((resolve) => void rfb.onUpdate(resolve));
      await subject.get().draw(seed);
      await updated;
      expect(await wrongPixelsOnce(subject, rfb)).toBe(0);
    }
  });
}

function testInput(subject: Subject): void {
  test('gets pointer and key events as they are, at the corners too', async () => {
    await using rfb = await connectTo(subject);
    // x11vnc passes on no movement to the place where it has last put the pointer.
    rfb.sendPointer(9, 9, 0);
    await rfb.sync();
    await subject.get().forget();
    const [right, bottom] = [rfb.size.width - 1, rfb.size.height - 1];
    for (const [x, y, mask] of [[0, 0, 1] as const, [right, bottom, 4] as const]) {
      for (const buttons of [0, mask, 0]) rfb.sendPointer(x, y, buttons);
      await rfb.sync();
    }
    for (const keysym of [LETTER_A, RETURN]) {
      for (const isDown of [true, false]) rfb.sendKey(keysym, isDown);
      await rfb.sync();
    }
    expect(await inputsOnce(subject, 8)).toEqual([
      'press 1 at 0,0',
      'release 1 at 0,0',
      `press 3 at ${right},${bottom}`,
      `release 3 at ${right},${bottom}`,
      'down a',
      'up a',
      'down Return',
      'up Return',
    ]);
  });
}

function testPassword(subject: Subject, password: string): void {
  test.each([
    ['none', undefined],
    ['a wrong one', `not ${password}`],
  ])('lets nobody in whose password is %s', async (_, given) => {
    const attempt = connectTo({ ...subject, password: given });
    await expect(attempt).rejects.toMatchObject({ name: 'DisplayError', code: 'display-authentication' });
  });
}

function testClipboard(subject: Subject, read: NonNullable<ServerTraits['readClipboard']>): void {
  test('hands the clipboard on', async () => {
    await using rfb = await connectTo(subject);
    await rfb.sync();
    void rfb.sendClipboard(TEXT);
    await rfb.sync();
    const found = await eventually(
      async () => await read(subject.get()),
      (text) => text === TEXT,
    );
    expect(found).toBe(TEXT);
  });
}

function testSize(subject: Subject, resize: NonNullable<ServerTraits['resize']>): void {
  test('tells of another size', async () => {
    await using rfb = await connectTo(subject);
    const before = rfb.size;
    await resize(subject.get());
    const { size } = subject.get();
    expect(size).not.toEqual(before);
    await eventually(
      async () => await rfb.sync(),
      () => rfb.size.width === size.width && rfb.size.height === size.height,
    );
    expect(rfb.size).toEqual(size);
    expect(await wrongPixelsOnce(subject, rfb)).toBe(0);
  });
}

function testDisplay(subject: Subject): void {
  test('serves a display: clicks, text, screenshots', async () => {
    const server = subject.get();
    await using display = await createDisplay(toOptions(subject));
    await server.forget();
    await display.pointer.click({ x: 30, y: 40 }, 'left');
    await display.keyboard.type('hi');
    await display.settle();
    expect(await inputsOnce(subject, 6)).toEqual([
      'press 1 at 30,40',
      'release 1 at 30,40',
      'down h',
      'up h',
      'down i',
      'up i',
    ]);
    const expected = await server.pixels();
    const wrong = await eventually(
      async () => {
        const { png } = await display.screenshot();
        return countWrong({ pixels: await sharp(png).raw().toBuffer(), channels: 3 }, expected, subject);
      },
      (count) => count === 0,
    );
    expect(wrong).toBe(0);
  });

  test('has nothing held once a connection that was cut is made again', async () => {
    const cuts: (() => void)[] = [];
    await using display = await createDisplay(toOptions(subject, cuts));
    await subject.get().forget();
    await display.keyboard.hold(['Shift'], async () => {
      expect(await inputsOnce(subject, 1)).toEqual(['down Shift_L']);
      cuts[0]?.();
      await display.settle();
    });
    await display.pointer.click({ x: 30, y: 40 }, 'left');
    expect(heldAfter(await inputsOnce(subject, 4))).toEqual([]);
    expect(cuts.length).toBe(2);
  });
}

function testEnd(subject: Subject): void {
  test('is known to have ended when it has', async () => {
    const rfb = await connectTo(subject);
    await subject.get().kill();
    expect(await rfb.closed).toMatchObject({ name: 'DisplayError', code: 'display-closed' });
    await expect(rfb.sync()).rejects.toMatchObject({ code: 'display-closed' });
  });
}

/** @param cuts gets the way to cut each connection, in the order of their making */
function toOptions({ get, password }: Subject, cuts: (() => void)[] = []): DisplayOptions {
  const connect: DisplayOptions['connect'] = async () => {
    const stream = await get().connect();
    cuts.push(() => stream.destroy());
    return stream;
  };
  return { size: get().size, password, connect };
}

/** As soon as there are so many, or what there is at the deadline. */
async function inputsOnce({ get }: Subject, count: number): Promise<readonly string[]> {
  return await eventually(
    async () => await get().inputs(),
    (lines) => lines.length >= count,
  );
}

/** Pixels that differ from the server's, as soon as none does, or at the deadline. */
async function wrongPixelsOnce(subject: Subject, rfb: RfbClient): Promise<number> {
  const expected = await subject.get().pixels();
  const look = async (): Promise<number> => {
    await rfb.sync();
    return countWrong({ pixels: rfb.framebuffer, channels: 4 }, expected, subject);
  };
  return await eventually(look, (count) => count === 0);
}

interface Picture {
  readonly pixels: Buffer;
  readonly channels: 3 | 4;
}

function countWrong({ pixels, channels }: Picture, expected: Buffer, { tolerance = 0 }: Subject): number {
  if (pixels.length / channels !== expected.length / 3) return Infinity;
  let wrong = 0;
  for (let i = 0, j = 0; j < expected.length; i += channels, j += 3) {
    const off = [0, 1, 2].map((channel) =>
      Math.abs((pixels[i + channel] ?? 0) - (expected[j + channel] ?? 0)),
    );
    if (Math.max(...off) > tolerance) wrong++;
  }
  return wrong;
}
