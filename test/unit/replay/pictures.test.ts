import { expect, test } from 'vitest';
import { Blinking } from '../../../src/replay/blinking.ts';
import { compare, decode, drawDifference, toMask } from '../../../src/replay/pictures.ts';
import { draw, drawPng, SIZE } from './drawing.ts';

const NOTHING = toMask(SIZE, []);
const box = { x: 4, y: 6, width: 10, height: 5 };

test('the same pixels are identical, whatever file they come from', async () => {
  expect(compare(await draw(), await draw(), NOTHING)).toEqual({ likeness: 'identical', differingPx: 0 });
});

test('what an eye cannot tell apart is alike', async () => {
  const [first, second] = [await draw(), await draw({ ...box, colour: '#898989' })];
  expect(compare(first, second, NOTHING)).toEqual({ likeness: 'alike', differingPx: 0 });
});

test('what an eye tells apart is different, to the pixel, unless it is ignored', async () => {
  const [first, second] = [await draw(), await draw({ ...box, colour: '#000000' })];
  expect(compare(first, second, NOTHING)).toEqual({ likeness: 'different', differingPx: 50 });
  expect(compare(first, second, toMask(SIZE, [box]))).toEqual({ likeness: 'alike', differingPx: 0 });
  const allButARow = toMask(SIZE, [{ ...box, height: 4 }]);
  expect(compare(first, second, allButARow)).toEqual({ likeness: 'different', differingPx: 10 });
});

test('screens of two sizes are different', async () => {
  const small = await decode(await drawPng([], { width: 32, height: 32 }));
  expect(compare(await draw(), small, NOTHING)).toEqual({ likeness: 'different', differingPx: 64 * 48 });
  expect(await drawDifference(await draw(), small, NOTHING)).toBeUndefined();
});

test('the difference is drawn in red where it is', async () => {
  const png = await drawDifference(await draw(), await draw({ ...box, colour: '#000000' }), NOTHING);
  const { pixels, width } = await decode(png ?? Buffer.alloc(0));
  const at = (x: number, y: number) => [...pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)];
  expect(at(5, 7)).toEqual([255, 0, 0]);
  const [red, green, blue] = at(40, 40);
  expect([green, blue]).toEqual([red, red]);
});

test('a mask is cut at the edges of the screen', () => {
  const mask = toMask({ width: 4, height: 3 }, [
    { x: 2, y: -1, width: 9, height: 2 },
    { x: 9, y: 9, width: 1, height: 1 },
  ]);
  expect([...mask]).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test('what comes back after something else blinks; what only changes does not', async () => {
  const caret = { x: 20, y: 20, width: 1, height: 10, colour: '#000000' };
  const [off, on] = [await draw(), await draw(caret)];
  const later = await draw({ ...box, colour: '#ff0000' });
  const ignored = toMask(SIZE, []);
  const blinking = new Blinking();
  expect([off, on, later].map((picture) => blinking.observe(picture, ignored))).toEqual([false, false, true]);
  // The caret's tile has come back to what it was; that of the box has only changed.
  expect(compare(off, on, ignored).likeness).toBe('alike');
  expect(compare(off, later, ignored).likeness).toBe('different');
});

test('what comes back after an action was done is not blinking', async () => {
  const [off, on] = [await draw(), await draw({ ...box, colour: '#000000' })];
  const ignored = toMask(SIZE, []);
  const blinking = new Blinking();
  blinking.observe(off, ignored);
  blinking.observe(on, ignored);
  blinking.forget();
  blinking.observe(off, ignored);
  expect(compare(off, on, ignored).likeness).toBe('different');
});
