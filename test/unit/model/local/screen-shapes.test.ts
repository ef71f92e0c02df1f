import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  findEmptyPlace,
  findField,
  findWindow,
  isInButton,
} from '../../../../src/model/local/screen-shapes.ts';
import { decodePng } from '../../../../src/model/ocr/decode.ts';
import { fill, outline, paint, scribble } from '../ocr/painting.ts';

const screenOf = (name: string) =>
  decodePng(readFileSync(new URL(`../../../fixtures/screens/${name}.png`, import.meta.url)));

describe('on real desktops', () => {
  test.each([
    // [screen, box of the title, the window's frame as it is drawn]
    ['save-dialog', { x: 685, y: 40, width: 48, height: 10 }, { left: 171, right: 1268, bottom: 899 }],
    ['settings', { x: 672, y: 184, width: 54, height: 14 }, { left: 399, right: 1040, bottom: 700 }],
    ['calculator', { x: 569, y: 208, width: 68, height: 14 }, { left: 500, right: 750, bottom: 540 }],
    ['context-menu', { x: 516, y: 128, width: 88, height: 11 }, { left: 200, right: 961, bottom: 664 }],
  ])('%s: the window goes from its title bar to the ends of its frame', async (name, title, frame) => {
    const window = findWindow(await screenOf(name), title);
    const { x = 0, y = 0, width = 0, height = 0 } = window ?? {};
    const errors = [x - frame.left, x + width - 1 - frame.right, y + height - frame.bottom];
    expect(errors.map((error) => Math.abs(error) <= 2)).toEqual([true, true, true]);
  });

  test('the title on a button of the panel is no window', async () => {
    expect(findWindow(await screenOf('settings'), { x: 124, y: 11, width: 47, height: 12 })).toBeUndefined();
  });

  test.each([
    ['save-dialog', { x: 183, y: 76, width: 38, height: 9 }, { x: 235, y: 66, width: 1022, height: 28 }],
    [
      'find-and-replace',
      { x: 160, y: 203, width: 64, height: 10 },
      { x: 269, y: 194, width: 247, height: 28 },
    ],
    [
      'find-and-replace',
      { x: 160, y: 237, width: 78, height: 13 },
      { x: 269, y: 228, width: 247, height: 28 },
    ],
  ])('%s: a label names the field to its right', async (name, label, field) => {
    expect(findField(await screenOf(name), label)).toEqual(field);
  });

  test('an empty place in a window has nothing on it', async () => {
    const screen = await screenOf('context-menu');
    const window = { x: 200, y: 125, width: 762, height: 539 };
    const place = findEmptyPlace(screen, window, { isDesktop: false }) ?? { x: 0, y: 0 };
    const colours = new Set<string>();
    for (let y = place.y - 30; y <= place.y + 30; y++) {
      for (let x = place.x - 30; x <= place.x + 30; x++) {
        colours.add(screen.rgb.slice((y * screen.width + x) * 3, (y * screen.width + x) * 3 + 3).join());
      }
    }
    expect(colours.size).toBe(1);
  });

  test('the desktop is its wallpaper, not the white of a window', async () => {
    const screen = await screenOf('find-and-replace');
    const all = { x: 0, y: 0, width: screen.width, height: screen.height };
    const { x, y } = findEmptyPlace(screen, all, { isDesktop: true }) ?? { x: 0, y: 0 };
    const at = (y * screen.width + x) * 3;
    expect(screen.rgb.slice(at, at + 3).join()).toBe('47,78,103');
  });
});

describe('on painted screens', () => {
  test('a field that holds its label is the one around it', () => {
    const screen = paint(400, 200, [206, 206, 206]);
    fill(screen, { x: 50, y: 50, width: 200, height: 28 }, [252, 252, 252]);
    outline(screen, { x: 50, y: 50, width: 200, height: 28 }, [90, 90, 90]);
    const label = scribble(screen, 60, 60, 6);
    expect(findField(screen, label)).toEqual({ x: 51, y: 51, width: 198, height: 26 });
  });

  test('a field under its label is found where none is beside it', () => {
    const screen = paint(400, 200, [206, 206, 206]);
    const label = scribble(screen, 60, 60, 6);
    fill(screen, { x: 55, y: 80, width: 200, height: 28 }, [252, 252, 252]);
    expect(findField(screen, label)).toEqual({ x: 55, y: 80, width: 200, height: 28 });
  });

  test('a field under its label is found when something is written in it', () => {
    const screen = paint(400, 200, [206, 206, 206]);
    const label = scribble(screen, 60, 60, 6);
    fill(screen, { x: 60, y: 80, width: 200, height: 28 }, [252, 252, 252]);
    scribble(screen, 68, 90, 6);
    expect(findField(screen, label)).toEqual({ x: 60, y: 80, width: 200, height: 28 });
  });

  test('a label with nothing by it names no field', () => {
    const screen = paint(400, 400, [206, 206, 206]);
    expect(findField(screen, scribble(screen, 60, 200, 6))).toBeUndefined();
  });

  test('a label in a small frame stands in a button, one in a bar does not', () => {
    const screen = paint(400, 200, [206, 206, 206]);
    outline(screen, { x: 50, y: 50, width: 40, height: 28 }, [90, 90, 90]);
    const inButton = scribble(screen, 66, 59, 1);
    fill(screen, { x: 0, y: 120, width: 400, height: 26 }, [230, 230, 230]);
    const inBar = scribble(screen, 300, 128, 1);
    expect([isInButton(screen, inButton), isInButton(screen, inBar)]).toEqual([true, false]);
  });

  test('there is no empty place where something is everywhere', () => {
    const screen = paint(64, 64);
    for (let y = 0; y < 64; y += 4) fill(screen, { x: 0, y, width: 64, height: 2 }, [0, 0, 0]);
    const all = { x: 0, y: 0, width: 64, height: 64 };
    expect(findEmptyPlace(screen, all, { isDesktop: false })).toBeUndefined();
  });
});
