import { describe, expect, test } from 'vitest';
import { openDesk } from './fixture.ts';

const CTRL = 'ffe3';

describe('a click', () => {
  test.each([
    ['left', 1],
    ['wheel', 2],
    ['right', 4],
  ] as const)('of the %s button moves, presses and releases', async (button, mask) => {
    const { display, run, log } = await openDesk();
    await run(display.pointer.click({ x: 5, y: 6 }, button));
    expect(log()).toEqual(['5,6 0', `5,6 ${mask}`, '5,6 0']);
    expect(display.pointer.position).toEqual({ x: 5, y: 6 });
  });

  test.each([
    [{ x: 0, y: 0 }, '0,0'],
    [{ x: 63, y: 47 }, '63,47'],
    [{ x: 63.9, y: 0.5 }, '63,0'],
  ])('lands on the very pixel of %j', async (at, where) => {
    const { display, run, log } = await openDesk();
    await run(display.pointer.click(at, 'left'));
    expect(log()).toEqual([`${where} 0`, `${where} 1`, `${where} 0`]);
  });

  test('outside the screen sends nothing at all', async () => {
    const { display, run, log } = await openDesk();
    const click = run(display.pointer.click({ x: 64, y: 0 }, 'left'));
    await expect(click).rejects.toMatchObject({ code: 'out-of-bounds' });
    expect(log()).toEqual([]);
  });

  test('twice is a double click, well within the interval', async () => {
    const { display, clock, run, log } = await openDesk();
    const startedAt = clock.now();
    await run(display.pointer.click({ x: 5, y: 6 }, 'left', { count: 2 }));
    expect(log()).toEqual(['5,6 0', '5,6 1', '5,6 0', '5,6 1', '5,6 0']);
    expect(clock.now() - startedAt).toBeGreaterThan(100);
    expect(clock.now() - startedAt).toBeLessThan(200);
  });

  test('does not make a double click with the click before it', async () => {
    const { display, clock, run } = await openDesk();
    await run(display.pointer.click({ x: 5, y: 6 }, 'left'));
    const startedAt = clock.now();
    await run(display.pointer.click({ x: 8, y: 2 }, 'left'));
    expect(clock.now() - startedAt).toBeGreaterThan(480);
  });

  test.each([
    ['elsewhere', { x: 20, y: 6 }, 'left'],
    ['with another button', { x: 5, y: 6 }, 'right'],
  ] as const)('%s does not wait for the one before it', async (_, at, button) => {
    const { display, clock, run } = await openDesk();
    await run(display.pointer.click({ x: 5, y: 6 }, 'left'));
    const startedAt = clock.now();
    await run(display.pointer.click(at, button));
    expect(clock.now() - startedAt).toBeLessThan(100);
  });

  test.each([
    ['back', ['ffe9', 'ff51']],
    ['forward', ['ffe9', 'ff53']],
  ] as const)('of the %s button is its keys where the server has no such button', async (button, keys) => {
    const { display, run, log } = await openDesk();
    await run(display.pointer.click({ x: 5, y: 6 }, button));
    expect(log()).toEqual(['5,6 0', `+${keys[0]}`, `+${keys[1]}`, `-${keys[1]}`, `-${keys[0]}`]);
  });

  test.each([
    ['back', 'feec'],
    ['forward', 'feed'],
  ] as const)('of the %s button is one key where the server has a key for it', async (button, key) => {
    const { display, run, log } = await openDesk({ name: 'deskhand button-keys' });
    await run(display.pointer.click({ x: 5, y: 6 }, button));
    expect(log()).toEqual(['5,6 0', `+${key}`, `-${key}`]);
  });

  test.each([
    ['back', 128],
    ['forward', 256],
  ] as const)('of the %s button is button 8 or 9 where the server has it', async (button, mask) => {
    const { display, run, log } = await openDesk({ extendedButtons: true });
    await run(display.pointer.click({ x: 5, y: 6 }, button));
    expect(log()).toEqual(['5,6 0', `5,6 ${mask}`, '5,6 0']);
  });

  test('with held keys has them down before and up after, in reverse', async () => {
    const { display, run, log } = await openDesk();
    await run(
      display.keyboard.hold(['Control', 'Shift'], async () => display.pointer.click({ x: 1, y: 2 }, 'left')),
    );
    expect(log()).toEqual([`+${CTRL}`, '+ffe1', '1,2 0', '1,2 1', '1,2 0', '-ffe1', `-${CTRL}`]);
  });

  test('that is cancelled lets go of the button', async () => {
    const { display, clock, run, log } = await openDesk();
    const stop = new AbortController();
    const click = display.pointer.click({ x: 1, y: 2 }, 'left', { signal: stop.signal });
    click.catch(() => undefined);
    await clock.advance(2);
    stop.abort();
    await expect(run(click)).rejects.toMatchObject({ name: 'AbortError' });
    await run(display.settle());
    expect(log()).toEqual(['1,2 0', '1,2 1', '1,2 0']);
  });
});

