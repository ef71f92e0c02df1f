import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shiftOf, stripsAt } from '../../../src/display/scroll-shift.ts';
import type { Axis } from '../../../src/display/scroll-shift.ts';

const SIDE = 200;
const MIDDLE = { x: 100, y: 100 };

/** Content that goes on beyond the screen, seen from `from` px on, between two bars that do not move. */
function view(from: number, axis: Axis, colourAt: (line: number) => number) {
  const pixels = Buffer.alloc(SIDE * SIDE * 4);
  for (let line = 0; line < SIDE; line++) {
    const colour = line < 20 || line >= 190 ? 0x808080 : colourAt(line + from);
    for (let i = 0; i < SIDE; i++) {
      const [x, y] = axis === 'y' ? [i, line] : [line, i];
      pixels.writeUInt32LE(colour, (y * SIDE + x) * 4);
    }
  }
  return { pixels, width: SIDE, height: SIDE };
}

const unlike = (line: number): number => (line * 2_654_435_761) % 0x1000000;

function shiftBetween(from: number, to: number, axis: Axis, colourAt: (line: number) => number) {
  const [before, after] = [view(from, axis, colourAt), view(to, axis, colourAt)];
  return shiftOf(stripsAt(before, axis, MIDDLE), stripsAt(after, axis, MIDDLE));
}

test('content that moves up or to the left is measured to the px', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Axis[]>('x', 'y'),
      fc.nat(1000),
      fc.integer({ min: 1, max: 140 }),
      (axis, from, by) => {
        expect(shiftBetween(from, from + by, axis, unlike)).toBe(by);
      },
    ),
  );
});

test('what a view draws over its content does not matter', () => {
  const [before, after] = [view(0, 'y', unlike), view(30, 'y', unlike)];
  after.pixels.fill(0xff, 100 * SIDE * 4, 115 * SIDE * 4);
  expect(shiftOf(stripsAt(before, 'y', MIDDLE), stripsAt(after, 'y', MIDDLE))).toBe(30);
});

test('a part beside it that stays where it is does not matter away from it', () => {
  const [before, after] = [view(0, 'y', unlike), view(30, 'y', unlike)];
  for (const { pixels } of [before, after]) {
    for (let y = 0; y < SIDE; y++) pixels.fill(y, y * SIDE * 4, (y * SIDE + 40) * 4);
  }
  expect(shiftOf(stripsAt(before, 'y', MIDDLE), stripsAt(after, 'y', MIDDLE))).toBe(30);
});

test.each([
  ['nothing moved', 0, unlike],
  ['it is all of one colour', 30, () => 0xffffff],
  ['it repeats', 30, (line: number) => (line % 10) * 1000],
  ['it shows something else', 500, unlike],
] as const)('there is no answer where %s', (_, by, colourAt) => {
  expect(shiftBetween(0, by, 'y', colourAt)).toBeUndefined();
});

test('a screen that has another size meanwhile gives no answer', () => {
  const small = { pixels: Buffer.alloc(10 * 10 * 4), width: 10, height: 10 };
  const strips = stripsAt(view(0, 'y', unlike), 'y', MIDDLE);
  expect(shiftOf(strips, stripsAt(small, 'y', { x: 5, y: 5 }))).toBeUndefined();
});
