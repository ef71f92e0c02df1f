import { describe, expect, test } from 'vitest';
import { toInk, toLineImage } from '../../../../src/model/ocr/line-image.ts';
import type { Raster } from '../../../../src/model/ocr/raster.ts';
import { findLineBoxes } from '../../../../src/model/ocr/segment.ts';
import type { Rect } from '../../../../src/util/geometry.ts';
import { type Colour, fill, outline, paint, scribble } from './painting.ts';

/** The boxes that hold the middle of `of`. */
function boxesOver(raster: Raster, of: Rect): readonly Rect[] {
  const [x, y] = [of.x + of.width / 2, of.y + of.height / 2];
  return findLineBoxes(raster).filter(
    (box) => x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height,
  );
}

describe('findLineBoxes', () => {
  test('an even screen has no lines', () => {
    expect(findLineBoxes(paint(200, 100))).toEqual([]);
  });

  test.each<[string, Colour, Colour]>([
    ['dark on light', [250, 250, 250], [20, 20, 20]],
    ['light on dark', [20, 20, 20], [250, 250, 250]],
    ['white on blue', [61, 142, 231], [255, 255, 255]],
    ['faint grey on grey', [206, 206, 206], [150, 150, 150]],
  ])('finds a line %s', (_, paper, ink) => {
    const raster = paint(200, 100, paper);
    scribble(raster, 40, 50, 5, ink);
    expect(findLineBoxes(raster)).toEqual([{ x: 39, y: 49, width: 29, height: 12 }]);
  });

  test('words of one line are one box, columns are two', () => {
    const raster = paint(400, 100);
    scribble(raster, 20, 40, 4);
    scribble(raster, 49, 40, 4);
    scribble(raster, 200, 40, 4);
    expect(findLineBoxes(raster).map(({ x, width }) => [x, width])).toEqual([
      [19, 52],
      [199, 23],
    ]);
  });

  test('lines below each other are apart, in reading order', () => {
    const raster = paint(200, 100);
    scribble(raster, 20, 60, 4);
    scribble(raster, 20, 40, 4);
    expect(findLineBoxes(raster).map(({ y }) => y)).toEqual([39, 59]);
  });

  test('the frames of buttons, fields and windows are no lines, and what is in them stays apart', () => {
    const raster = paint(400, 200, [206, 206, 206]);
    outline(raster, { x: 5, y: 5, width: 390, height: 190 }, [120, 120, 120]);
    outline(raster, { x: 40, y: 40, width: 28, height: 26 }, [120, 120, 120]);
    outline(raster, { x: 74, y: 40, width: 28, height: 26 }, [120, 120, 120]);
    const left = scribble(raster, 52, 48, 1);
    const right = scribble(raster, 86, 48, 1);
    expect(boxesOver(raster, left)).toEqual([{ x: 51, y: 47, width: 5, height: 12 }]);
    expect(boxesOver(raster, right)).toEqual([{ x: 85, y: 47, width: 5, height: 12 }]);
    expect(findLineBoxes(raster)).toHaveLength(2);
  });

  test('a wall between two words keeps them apart, however near they are', () => {
    const raster = paint(200, 100);
    scribble(raster, 20, 40, 4);
    fill(raster, { x: 46, y: 20, width: 1, height: 50 }, [90, 90, 90]);
    scribble(raster, 52, 40, 4);
    expect(findLineBoxes(raster)).toHaveLength(2);
  });

  test('a colourful icon is left out of the line that it stands before', () => {
    const raster = paint(200, 100);
    const rainbow: Colour[] = [
      [220, 30, 30],
      [30, 200, 60],
      [40, 60, 230],
      [240, 220, 20],
    ];
    rainbow.forEach((colour, i) => fill(raster, { x: 20, y: 36 + i * 4, width: 16, height: 4 }, colour));
    scribble(raster, 42, 40, 4);
    expect(findLineBoxes(raster).map(({ x }) => x)).toEqual([41]);
  });

  test('the bars of an equals sign are one line', () => {
    const raster = paint(100, 100);
    fill(raster, { x: 40, y: 40, width: 8, height: 1 }, [20, 20, 20]);
    fill(raster, { x: 40, y: 43, width: 8, height: 1 }, [20, 20, 20]);
    expect(findLineBoxes(raster)).toHaveLength(1);
  });
});

describe('toInk', () => {
  test.each<[string, Colour, Colour]>([
    ['dark on light', [250, 250, 250], [20, 20, 20]],
    ['light on dark', [20, 20, 20], [250, 250, 250]],
    ['white on blue', [61, 142, 231], [255, 255, 255]],
  ])('%s becomes black on white', (_, paper, ink) => {
    const raster = paint(30, 20, paper);
    scribble(raster, 5, 5, 3, ink);
    expect([...new Set(toInk(raster).gray)].sort((a, b) => a - b)).toEqual([0, 255]);
  });

  test('the shading of a button is paper', () => {
    const raster = paint(30, 20, [210, 210, 210]);
    fill(raster, { x: 0, y: 15, width: 30, height: 5 }, [200, 200, 200]);
    scribble(raster, 5, 3, 3);
    expect([...new Set(toInk(raster).gray)].sort((a, b) => a - b)).toEqual([0, 255]);
  });
});

test('a line is enlarged on paper, and its offset leads back to the screen', () => {
  const raster = paint(30, 20);
  scribble(raster, 5, 5, 3);
  const { image, scale, offset } = toLineImage(toInk(raster), 2);
  expect({ width: image.width, height: image.height, scale, offset }).toEqual({
    width: (30 + 18) * 2,
    height: (20 + 18) * 2,
    scale: 2,
    offset: { x: -10, y: -10 },
  });
  // The first stroke begins at x = 5: 9 px of paper are before it.
  const row = image.gray.subarray(image.width * 38, image.width * 39);
  expect(row.findIndex((value) => value < 128)).toBe((5 + 9) * 2);
});