describe('a drag', () => {
  test('goes through every point of its path with the button down, in small steps', async () => {
    const { display, run, log } = await openDesk();
    const path = [
      { x: 0, y: 0 },
      { x: 36, y: 0 },
      { x: 36, y: 40 },
    ];
    await run(display.pointer.drag(path));
    expect(log()).toEqual([
      '0,0 0',
      '0,0 1',
      '12,0 1',
      '24,0 1',
      '36,0 1',
      '36,10 1',
      '36,20 1',
      '36,30 1',
      '36,40 1',
      '36,40 0',
    ]);
  });

  test('leaves out no point, however close', async () => {
    const { display, run, log } = await openDesk();
    const path = Array.from({ length: 30 }, (_, i) => ({ x: i, y: i % 3 }));
    await run(display.pointer.drag(path));
    expect(log().slice(2, -1)).toEqual(path.slice(1).map(({ x, y }) => `${x},${y} 1`));
  });

  test('lets go where it is when it is cancelled', async () => {
    const { display, clock, run, log } = await openDesk();
    const stop = new AbortController();
    const path = [
      { x: 0, y: 0 },
      { x: 60, y: 0 },
    ];
    const drag = display.pointer.drag(path, { signal: stop.signal });
    drag.catch(() => undefined);
    await clock.advance(20);
    stop.abort();
    await expect(run(drag)).rejects.toMatchObject({ name: 'AbortError' });
    await run(display.settle());
    expect(log()).toEqual(['0,0 0', '0,0 1', '12,0 1', '24,0 1', '24,0 0']);
  });

  test('drops only when the screen has come to rest', async () => {
    const { server, display, clock, run, log } = await openDesk();
    const path = [
      { x: 0, y: 0 },
      { x: 10, y: 0 },
    ];
    const drag = display.pointer.drag(path);
    for (let i = 0; i < 30; i++) {
      await clock.advance(10);
      server.draw({ x: i, y: 0, width: 1, height: 1 }, 0xff_ff_ff);
    }
    expect(log()).toEqual(['0,0 0', '0,0 1', '10,0 1']);
    await run(drag);
    expect(log()).toEqual(['10,0 0']);
  });

  test('with a point outside sends nothing at all', async () => {
    const { display, run, log } = await openDesk();
    const path = [
      { x: 0, y: 0 },
      { x: 0, y: 48 },
    ];
    await expect(run(display.pointer.drag(path))).rejects.toMatchObject({ code: 'out-of-bounds' });
    expect(log()).toEqual([]);
  });

  test('of one point is refused', async () => {
    const { display, run } = await openDesk();
    await expect(run(display.pointer.drag([{ x: 0, y: 0 }]))).rejects.toMatchObject({
      code: 'invalid-action',
    });
  });
});

describe('scrolling', () => {
  test.each([
    [{ x: 0, y: 70 }, ['16']],
    [{ x: 0, y: -140 }, ['8', '8']],
    [{ x: 1, y: 0 }, ['64']],
    [{ x: -104, y: 0 }, ['32']],
    [{ x: 105, y: -34 }, ['8', '64', '64']],
    [{ x: 0, y: 0 }, []],
  ])('by %j px is the nearest number of wheel clicks of 70 px, and at least one', async (by, masks) => {
    const { display, run, log } = await openDesk();
    await run(display.pointer.scroll({ x: 3, y: 4 }, by));
    expect(log()).toEqual(['3,4 0', ...masks.flatMap((mask) => [`3,4 ${mask}`, '3,4 0'])]);
  });

  test('by a huge amount ends', async () => {
    const { display, run, log } = await openDesk();
    await run(display.pointer.scroll({ x: 3, y: 4 }, { x: 0, y: 1e9 }));
    expect(log().length).toBe(2001);
  });

  test('by what is no number is refused', async () => {
    const { display, run, log } = await openDesk();
    const scroll = run(display.pointer.scroll({ x: 3, y: 4 }, { x: Number.NaN, y: 0 }));
    await expect(scroll).rejects.toMatchObject({ code: 'invalid-action' });
    expect(log()).toEqual([]);
  });
});

test('moving presses nothing, and a position is a point and nothing else', async () => {
  const { display, run, log } = await openDesk();
  const action = { type: 'move', x: 9, y: 8, keys: [] };
  await run(display.pointer.move(action));
  expect(log()).toEqual(['9,8 0']);
  expect(display.pointer.position).toEqual({ x: 9, y: 8 });
});

test('on a screen of another size all px are of the declared size', async () => {
  const { display, run, log } = await openDesk({ display: { size: { width: 32, height: 32 } } });
  await run(display.pointer.click({ x: 0, y: 4 }, 'left'));
  expect(log()).toEqual(['1,1 0', '1,1 1', '1,1 0']);
  await run(display.pointer.scroll({ x: 31, y: 27 }, { x: 0, y: 70 }));
  expect(log()).toEqual(['63,47 0', '63,47 16', '63,47 0', '63,47 16', '63,47 0']);
  await expect(run(display.pointer.move({ x: 0, y: 3 }))).rejects.toMatchObject({ code: 'out-of-bounds' });
});
