import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeAction } from '../../../src/action/describe.ts';
import { KEY_NAMES, parseKeyName } from '../../../src/action/key-names.ts';
import { parseAction, toWireAction, validateAction } from '../../../src/action/parse.ts';
import { ActionError } from '../../../src/errors.ts';

const DISPLAY = { width: 1024, height: 768 };

/** What `act` gives, or what it throws. */
function attempt<T>(act: () => T): T | Error {
  try {
    return act();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

describe('parseAction', () => {
  it.each([
    [
      { type: 'click', button: 'left', x: 0, y: 0 },
      { type: 'click', button: 'left', x: 0, y: 0, keys: [] },
    ],
    [
      { type: 'click', button: 'wheel', x: 1, y: 2, keys: ['CTRL', 'shift'] },
      { type: 'click', button: 'wheel', x: 1, y: 2, keys: ['Control', 'Shift'] },
    ],
    [
      { type: 'double_click', x: 3, y: 4, keys: null },
      { type: 'double_click', x: 3, y: 4, keys: [] },
    ],
    [
      {
        type: 'drag',
        path: [
          { x: 0, y: 0 },
          { x: 5, y: 5 },
        ],
      },
      {
        type: 'drag',
        path: [
          { x: 0, y: 0 },
          { x: 5, y: 5 },
        ],
        keys: [],
      },
    ],
    [
      { type: 'keypress', keys: ['CTRL', 'S'] },
      { type: 'keypress', keys: ['Control', 'S'] },
    ],
    [
      { type: 'move', x: 9, y: 8 },
      { type: 'move', x: 9, y: 8, keys: [] },
    ],
    [{ type: 'screenshot' }, { type: 'screenshot' }],
    [
      { type: 'scroll', x: 1, y: 1, scroll_x: 0, scroll_y: -300 },
      { type: 'scroll', x: 1, y: 1, scrollX: 0, scrollY: -300, keys: [] },
    ],
    [
      { type: 'type', text: 'CTRL\n😀' },
      { type: 'type', text: 'CTRL\n😀' },
    ],
    [{ type: 'wait' }, { type: 'wait' }],
  ])('reads %j', (wire, action) => {
    expect(parseAction(wire)).toEqual(action);
    expect(parseAction(toWireAction(parseAction(wire)))).toEqual(action);
  });

  it.each([
    [{ type: 'fly' }, 'invalid-action'],
    [{ type: 'click', button: 'left', x: 1, y: 2, force: true }, 'invalid-action'],
    [{ type: 'click', button: 'left', x: '1', y: 2 }, 'invalid-action'],
    [{ type: 'click', button: 'left', x: Number.NaN, y: 2 }, 'invalid-action'],
    [{ type: 'drag', path: [{ x: 1, y: 1 }] }, 'invalid-action'],
    [{ type: 'keypress', keys: [] }, 'invalid-action'],
    [{ type: 'keypress', keys: ['HYPERSPACE'] }, 'unknown-key'],
    [null, 'invalid-action'],
  ])('reports %j as %s', (wire, code) => {
    expect(() => parseAction(wire)).toThrow(expect.objectContaining({ code }));
  });

  it('says which field is wrong', () => {
    expect(() => parseAction({ type: 'scroll', x: 0, y: 0, scroll_x: 0, scroll_y: 'far' })).toThrow(
      /scroll_y/,
    );
  });

  it('answers any input with an action or an ActionError', () => {
    fc.assert(
      fc.property(fc.anything(), (wire) => {
        const outcome = attempt(() => parseAction(wire));
        expect(outcome instanceof ActionError || 'type' in outcome).toBe(true);
      }),
    );
  });
});

describe('validateAction', () => {
  const click = (x: number, y: number) => parseAction({ type: 'click', button: 'left', x, y });

  it.each([
    [0, 0],
    [1023, 767],
    [1023.9, 0.5],
  ])('takes (%d, %d)', (x, y) => {
    expect(validateAction(click(x, y), DISPLAY)).toEqual(click(x, y));
  });

  it.each([
    [-1, 0],
    [0, -0.1],
    [1024, 0],
    [0, 768],
  ])('refuses (%d, %d)', (x, y) => {
    expect(() => validateAction(click(x, y), DISPLAY)).toThrow(
      expect.objectContaining({ code: 'out-of-bounds' }),
    );
  });

  it('looks at every point of a path', () => {
    const path = [
      { x: 0, y: 0 },
      { x: 5000, y: 0 },
      { x: 1, y: 1 },
    ];
    expect(() => validateAction(parseAction({ type: 'drag', path }), DISPLAY)).toThrow(/5000, 0/);
  });
});

describe('parseKeyName', () => {
  it.each([
    ['RETURN', 'Enter'],
    ['esc', 'Escape'],
    ['ArrowLeft', 'ArrowLeft'],
    ['LEFT', 'ArrowLeft'],
    ['CMD', 'Meta'],
    ['Win', 'Meta'],
    ['OPTION', 'Alt'],
    ['PGUP', 'PageUp'],
    ['DEL', 'Delete'],
    ['F24', 'F24'],
    ['+', '+'],
    ['plus', '+'],
    [' ', 'Space'],
    ['a', 'a'],
    ['A', 'A'],
    ['é', 'é'],
    ['😀', '😀'],
    ['kp_5', 'Numpad5'],
  ])('reads %s as %s', (name, canonical) => {
    expect(parseKeyName(name)).toBe(canonical);
  });

  it('reads every canonical name, in any case, as itself', () => {
    expect(KEY_NAMES.map((name) => parseKeyName(name.toUpperCase()))).toEqual(KEY_NAMES);
  });

  it.each(['', 'F25', 'CTRL+S', 'toString', '__proto__'])('does not guess %j', (name) => {
    expect(() => parseKeyName(name)).toThrow(expect.objectContaining({ code: 'unknown-key' }));
  });
});

describe('describeAction', () => {
  it.each([
    [{ type: 'click', button: 'right', x: 1, y: 2, keys: ['CTRL'] }, 'right-click at (1, 2) holding Control'],
    [{ type: 'keypress', keys: ['CTRL', 'S'] }, 'press Control+S'],
    [
      { type: 'scroll', x: 1, y: 2, scroll_x: -5, scroll_y: 120 },
      'scroll down 120 px and left 5 px at (1, 2)',
    ],
    [{ type: 'type', text: 'a\u001b[31m\n' }, 'type "a\\u001b[31m\\n"'],
  ])('puts %j in words', (wire, words) => {
    expect(describeAction(parseAction(wire))).toBe(words);
  });
});
