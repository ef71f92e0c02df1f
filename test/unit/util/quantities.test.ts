import { describe, expect, test } from 'vitest';
import { editDistance, nearestName } from '../../../src/util/nearest.ts';
import { parseBytes, parseDuration, parseSize } from '../../../src/util/quantities.ts';

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['90s', 90_000],
    ['1.5 m', 90_000],
    ['1h30m', 5_400_000],
    ['2H', 7_200_000],
  ])('%s is %d ms', (text, value) => {
    expect(parseDuration(text)).toEqual({ value });
  });

  test.each(['10', '', 'm', '10 minutes', '-5s', '1h 30', '0s'])('%j is none', (text) => {
    expect(parseDuration(text)).toHaveProperty('problem');
  });
});

describe('amounts of memory', () => {
  test.each([
    ['512m', 512 * 2 ** 20],
    ['1g', 2 ** 30],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['64 KB', 64 * 2 ** 10],
  ])('%s is %d bytes', (text, value) => {
    expect(parseBytes(text)).toEqual({ value });
  });

  test.each(['1', '', 'g', '-1g', '1p', '1 gram'])('%j is none', (text) => {
    expect(parseBytes(text)).toHaveProperty('problem');
  });
});

describe('sizes', () => {
  test.each([
    ['1440x900', { width: 1440, height: 900 }],
    [' 4096 X 4096 ', { width: 4096, height: 4096 }],
    ['320×200', { width: 320, height: 200 }],
  ])('%s', (text, value) => {
    expect(parseSize(text)).toEqual({ value });
  });

  test.each(['319x900', '1440x4097', '1440x900x24', '14.4x900', 'x900', '99999999999999999999x900'])(
    '%j is none',
    (text) => {
      expect(parseSize(text)).toHaveProperty('problem');
    },
  );
});

describe('near names', () => {
  test.each([
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['form', 'from', 1],
    ['same', 'same', 0],
  ])('%j and %j differ by %d', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
    expect(editDistance(to, from)).toBe(distance);
  });

  test('the nearest is named, and nothing where none is near', () => {
    const names = ['display', 'limits', 'settle'];
    expect([nearestName('dispaly', names), nearestName('LIMIT', names), nearestName('zebra', names)]).toEqual(
      ['display', 'limits', undefined],
    );
  });
});
