import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { createDisplay } from '../../../src/display/rfb-display.ts';
import { FakeActivity } from '../../../src/testing/fake-activity.ts';
import { FakeRfbServer } from '../../../src/testing/fake-rfb-server.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { rectOf, updateOf } from '../../../src/testing/rfb-wire.ts';
import { openDesk, SIZE } from './fixture.ts';

const DOT = { x: 1, y: 2, width: 1, height: 1 };
const BLOCK = { x: 10, y: 10, width: 20, height: 20 };
const SCREEN = { x: 0, y: 0, ...SIZE };

/** Colours of a PNG, row by row, in hexadecimal. */
async function coloursOf(png: Uint8Array): Promise<readonly string[]> {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return Array.from({ length: info.width * info.height }, (_, i) => data.toString('hex', i * 3, i * 3 + 3));
}

describe('a screenshot', () => {
  test('is the screen, pixel by pixel, as a PNG of the declared size', async () => {
    const { server, display, clock, run } = await openDesk();
    server.draw(SCREEN, 0x12_34_56);
    server.draw(DOT, 0xff_80_01);
    await run(display.settle());
    const shot = await display.screenshot();
    const expected = Array.from({ length: 64 * 48 }, (_, i) => (i === 2 * 64 + 1 ? 'ff8001' : '123456'));
    expect(await coloursOf(shot.png)).toEqual(expected);
    expect({ ...shot, png: undefined }).toEqual({
      ...SIZE,
      png: undefined,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/u),
      takenAtMs: clock.wall(),
    });
  });

  test('of an unchanged screen is not encoded again', async () => {
    const { server, display, clock, run } = await openDesk();
    const [first, second] = [await display.screenshot(), await display.screenshot()];
    server.session.change(SCREEN);
    await clock.advance(10);
    const third = await display.screenshot();
    expect(second.png).toBe(first.png);
    expect(third.png).toBe(first.png);
    expect(third.takenAtMs).toBe(first.takenAtMs + 10);
    server.draw(DOT, 0xff_ff_ff);
    await run(display.settle());
    expect((await display.screenshot()).sha256).not.toBe(first.sha256);
  });

  test('taken many times at once is encoded once', async () => {
    const { display } = await openDesk();
    const shots = await Promise.all(Array.from({ length: 5 }, async () => display.screenshot()));
    expect(new Set(shots.map(({ png }) => png)).size).toBe(1);
  });

  test('never shows half an update', async () => {
    const { server, display, clock, run } = await openDesk();
    const white = rectOf(SCREEN, 0, Buffer.alloc(64 * 48 * 4, 0xff));
    const update = updateOf(white);
    server.isSilent = true;
    server.session.send(update.subarray(0, 5000));
    await clock.advance(2);
    const shot = run(display.screenshot());
    await clock.advance(50);
    server.isSilent = false;
    server.session.send(update.subarray(5000));
    server.draw(DOT, 0xff_ff_ff);
    expect(new Set(await coloursOf((await shot).png))).toEqual(new Set(['ffffff']));
  });

  test('of a screen of other proportions has it in the middle between black bars', async () => {
    const { server, display, run } = await openDesk({ display: { size: { width: 32, height: 32 } } });
    server.draw(SCREEN, 0x12_34_56);
    await run(display.settle());
    const shot = await display.screenshot();
    const colours = await coloursOf(shot.png);
    expect([shot.width, shot.height]).toEqual([32, 32]);
    const rows = Array.from({ length: 32 }, (_, y) => new Set(colours.slice(y * 32, y * 32 + 32)));
    expect(rows.map((row) => [...row].join())).toEqual(
      Array.from({ length: 32 }, (_, y) => (y >= 4 && y < 28 ? '123456' : '000000')),
    );
  });

  test('follows a desktop that changes its size', async () => {
    const { server, display, clock, run } = await openDesk();
    server.session.send(updateOf(rectOf({ x: 0, y: 0, width: 128, height: 96 }, -223)));
    await clock.advance(10);
    const shot = await run(display.screenshot());
    expect([shot.width, shot.height]).toEqual([64, 48]);
    await run(display.pointer.click({ x: 63, y: 47 }, 'left'));
    expect(server.inputs.at(-1)).toEqual({ type: 'pointer', x: 127, y: 95, mask: 0 });
  });
});

