import { describe, expect, test } from 'vitest';
import { u32, u8 } from '../../../src/testing/rfb-wire.ts';
import { openDesk } from './fixture.ts';

const CLIPBOARD_REQUEST = Buffer.concat([u8(3), Buffer.alloc(3), u32(-4), u32(0x0200_0001)]);

describe('a chord', () => {
  test('has all keys down in order, then up in reverse', async () => {
    const { display, run, log } = await openDesk();
    await run(display.keyboard.chord(['Control', 'Shift', 'T']));
    expect(log()).toEqual(['+ffe3', '+ffe1', '+54', '-54', '-ffe1', '-ffe3']);
  });

  test('of an unknown key presses nothing', async () => {
    const { display, run, log } = await openDesk();
    const chord = run(display.keyboard.chord(['Control', 'Nonsense']));
    await expect(chord).rejects.toMatchObject({ code: 'unknown-key' });
    expect(log()).toEqual([]);
  });

  test('that is cancelled leaves nothing down', async () => {
    const { display, clock, run, log } = await openDesk();
    const stop = new AbortController();
    const chord = display.keyboard.chord(['Alt', 'F4'], { signal: stop.signal });
    chord.catch(() => undefined);
    await clock.advance(2);
    stop.abort();
    await expect(run(chord)).rejects.toMatchObject({ name: 'AbortError' });
    await run(display.settle());
    expect(log()).toEqual(['+ffe9', '+ffc1', '-ffc1', '-ffe9']);
  });
});

describe('held keys', () => {
  test('come up in reverse when the act fails, with its error', async () => {
    const { display, run, log } = await openDesk();
    const held = display.keyboard.hold(['Control', 'Alt'], async () => {
      throw new Error('no luck');
    });
    await expect(run(held)).rejects.toThrow('no luck');
    await run(display.settle());
    expect(log()).toEqual(['+ffe3', '+ffe9', '-ffe9', '-ffe3']);
  });

  test('of no name do nothing but the act', async () => {
    const { display, run, log } = await openDesk();
    await expect(run(display.keyboard.hold([], async () => Promise.resolve(7)))).resolves.toBe(7);
    expect(log()).toEqual([]);
  });
});

describe('text', () => {
  test('is typed key by key, as it is written', async () => {
    const { display, run, log } = await openDesk();
    await run(display.keyboard.type('aB\t€\n'));
    expect(log()).toEqual(['+61', '-61', '+42', '-42', '+ff09', '-ff09', '+20ac', '-20ac', '+ff0d', '-ff0d']);
  });

  test('has its new keys made known before any of it is typed, once; a chord likewise', async () => {
    const asked: unknown[] = [];
    const { display, run, log } = await openDesk({
      display: { giveKeys: async (keysyms) => Promise.resolve(void asked.push(...keysyms, log())) },
    });
    await run(display.keyboard.type('aÉ'));
    expect(asked).toEqual([0xe9, []]);
    expect(log()).toEqual(['+61', '-61', '+c9', '-c9']);
    await run(display.keyboard.type('éÉ'));
    await run(display.keyboard.chord(['Control', 'ñ']));
    expect(asked.filter((entry) => typeof entry === 'number')).toEqual([0xe9, 0xf1]);
  });

  test('with the names of keys in it is typed literally', async () => {
    const { display, run, log } = await openDesk();
    await run(display.keyboard.type('ESC'));
    expect(log()).toEqual(['+45', '-45', '+53', '-53', '+43', '-43']);
  });

  test('goes on as soon as the program shows something, and does not wait for ever', async () => {
    const echo = { x: 1, y: 1, width: 1, height: 1 };
    const text = 'x'.repeat(640);
    const shown = await openDesk({
      onMessage: (message) => {
        if (message.type === 'key' && message.isDown) shown.server.draw(echo, shown.server.inputs.length);
      },
    });
    const shownFrom = shown.clock.now();
    await shown.run(shown.display.keyboard.type(text));
    const hidden = await openDesk();
    const hiddenFrom = hidden.clock.now();
    await hidden.run(hidden.display.keyboard.type(text));
    expect(shown.log().length).toBe(1280);
    expect(hidden.log().length).toBe(1280);
    expect(shown.clock.now() - shownFrom).toBeLessThan(40);
    expect(hidden.clock.now() - hiddenFrom).toBeGreaterThanOrEqual(400);
    expect(hidden.clock.now() - hiddenFrom).toBeLessThan(450);
  });

  test('stops at once when it is cancelled', async () => {
    const { display, clock, run, log } = await openDesk();
    const stop = new AbortController();
    const typing = display.keyboard.type('x'.repeat(1000), { signal: stop.signal });
    typing.catch(() => undefined);
    await clock.advance(150);
    stop.abort();
    await expect(run(typing)).rejects.toMatchObject({ name: 'AbortError' });
    expect(log().length).toBe(512);
  });

  test('beyond the spare keys is pasted, and what follows waits until it was taken', async () => {
    const { server, display, run, log } = await openDesk({
      extendedClipboard: true,
      display: { keyboard: { spareKeys: 0 } },
      onMessage: (message, session) => {
        if (message.type === 'key' && message.keysym === 0xff63 && !message.isDown)
          session.send(CLIPBOARD_REQUEST);
      },
    });
    await run(display.keyboard.type('日x本y'));
    const clearing = ['+20', '-20', '+ff08', '-ff08'];
    expect(log()).toEqual([...clearing, '+ffe1', '+ff63', '-ff63', '-ffe1', '+79', '-79']);
    const order = server.received
      .map(({ type }) => type)
      .filter((type) => type === 'clipboard' || type === 'key');
    expect(order.slice(-8)).toEqual(['clipboard', 'key', 'key', 'key', 'key', 'clipboard', 'key', 'key']);
  });

  test('that no program takes is an error that the model is told', async () => {
    const { display, run } = await openDesk({
      extendedClipboard: true,
      display: { keyboard: { spareKeys: 0 } },
    });
    await expect(run(display.keyboard.type('日'))).rejects.toMatchObject({
      name: 'ActionError',
      code: 'unsupported-text',
      message: 'The program did not take the text that was pasted into it.',
    });
  });
});
