import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { findChanges, hashTiles } from '../../../../src/recording/report/changes.ts';

const SIZE = { width: 200, height: 100 };

/** Grey pixels with the given ones changed. */
function frame(changed: readonly (readonly [x: number, y: number])[] = [], size = SIZE): Uint8Array {
  const rgba = new Uint8Array(size.width * size.height * 4).fill(128);
  for (const [x, y] of changed) rgba[(y * size.width + x) * 4] = 129;
  return rgba;
}

const BEFORE = hashTiles(frame(), SIZE);

test('equal frames have no changes', () => {
  expect(findChanges(BEFORE, hashTiles(frame(), SIZE))).toEqual({ regions: [], share: 0 });
});

test('near changes make one region, far ones two, and none reaches over the edge', () => {
  const after = hashTiles(
    frame([
      [0, 0],
      [40, 20],
      [199, 99],
    ]),
    SIZE,
  );
  expect(findChanges(BEFORE, after)).toEqual({
    regions: [
      { x: 0, y: 0, width: 48, height: 32 },
      { x: 192, y: 96, width: 8, height: 4 },
    ],
    share: 3 / (13 * 7),
  });
});

test('frames of different sizes are not compared', () => {
  const size = { width: 100, height: 100 };
  expect(findChanges(BEFORE, hashTiles(frame([], size), size))).toBeUndefined();
});

test('two equal changes in one tile do not cancel each other out', () => {
  const pixels = [
    [5, 0],
    [5, 4],
  ] as const;
  expect(findChanges(BEFORE, hashTiles(frame(pixels), SIZE))?.regions).toHaveLength(1);
});

test('every changed pixel lies in a region', () => {
  const pixel = fc.tuple(fc.nat(SIZE.width - 1), fc.nat(SIZE.height - 1));
  fc.assert(
    fc.property(fc.array(pixel, { minLength: 1, maxLength: 8 }), (pixels) => {
      const changes = findChanges(BEFORE, hashTiles(frame(pixels), SIZE));
      for (const [x, y] of pixels) {
        const isInside = changes?.regions.some(
          (region) =>
            x >= region.x && y >= region.y && x < region.x + region.width && y < region.y + region.height,
        );
        expect(isInside).toBe(true);
      }
    }),
  );
});
