import { describe, expect, test } from 'vitest';
import { Rhythm } from '../../../src/display/rhythm.ts';
import type { Rect } from '../../../src/util/geometry.ts';

const CARET: Rect = { x: 100, y: 100, width: 1, height: 16 };
const ELSEWHERE: Rect = { x: 600, y: 400, width: 50, height: 20 };

/** Whether each change counted as the screen's own. */
function observe(rhythm: Rhythm, timesMs: readonly number[], rect: Rect = CARET): readonly boolean[] {
  return timesMs.map((atMs) => rhythm.observe(atMs, [rect]));
}

describe('what changes in an even beat', () => {
  test('is known after four equal pauses, up to a third early or late', () => {
    const blinks = [0, 600, 1180, 1800, 2390, 3000, 3610];
    expect(observe(new Rhythm(), blinks)).toEqual([false, false, false, false, true, true, true]);
  });

  test('is news again when it comes out of the beat, as a letter typed at the caret does', () => {
    const rhythm = new Rhythm();
    observe(rhythm, [0, 600, 1200, 1800, 2400]);
    expect(observe(rhythm, [2500])).toEqual([false]);
  });

  test('says nothing about other places', () => {
    const rhythm = new Rhythm();
    observe(rhythm, [0, 600, 1200, 1800, 2400]);
    expect(rhythm.observe(3000, [CARET, ELSEWHERE])).toBe(false);
    expect(rhythm.observe(3600, [CARET])).toBe(true);
  });
});

describe('what moves without a rest', () => {
  test('is known after a second', () => {
    const frames = Array.from({ length: 80 }, (_, i) => i * 16);
    const seen = observe(new Rhythm(), frames);
    expect(frames[seen.indexOf(true)]).toBe(1008);
    expect(seen.slice(63).every(Boolean)).toBe(true);
  });

  test('is news again after a rest', () => {
    const rhythm = new Rhythm();
    observe(
      rhythm,
      Array.from({ length: 80 }, (_, i) => i * 16),
    );
    expect(observe(rhythm, [2000, 2016])).toEqual([false, false]);
  });
});

test('a menu that fades in is news from its first frame to its last', () => {
  const frames = Array.from({ length: 15 }, (_, i) => i * 16);
  expect(new Set(observe(new Rhythm(), frames, ELSEWHERE))).toEqual(new Set([false]));
});

test('changes without a rhythm stay news', () => {
  const times = [0, 150, 900, 1000, 1900, 2050, 3000, 3130];
  expect(new Set(observe(new Rhythm(), times))).toEqual(new Set([false]));
});
