import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';
import { toLines, withoutMotion, Witness } from './witness.ts';

let desk: Desk;
let witness: Witness;

beforeAll(async () => {
  desk = await openDesk();
  witness = await Witness.open(desk);
});
afterAll(async () => await desk[Symbol.asyncDispose]());

beforeEach(async () => {
  await desk.act({ type: 'move', x: 700, y: 500 });
  await witness.take();
});

const CORNERS = [
  [0, 0],
  [1023, 0],
  [0, 767],
  [1023, 767],
  [511, 383],
] as const;

describe('a click', () => {
  it.each([
    ['left', 1],
    ['wheel', 2],
    ['right', 3],
  ] as const)('of the %s button is a press and a release of button %i', async (name, button) => {
    await desk.act({ type: 'click', x: 100, y: 200, button: name });
    expect(toLines(await witness.take())).toEqual([
      'motion at 100,200',
      `press ${button} at 100,200`,
      `release ${button} at 100,200 Button${button}`,
    ]);
  });

  it.each([
    ['back', 8],
    ['forward', 9],
  ] as const)('of the %s button is a press and a release of button %i', async (button, number) => {
    await desk.act({ type: 'click', x: 100, y: 200, button });
    expect(toLines(await witness.take())).toEqual([
      'motion at 100,200',
      `press ${number} at 100,200`,
      `release ${number} at 100,200`,
    ]);
  });

  it.each(CORNERS)('arrives at %i, %i', async (x, y) => {
    await desk.act({ type: 'click', x, y, button: 'left' });
    expect(toLines(await witness.take())).toEqual([
      `motion at ${x},${y}`,
      `press 1 at ${x},${y}`,
      `release 1 at ${x},${y} Button1`,
    ]);
  });

  it('has the keys that are held, and they come up in reverse', async () => {
    await desk.act({ type: 'click', x: 100, y: 200, button: 'left', keys: ['SHIFT', 'CTRL'] });
    expect(withoutMotion(await witness.take())).toEqual([
      'down Shift_L',
      'down Control_L Shift',
      'press 1 at 100,200 Shift Control',
      'release 1 at 100,200 Shift Control Button1',
      'up Control_L Shift Control',
      'up Shift_L Shift',
    ]);
  });

  it('has the keys that the server says are down', async () => {
    const held = await desk.display.keyboard.hold(['Control'], async () => await witness.held());
    expect(held).toContain('=down');
    expect(await witness.held()).toBe('');
  });

  it('lets go of the keys when it fails', async () => {
    const { keyboard, pointer } = desk.display;
    const click = keyboard.hold(['Control', 'Alt'], () => pointer.click({ x: 1024, y: 0 }, 'left'));
    await expect(click).rejects.toMatchObject({ code: 'out-of-bounds' });
    expect(toLines(await witness.take())).toEqual([
      'down Control_L',
      'down Alt_L Control',
      'up Alt_L Control Mod1',
      'up Control_L Control',
    ]);
  });
});

describe('a double click', () => {
  const pressTimes = async (): Promise<readonly number[]> =>
    (await witness.take()).filter(({ type }) => type === 'ButtonPress').map(({ timeMs }) => timeMs);

  it('is two presses within a quarter of the 500 ms that toolkits allow', async () => {
    await desk.act({ type: 'double_click', x: 300, y: 301 });
    const [first = 0, second = 0, ...others] = await pressTimes();
    expect(second - first).toBeLessThan(125);
    expect(others).toEqual([]);
  });

  it('does not merge with a click before it, nor two clicks with each other', async () => {
    await desk.act({ type: 'click', x: 300, y: 301, button: 'left' });
    await desk.act({ type: 'double_click', x: 301, y: 301 });
    await desk.act({ type: 'click', x: 300, y: 301, button: 'left' });
    const times = await pressTimes();
    const pauses = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(pauses.map((ms) => (ms > 500 ? 'apart' : 'together'))).toEqual(['apart', 'together', 'apart']);
  });
});

