import { expect, test } from 'vitest';
import { straighten } from '../../../../src/demo/record/straighten.ts';

const points = (...pairs: readonly (readonly [number, number])[]) => pairs.map(([x, y]) => ({ x, y }));

test('keeps corners, and leaves out what lies on the way between them', () => {
  expect(straighten(points([0, 0], [10, 1], [20, 0], [20, 10], [21, 30]))).toEqual(
    points([0, 0], [20, 0], [21, 30]),
  );
});

test('a way that comes back to where it began keeps the place where it turned', () => {
  expect(straighten(points([0, 0], [50, 0], [0, 0]))).toEqual(points([0, 0], [50, 0], [0, 0]));
});

test('two points are a path already', () => {
  expect(straighten(points([0, 0], [1, 1]))).toEqual(points([0, 0], [1, 1]));
});
