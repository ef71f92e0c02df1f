import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Display } from '../../../src/display/display.ts';
import { createDisplay } from '../../../src/display/rfb-display.ts';
import type { DisplayOptions } from '../../../src/display/rfb-display.ts';
import { openDesk } from '../input/desk.ts';
import type { Desk } from '../input/desk.ts';
import { Witness } from '../input/witness.ts';

let desk: Desk;
let witness: Witness;

beforeAll(async () => {
  desk = await openDesk();
  witness = await Witness.open(desk);
});
afterAll(async () => await desk[Symbol.asyncDispose]());

/** A display of the desktop, and its streams in the order of their opening. */
async function openDisplay(
  options: Partial<DisplayOptions> = {},
): Promise<{ readonly display: Display; readonly streams: readonly Duplex[] }> {
  const streams: Duplex[] = [];
  const connect: DisplayOptions['connect'] = async (o) => {
    const stream = await desk.sandbox.openVnc(o);
    streams.push(stream);
    return stream;
  };
  return { display: await createDisplay({ connect, size: desk.display.size, ...options }), streams };
}

describe('a connection that is cut', () => {
  it('leaves no key and no button down on the desktop', async () => {
    const { display, streams } = await openDisplay();
    await using _ = display;
    await witness.take();
    const cut = display.keyboard.hold(['Control', 'Shift'], async () => {
      const path = [
        { x: 100, y: 300 },
        { x: 900, y: 300 },
      ];
      const drag = display.pointer.drag(path);
      drag.catch(() => undefined);
      await delay(100);
      streams[0]?.destroy();
      await drag;
    });
    await expect(cut).rejects.toMatchObject({ code: 'display-closed' });
    await display.pointer.click({ x: 200, y: 500 }, 'left');
    await display.settle();
    const received = await witness.take();
    const presses = received.filter(({ type }) => type === 'ButtonPress');
    expect(presses.map(({ state }) => state)).toEqual([['Shift', 'Control'], []]);
    expect(received.filter(({ type }) => type === 'ButtonRelease').length).toBe(2);
    expect(received.filter(({ type }) => type === 'KeyRelease').length).toBe(2);
    expect(streams.length).toBe(2);
  });

  it('is made again behind a screenshot', async () => {
    const { display, streams } = await openDisplay();
    await using _ = display;
    const before = await display.screenshot();
    streams[0]?.destroy();
    await delay(0);
    const after = await display.screenshot();
    expect([after.sha256, streams.length]).toEqual([before.sha256, 2]);
  });
});

describe('a server that stops', () => {
  it('is waited for, found out, and connected to again when it goes on', async () => {
    const { display, streams } = await openDisplay({ stallTimeoutMs: 500, handshakeTimeoutMs: 1000 });
    await using _ = display;
    await desk.shell('pkill -STOP Xvnc; (sleep 1.2; pkill -CONT Xvnc) >/dev/null 2>&1 &');
    const { reason } = await display.settle();
    expect(reason).toBe('quiet');
    expect(streams.length).toBeGreaterThan(1);
    expect((await display.screenshot()).png.length).toBeGreaterThan(1000);
  });
});