describe('a drag', () => {
  const path = [
    { x: 300, y: 300 },
    { x: 305, y: 303 },
    { x: 306, y: 303 },
    { x: 306, y: 304 },
    { x: 400, y: 200 },
    { x: 0, y: 0 },
    { x: 1023, y: 767 },
  ];

  it('goes through every point of its path, in order, with the button down', async () => {
    await desk.act({ type: 'drag', path });
    const lines = toLines(await witness.take());
    expect(lines.slice(0, 2)).toEqual(['motion at 300,300', 'press 1 at 300,300']);
    expect(lines.at(-1)).toBe('release 1 at 1023,767 Button1');
    const points = path.slice(1).map(({ x, y }) => `motion at ${x},${y} Button1`);
    const found = lines.filter((line) => points.includes(line));
    expect(found).toEqual(points);
    expect(lines.slice(2, -1).every((line) => line.startsWith('motion') && line.endsWith('Button1'))).toBe(
      true,
    );
  });

  // Alt alone is the window manager's: windows.test.ts has it.
  it.each([
    [['SHIFT'], ['down Shift_L'], 'Shift', ['up Shift_L Shift']],
    [['CTRL'], ['down Control_L'], 'Control', ['up Control_L Control']],
    [
      ['ALT', 'CTRL'],
      ['down Alt_L', 'down Control_L Mod1'],
      'Control Mod1',
      ['up Control_L Control Mod1', 'up Alt_L Mod1'],
    ],
  ] as const)('holds %j', async (keys, down, state, up) => {
    await desk.act({ type: 'drag', keys, path: [path[0], path[4]] });
    expect(withoutMotion(await witness.take())).toEqual([
      ...down,
      `press 1 at 300,300 ${state}`,
      `release 1 at 400,200 ${state} Button1`,
      ...up,
    ]);
  });

  it('that is stopped half-way lets go of the button and of the keys in reverse', async () => {
    const stop = new AbortController();
    const drag = desk.act(
      {
        type: 'drag',
        keys: ['CTRL', 'SHIFT'],
        path: [
          { x: 10, y: 10 },
          { x: 900, y: 10 },
        ],
      },
      stop.signal,
    );
    await until(
      async () => desk.display.pointer.position.x > 300 && desk.display.pointer.position.x < 700,
      'half',
    );
    stop.abort();
    await expect(drag).rejects.toMatchObject({ name: 'AbortError' });
    const lines = withoutMotion(await witness.take());
    expect(lines.map((line) => line.replace(/ at .*/u, ''))).toEqual([
      'down Control_L',
      'down Shift_L Control',
      'press 1',
      'release 1',
      'up Shift_L Shift Control',
      'up Control_L Control',
    ]);
    expect(await witness.held()).toBe('');
  });
});

describe('scrolling', () => {
  it.each([
    [0, 70, ['5']],
    [0, -140, ['4', '4']],
    [70, 0, ['7']],
    [-210, 0, ['6', '6', '6']],
    [0, 1, ['5']],
    [-1, -1, ['4', '6']],
    [0, 104, ['5']],
    [0, 106, ['5', '5']],
    [0, 0, []],
    [0, 1400, Array.from({ length: 20 }, () => '5')],
  ])(
    'by %i, %i px on what does not move is the nearest number of clicks of 70 px, and never none',
    async (scrollX, scrollY, buttons) => {
      await desk.act({ type: 'scroll', x: 50, y: 60, scroll_x: scrollX, scroll_y: scrollY });
      expect(toLines(await witness.take())).toEqual([
        'motion at 50,60',
        ...buttons.flatMap((button) => [`press ${button} at 50,60`, `release ${button} at 50,60`]),
      ]);
    },
  );

  it('has the keys that are held at every click of the wheel', async () => {
    await desk.act({ type: 'scroll', x: 50, y: 60, scroll_x: 0, scroll_y: 700, keys: ['CTRL'] });
    expect(withoutMotion(await witness.take())).toEqual([
      'down Control_L',
      ...Array.from({ length: 10 }, () => ['press 5 at 50,60 Control', 'release 5 at 50,60 Control']).flat(),
      'up Control_L Control',
    ]);
  });
});
