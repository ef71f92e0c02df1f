import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POINTER_RULES } from '../../../src/display/pointer.ts';
import type { Point } from '../../../src/util/geometry.ts';
import { focused } from './applications.ts';
import { openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

const FILE = '/home/user/drawing.png';
const CANVAS = { width: 700, height: 400 };
const WHITE = 255;
/** Sharp turns, short and long legs. */
const PATH: readonly Point[] = [
  [300, 300],
  [420, 310],
  [440, 330],
  [380, 400],
  [600, 480],
  [600, 250],
  [280, 260],
].map(([x = 0, y = 0]) => ({ x, y }));

/** One step of a drag: a program that gets no processor looks late where the pointer is. pointer.test.ts is exact. */
const LATE_PX = POINTER_RULES.dragStepPx;
/** Of the program's toolbar: it begins with another tool. */
const PENCIL: Point = { x: 18, y: 132 };

let desk: Desk;

beforeAll(async () => {
  desk = await openDesk();
  await desk.shell(`convert -size ${CANVAS.width}x${CANVAS.height} xc:white png24:${FILE}`);
  await desk.start(`mtpaint ${FILE}`);
  await until(async () => (await desk.shell('wmctrl -l')).includes('Settings Toolbar'), 'toolbar');
  await desk.shell(`wmctrl -c 'Settings Toolbar'; wmctrl -r mtPaint -b add,maximized_vert,maximized_horz`);
  await focused(desk, 'mtPaint');
  await desk.act({ type: 'click', button: 'left', ...PENCIL });
  await desk.display.settle();
});
afterAll(async () => await desk[Symbol.asyncDispose]());

/** All pixels that are not white any more, px of the canvas. */
async function readPainted(): Promise<readonly Point[]> {
  const pixels = await sharp(await desk.sandbox.readFile(FILE))
    .removeAlpha()
    .raw()
    .toBuffer();
  return Array.from({ length: CANVAS.width * CANVAS.height }, (_, i) => i)
    .filter((i) => [0, 1, 2].some((channel) => pixels[3 * i + channel] !== WHITE))
    .map((i) => ({ x: i % CANVAS.width, y: Math.floor(i / CANVAS.width) }));
}

const least = (points: readonly Point[], axis: 'x' | 'y'): number =>
  Math.min(...points.map((point) => point[axis]));

describe('a drag in a drawing program', () => {
  it('paints a stroke through every point of its path', async () => {
    await desk.act({ type: 'drag', path: PATH });
    await desk.act({ type: 'keypress', keys: ['CTRL', 'S'] });
    const painted = await until(async () => {
      // Half of a file is no picture.
      const points = await readPainted().catch(() => []);
      return points.length > 0 && points;
    }, 'stroke in the file');
    const canvas = { x: least(PATH, 'x') - least(painted, 'x'), y: least(PATH, 'y') - least(painted, 'y') };
    const stroke = painted.map(({ x, y }) => ({ x: x + canvas.x, y: y + canvas.y }));
    const missed = PATH.filter(
      (point) => !stroke.some(({ x, y }) => Math.hypot(x - point.x, y - point.y) <= LATE_PX),
    );
    expect(missed).toEqual([]);
    const length = PATH.slice(1).reduce(
      (sum, { x, y }, i) => sum + Math.max(Math.abs(x - (PATH[i]?.x ?? 0)), Math.abs(y - (PATH[i]?.y ?? 0))),
      0,
    );
    // One pixel for each step of the longer axis, and nothing beside the path.
    expect(Math.abs(painted.length - length)).toBeLessThan(length / 20);
  });
});
