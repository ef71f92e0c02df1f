import { describe, expect, it } from 'vitest';
import { LoopGuard, tellLoop } from '../../../src/agent/loop-guard.ts';

const click = { type: 'click', x: 1, y: 2 };

/** Turns of one action each; gives what each of them counted. */
function countsOf(
  turns: readonly (readonly [action: { type: string; x?: number }, screen: string])[],
): number[] {
  const guard = new LoopGuard();
  return turns.map(([action, screen]) => {
    guard.note(action, screen);
    return guard.endTurn();
  });
}

describe('LoopGuard', () => {
  it('counts turns in a row that do the same and leave the same screen', () => {
    expect(
      countsOf([
        [click, 'a'],
        [click, 'a'],
        [click, 'a'],
      ]),
    ).toEqual([1, 2, 3]);
  });

  it('begins anew with another action or another screen', () => {
    const other = { ...click, x: 9 };
    expect(
      countsOf([
        [click, 'a'],
        [click, 'a'],
        [other, 'a'],
        [other, 'b'],
        [other, 'b'],
      ]),
    ).toEqual([1, 2, 1, 1, 2]);
  });

  it('does not take waiting for a loop', () => {
    const wait = { type: 'wait' };
    expect(
      countsOf([
        [wait, 'a'],
        [wait, 'a'],
        [wait, 'a'],
      ]),
    ).toEqual([0, 0, 0]);
  });

  it('counts a turn of several actions as a whole, and shows the count before the turn has ended', () => {
    const guard = new LoopGuard();
    for (let turn = 0; turn < 2; turn++) {
      guard.note(click, 'a');
      guard.note({ type: 'keypress' }, 'b');
      if (turn === 0) guard.endTurn();
    }
    expect(guard.repeats).toBe(2);
  });
});

describe('tellLoop', () => {
  it('speaks once, half-way to the limit', () => {
    const told = [1, 2, 3, 4, 5, 6].filter((repeats) => tellLoop(repeats, 6) !== undefined);
    expect(told).toEqual([3]);
    expect(tellLoop(3, 6)).toMatch(/done the same 3 times in a row.* The run ends after 6 times\.$/);
  });
});
