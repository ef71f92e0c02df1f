import { describe, expect, it } from 'vitest';
import { chooseParallel, needsOf } from '../../../../src/evaluation/batch/parallelism.ts';

const GIBIBYTE = 1024 ** 3;
const plain = needsOf({ hasBrowser: false, readsScreens: false });

describe('how many desktops at a time', () => {
  it.each([
    ['processors are what is short', { cpus: 2, freeBytes: 24 * GIBIBYTE }, 8],
    ['memory is what is short', { cpus: 16, freeBytes: 2 * GIBIBYTE }, 6],
    ['nobody knows the memory', { cpus: 4, freeBytes: undefined }, 16],
    ['there is hardly any memory: one is tried all the same', { cpus: 4, freeBytes: GIBIBYTE / 4 }, 1],
  ])('%s', (_case, machine, expected) => {
    expect(chooseParallel(machine, plain)).toBe(expected);
  });

  it('are fewer with a browser on each, and fewest where the screens are read here', () => {
    const machine = { cpus: 4, freeBytes: 8 * GIBIBYTE };
    const uses = [
      { hasBrowser: false, readsScreens: false },
      { hasBrowser: true, readsScreens: false },
      { hasBrowser: false, readsScreens: true },
      { hasBrowser: true, readsScreens: true },
    ];
    expect(uses.map((use) => chooseParallel(machine, needsOf(use)))).toEqual([16, 10, 4, 3]);
  });
});