describe('settling', () => {
  test('takes 80 ms on a screen that does nothing', async () => {
    const { display, run } = await openDesk();
    const { waitedMs, ...rest } = await run(display.settle());
    expect(waitedMs).toBeLessThanOrEqual(84);
    expect(rest).toEqual({ reason: 'quiet', updates: 0 });
  });

  test('after an input waits for what it brings about', async () => {
    const { server, display, clock, run } = await openDesk();
    await run(display.pointer.click({ x: 3, y: 3 }, 'left'));
    const settled = display.settle();
    await clock.advance(150);
    server.draw(BLOCK, 0xff_ff_ff);
    await clock.advance(30);
    server.draw(BLOCK, 0x00_00_00);
    const { waitedMs, ...rest } = await run(settled);
    expect(rest).toEqual({ reason: 'quiet', updates: 2 });
    expect(waitedMs).toBeGreaterThanOrEqual(240);
    expect(waitedMs).toBeLessThan(260);
  });

  test('counts what happened while the input was still under way', async () => {
    const desk = await openDesk({
      onMessage: (message) => {
        if (message.type === 'pointer' && message.mask === 1) desk.server.draw(BLOCK, 0xff_ff_ff);
      },
    });
    const { display, clock, run } = desk;
    await run(display.pointer.click({ x: 3, y: 3 }, 'left'));
    const startedAt = clock.now();
    await run(display.settle());
    expect(clock.now() - startedAt).toBeLessThan(90);
  });

  test('ends as soon as the processes of the desktop have nothing left to do', async () => {
    const activity = new FakeActivity();
    const { server, display, clock, run } = await openDesk({ display: { activity } });
    await run(display.pointer.click({ x: 3, y: 3 }, 'left'));
    const settled = display.settle();
    for (let i = 0; i < 4; i++) {
      await clock.advance(10);
      activity.work(10);
    }
    server.draw(DOT, 0xff_ff_ff);
    const { waitedMs, ...rest } = await run(settled);
    expect(rest).toEqual({ reason: 'idle', updates: 1 });
    expect(waitedMs).toBeGreaterThanOrEqual(57);
    expect(waitedMs).toBeLessThan(70);
  });

  test('does not believe processes that cannot work at the moment but would', async () => {
    const activity = new FakeActivity();
    const { server, display, clock, run } = await openDesk({ display: { activity } });
    await run(display.pointer.click({ x: 3, y: 3 }, 'left'));
    activity.isAtWork = true;
    const settled = display.settle();
    await clock.advance(200);
    server.draw(BLOCK, 0xff_ff_ff);
    activity.isAtWork = false;
    expect(await run(settled)).toMatchObject({ reason: 'idle', updates: 1 });
  });

  test('waits for what was drawn already and is still on its way', async () => {
    const activity = new FakeActivity();
    const { server, display, clock, run } = await openDesk({ display: { activity } });
    await run(display.keyboard.chord(['a']));
    const settled = display.settle();
    await clock.advance(4);
    server.isSilent = true;
    await clock.advance(100);
    server.isSilent = false;
    server.draw(BLOCK, 0xff_ff_ff);
    expect(await run(settled)).toMatchObject({ reason: 'idle', updates: 1 });
  });

  test('has limits that can be set', async () => {
    const { server, display, clock, run } = await openDesk({
      display: { settle: { capMs: 300, quietMs: 40 } },
    });
    await run(display.keyboard.chord(['a']));
    const settled = display.settle();
    for (let i = 0; i < 40; i++) {
      server.draw({ ...DOT, x: i }, i + 1);
      await clock.advance(10);
    }
    expect(await settled).toMatchObject({ reason: 'cap' });
  });

  test('ends when it is cancelled', async () => {
    const { display, clock } = await openDesk();
    const stop = new AbortController();
    const settled = display.settle({ signal: stop.signal });
    settled.catch(() => undefined);
    await clock.advance(10);
    stop.abort();
    await expect(settled).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('readiness', () => {
  test('waits for a picture that is drawn and still', async () => {
    const { server, display, clock, run } = await openDesk();
    const ready = display.ready({ timeoutMs: 5000 });
    await clock.advance(1000);
    server.draw(DOT, 0xff_ff_ff);
    await clock.advance(200);
    server.draw(DOT, 0x80_80_80);
    const drawnAt = clock.now();
    await run(ready);
    expect(clock.now() - drawnAt).toBeGreaterThanOrEqual(240);
  });

  test('is not reached by a screen of one colour', async () => {
    const { server, display, run } = await openDesk();
    server.draw(SCREEN, 0x12_34_56);
    await expect(run(display.ready({ timeoutMs: 2000 }))).rejects.toMatchObject({
      code: 'display-stalled',
      message: 'The desktop was not drawn and still within 2000 ms.',
    });
  });
});

describe('a lost connection', () => {
  test('is made again, with nothing held and the picture of now', async () => {
    const { server, display, clock, run, log } = await openDesk();
    const held = display.keyboard.hold(['Control'], async () => {
      server.session.close();
      await clock.sleep(50);
      server.draw(SCREEN, 0x12_34_56);
    });
    await run(held);
    const shot = await run(display.screenshot());
    expect(new Set(await coloursOf(shot.png))).toEqual(new Set(['123456']));
    expect(log()).toEqual(['+ffe3', '-ffe3', '31,24 0', '32,24 0']);
    await run(display.pointer.click({ x: 0, y: 0 }, 'left'));
    expect(log()).toEqual(['0,0 0', '0,0 1', '0,0 0']);
  });

  test('fails the action under way: no input is sent twice', async () => {
    const { server, display, clock, run, log } = await openDesk();
    const drag = display.pointer.drag([
      { x: 0, y: 0 },
      { x: 60, y: 0 },
    ]);
    drag.catch(() => undefined);
    await clock.advance(20);
    server.session.close();
    await expect(run(drag)).rejects.toMatchObject({ code: 'display-closed' });
    await run(display.settle());
    const sent = log();
    expect(sent.filter((entry) => entry === '0,0 1')).toEqual(['0,0 1']);
    expect(sent.at(-1)).toMatch(/ 0$/u);
  });

  test('that cannot be made again is the end of the display, which says so', async () => {
    const server = new FakeRfbServer();
    const clock = new ManualClock();
    let attempts = 0;
    const display = await createDisplay({
      connect: async () => {
        if (attempts++ > 0) throw new Error('connect ECONNREFUSED');
        return server.connect();
      },
      size: SIZE,
      clock,
    });
    server.session.close();
    const lost = await clock.run(display.lost);
    expect(attempts).toBe(5);
    expect(lost).toMatchObject({
      code: 'display-closed',
      message: 'The display was lost: The VNC connection ended.',
      cause: { code: 'display-connect-failed', message: 'Cannot reach the VNC server: connect ECONNREFUSED' },
    });
    await expect(display.screenshot()).rejects.toBe(lost);
    await expect(display.pointer.move({ x: 0, y: 0 })).rejects.toBe(lost);
    await display.releaseAll();
    await display[Symbol.asyncDispose]();
  });

  test('that the server refuses to make again is not asked for twice', async () => {
    const servers = [new FakeRfbServer(), new FakeRfbServer({ refusal: 'Too many' })];
    const clock = new ManualClock();
    let attempts = 0;
    const display = await createDisplay({
      connect: async () => (servers[Math.min(attempts++, 1)] ?? new FakeRfbServer()).connect(),
      size: SIZE,
      clock,
    });
    servers[0]?.session.close();
    const lost = await clock.run(display.lost);
    expect([attempts, lost.cause]).toEqual([2, expect.objectContaining({ code: 'display-authentication' })]);
  });

  test('that is lost over and over is given up too', async () => {
    const server = new FakeRfbServer();
    const clock = new ManualClock();
    const display = await createDisplay({ connect: async () => server.connect(), size: SIZE, clock });
    const closing = (async () => {
      for (let i = 0; i < 5; i++) {
        server.session.close();
        await clock.sleep(4000);
      }
    })();
    await clock.run(Promise.all([display.lost, closing]));
    expect(server.sessions.length).toBe(5);
  });

  test('stalls a call only as long as its signal allows', async () => {
    const server = new FakeRfbServer();
    const clock = new ManualClock();
    let isFirst = true;
    const display = await createDisplay({
      connect: async () => {
        if (isFirst) {
          isFirst = false;
          return server.connect();
        }
        return new Promise(() => undefined);
      },
      size: SIZE,
      clock,
    });
    server.session.close();
    await clock.advance(10);
    const stop = new AbortController();
    const shot = display.screenshot({ signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(shot).rejects.toThrow('enough');
    await display[Symbol.asyncDispose]();
  });
});

test('a first connection that fails is not tried again', async () => {
  const clock = new ManualClock();
  let attempts = 0;
  const attempt = createDisplay({
    connect: async () => {
      attempts++;
      throw new Error('no such socket');
    },
    size: SIZE,
    clock,
  });
  await expect(attempt).rejects.toMatchObject({ code: 'display-connect-failed' });
  expect(attempts).toBe(1);
});

describe('releasing all', () => {
  test('lets go of keys and buttons at once', async () => {
    const { display, run, log } = await openDesk();
    await run(
      display.keyboard.hold(['Shift', 'Alt'], async () => {
        await display.releaseAll();
      }),
    );
    expect(log()).toEqual(['+ffe1', '+ffe9', '-ffe9', '-ffe1', '32,24 0']);
  });

  test('is what closing does first', async () => {
    const { display, clock, run, log } = await openDesk();
    const held = display.keyboard.hold(['Shift'], async () => {
      await clock.sleep(1000);
    });
    await clock.advance(5);
    await run(display[Symbol.asyncDispose]());
    await run(held);
    expect(log()).toEqual(['+ffe1', '-ffe1', '32,24 0']);
    await expect(display.settle()).rejects.toMatchObject({ code: 'display-closed' });
  });
});
