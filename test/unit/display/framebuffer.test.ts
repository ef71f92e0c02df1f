import { expect, test } from 'vitest';
import { Framebuffer } from '../../../src/display/framebuffer.ts';

function paint(screen: Framebuffer): void {
  for (let y = 0; y < screen.size.height; y++) {
    for (let x = 0; x < screen.size.width; x++) {
      screen.pixels.writeUInt32BE(y * 16 + x, screen.offsetOf(x, y));
    }
  }
}

function rows({ pixels, size }: Framebuffer): readonly (readonly number[])[] {
  return Array.from({ length: size.height }, (_, y) =>
    Array.from({ length: size.width }, (__, x) => pixels.readUInt32BE((y * size.width + x) * 4)),
  );
}

test('copies upwards and downwards without reading what it has written', () => {
  const down = new Framebuffer({ width: 3, height: 4 });
  paint(down);
  down.copyRect({ x: 0, y: 0 }, { x: 1, y: 1, width: 2, height: 3 });
  expect(rows(down)).toEqual([
    [0, 1, 2],
    [16, 0, 1],
    [32, 16, 17],
    [48, 32, 33],
  ]);
  const up = new Framebuffer({ width: 3, height: 4 });
  paint(up);
  up.copyRect({ x: 1, y: 1 }, { x: 0, y: 0, width: 2, height: 3 });
  expect(rows(up)).toEqual([
    [17, 18, 2],
    [33, 34, 18],
    [49, 50, 34],
    [48, 49, 50],
  ]);
});

test('copies sideways in the same rows', () => {
  const screen = new Framebuffer({ width: 4, height: 1 });
  paint(screen);
  screen.copyRect({ x: 0, y: 0 }, { x: 1, y: 0, width: 3, height: 1 });
  expect(rows(screen)).toEqual([[0, 0, 1, 2]]);
});

test('keeps what both sizes have when it is resized', () => {
  const screen = new Framebuffer({ width: 3, height: 2 });
  paint(screen);
  screen.resize({ width: 2, height: 3 });
  expect(rows(screen)).toEqual([
    [0, 1],
    [16, 17],
    [0, 0],
  ]);
});

test.each([
  { width: 0, height: 10 },
  { width: 10, height: 0 },
  { width: 4097, height: 10 },
  { width: 10, height: 65_535 },
])('refuses a screen of %j', (size) => {
  expect(() => new Framebuffer(size)).toThrow(expect.objectContaining({ code: 'display-protocol' }));
});
