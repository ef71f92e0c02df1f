import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Point } from '../../../src/util/geometry.ts';
import { focused, openEditor } from './applications.ts';
import { openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;

/** Puts a window's frame at a place, waits until it is there, and gives the place of its content. */
async function place(title: string, { x, y }: Point): Promise<Point> {
  await desk.shell(`wmctrl -r '${title}' -e 0,${x},${y},480,300`);
  return await until(async () => {
    const at = await contentOf(title);
    return at.x >= x && at.x < x + 10 && at.y >= y && at.y < y + 60 && at;
  }, `${title} at its place`);
}

async function contentOf(title: string): Promise<Point> {
  const window = await desk.shell(`wmctrl -l | grep '${title}' | cut -d' ' -f1`);
  const facts = await desk.shell(`xwininfo -id ${window}`);
  const [x, y] = ['X', 'Y'].map((axis) =>
    Number(new RegExp(`left ${axis}: +(-?\\d+)`, 'u').exec(facts)?.[1]),
  );
  return { x: x ?? Number.NaN, y: y ?? Number.NaN };
}

const offset = ({ x, y }: Point, dx: number, dy: number): Point => ({ x: x + dx, y: y + dy });

beforeAll(async () => {
  desk = await openDesk();
});
afterAll(async () => await desk[Symbol.asyncDispose]());

describe('a drag', () => {
  let from: Point;
  let to: Point;
  beforeAll(async () => {
    await desk.shell('mkdir from to && echo hello >from/letter.txt');
    await desk.start('thunar /home/user/from');
    await focused(desk, 'from - Thunar');
    await desk.start('thunar /home/user/to');
    await focused(desk, 'to - Thunar');
    from = await place('from - Thunar', { x: 10, y: 40 });
    to = await place('to - Thunar', { x: 510, y: 40 });
    await desk.display.settle();
  });

  it('carries a file from one window of the file manager into another', async () => {
    const path = [offset(from, 210, 106), offset(from, 300, 150), offset(to, 300, 200)];
    await desk.act({ type: 'drag', path });
    await until(async () => (await desk.shell('ls to')) === 'letter.txt\n', 'letter in the other folder');
    expect(await desk.shell('cat to/letter.txt; ls from')).toBe('hello\n');
  });

  it('with ALT moves a window by as much as the pointer', async () => {
    const grip = offset(to, 300, 200);
    const path = [grip, offset(grip, 50, 20), offset(grip, -123, 145)];
    await desk.act({ type: 'drag', keys: ['ALT'], path });
    const moved = offset(to, -123, 145);
    await until(async () => (await contentOf('to - Thunar')).y === moved.y, 'window at its new place');
    expect(await contentOf('to - Thunar')).toEqual(moved);
  });
});

describe('the side buttons', () => {
  const HOME = '/home/user/outer';
  /** Which of the two folders the window shows. */
  const trail = async (): Promise<string> =>
    /(?<folder>outer|inner) - Thunar/u.exec(await desk.shell('wmctrl -l'))?.groups?.['folder'] ?? '';

  beforeAll(async () => {
    await desk.shell(`mkdir -p ${HOME}/inner`);
    await desk.start(`thunar ${HOME}`);
    await focused(desk, 'outer - Thunar');
  });
  afterAll(async () => {
    for (const title of ['inner - Thunar', 'elsewhere.txt - Mousepad'])
      await desk.shell(`wmctrl -c '${title}'`);
  });

  it('go back and forward in the window under the pointer, not in the one with the keyboard', async () => {
    const at = await place('outer - Thunar', { x: 10, y: 40 });
    await desk.display.settle();
    await desk.act({ type: 'double_click', ...offset(at, 210, 106) });
    await focused(desk, 'inner - Thunar');
    await openEditor(desk, '/home/user/elsewhere.txt', 'not here');
    await place('elsewhere.txt - Mousepad', { x: 510, y: 400 });
    const titles: string[] = [];
    for (const button of ['back', 'forward', 'back', 'forward']) {
      const before = await trail();
      await desk.act({ type: 'click', button, ...offset(at, 300, 200) });
      titles.push(await until(async () => (await trail()) !== before && (await trail()), 'other folder'));
    }
    expect(titles).toEqual(['outer', 'inner', 'outer', 'inner']);
  });
});

describe('in the editor', () => {
  /** In the image's font a character is 9 px wide and a line 18 px high. */
  let text: Point;
  const at = (column: number, line = 0): Point => offset(text, 2 + 9 * column, 44 + 18 * line);
  const copied = async (expected: string): Promise<string> => {
    await desk.act({ type: 'keypress', keys: ['CTRL', 'C'] });
    let found = '';
    await until(async () => {
      found = await desk.shell('xclip -selection clipboard -o 2>/dev/null || true');
      return found === expected;
    }, 'such clipboard').catch(() => undefined);
    return found;
  };

  beforeAll(async () => {
    await openEditor(desk, '/home/user/words.txt', 'alpha beta gamma delta\nsecond line here\n');
    text = await place('words.txt - Mousepad', { x: 100, y: 400 });
    await desk.display.settle();
  });
  beforeEach(async () => {
    await desk.shell('printf nothing | xclip -selection clipboard -i');
    await desk.act({ type: 'keypress', keys: ['CTRL', 'HOME'] });
  });

  it('a drag selects the text between its ends', async () => {
    await desk.act({ type: 'drag', path: [at(6), at(16)] });
    expect(await copied('beta gamma')).toBe('beta gamma');
  });

  it('a drag over two lines selects from the one into the other', async () => {
    await desk.act({ type: 'drag', path: [at(17), at(6, 1)] });
    expect(await copied('delta\nsecond')).toBe('delta\nsecond');
  });

  it('a click and a click with SHIFT select what is between them', async () => {
    await desk.act({ type: 'click', button: 'left', ...at(6) });
    await desk.act({ type: 'click', button: 'left', keys: ['SHIFT'], ...at(10) });
    expect(await copied('beta')).toBe('beta');
  });

  it('a double click selects one word, also after a click at the same place', async () => {
    await desk.act({ type: 'click', button: 'left', ...at(8) });
    await desk.act({ type: 'double_click', ...at(8) });
    expect(await copied('beta')).toBe('beta');
  });

  it('two clicks are no double click', async () => {
    await desk.act({ type: 'click', button: 'left', ...at(8) });
    await desk.act({ type: 'click', button: 'left', ...at(8) });
    await desk.act({ type: 'keypress', keys: ['SHIFT', 'RIGHT'] });
    expect(await copied('t')).toBe('t');
  });
});
