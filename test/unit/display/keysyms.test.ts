import { describe, expect, test } from 'vitest';
import { KEY_NAMES } from '../../../src/action/key-names.ts';
import { UNICODE_KEYSYMS } from '../../../src/display/keysyms.gen.ts';
import { charToKeysym, chordToKeysyms, keysymToKey, keyToKeysym } from '../../../src/display/keysyms.ts';
import { readKeysyms } from './keysyms.generate.ts';

describe('a character', () => {
  test.each([
    ['a', 0x61],
    ['~', 0x7e],
    ['ÿ', 0xff],
    ['Ą', 0x1a1],
    ['€', 0x20ac],
    ['α', 0x7e1],
    ['Я', 0x6f1],
    ['日', 0x0100_65e5],
    ['🦊', 0x0101_f98a],
    ['\u0301', 0x0100_0301],
  ])('%s has its keysym', (char, keysym) => {
    expect(charToKeysym(char)).toBe(keysym);
  });
});

describe('a key', () => {
  test('of every canonical name has a keysym of its own', () => {
    const keysyms = KEY_NAMES.map((name) => keyToKeysym(name));
    expect(new Set(keysyms).size).toBe(KEY_NAMES.length);
  });

  test.each([
    ['Enter', 0xff0d],
    ['F1', 0xffbe],
    ['F24', 0xffd5],
    ['Numpad0', 0xffb0],
    ['Numpad9', 0xffb9],
    ['Space', 0x20],
    ['+', 0x2b],
  ])('%s has its keysym', (key, keysym) => {
    expect(keyToKeysym(key)).toBe(keysym);
  });

  test.each(['Hyperdrive', 'toString', ''])('%j is unknown', (key) => {
    expect(() => keyToKeysym(key)).toThrow(expect.objectContaining({ code: 'unknown-key' }));
  });
});

describe('a chord', () => {
  test.each([
    [
      ['Control', 'C'],
      [0xffe3, 0x63],
    ],
    [
      ['Control', 'c'],
      [0xffe3, 0x63],
    ],
    [
      ['Control', 'Shift', 'c'],
      [0xffe3, 0xffe1, 0x43],
    ],
    [
      ['Shift', '1'],
      [0xffe1, 0x21],
    ],
    [
      ['Shift', '='],
      [0xffe1, 0x2b],
    ],
    [
      ['Shift', '+'],
      [0xffe1, 0x2b],
    ],
    [
      ['Control', '+'],
      [0xffe3, 0x2b],
    ],
    [['A'], [0x41]],
    [
      ['Alt', 'É'],
      [0xffe9, 0xe9],
    ],
    [
      ['Shift', 'ß'],
      [0xffe1, 0xdf],
    ],
    [
      ['Shift', 'Tab'],
      [0xffe1, 0xff09],
    ],
  ])('%j is as its held keys make it', (keys, keysyms) => {
    expect(chordToKeysyms(keys)).toEqual(keysyms);
  });
});

test('the table is made of what the header says with certainty', () => {
  const header = `
#define XK_space                         0x0020  /* U+0020 SPACE */
#define XK_Aogonek                       0x01a1  /* U+0104 LATIN CAPITAL LETTER A WITH OGONEK */
#define XK_dead_grave                    0xfe50
#define XK_leftcaret                     0x0ba3  /*(U+003C LESS-THAN SIGN)*/
#define XK_Cyrillic_ef                   0x06c6  /* U+0444 CYRILLIC SMALL LETTER EF */
#define XK_combining_acute            0x1000301  /* U+0301 COMBINING ACUTE ACCENT */
`;
  expect(readKeysyms(header)).toEqual([0x104, 0x1a1, 0x444, 0x6c6]);
});

test('the table is in order and has each character and each keysym once', () => {
  const codePoints = UNICODE_KEYSYMS.filter((_, i) => i % 2 === 0);
  const keysyms = UNICODE_KEYSYMS.filter((_, i) => i % 2 === 1);
  expect(codePoints).toEqual([...new Set(codePoints)].toSorted((a, b) => a - b));
  expect(new Set(keysyms).size).toBe(codePoints.length);
  expect(Math.min(...codePoints)).toBeGreaterThan(0xff);
});

test('a keysym tells its key or its character again', () => {
  const keys = [...KEY_NAMES.filter((name) => !/^Numpad\d/.test(name)), 'a', 'É', '€', 'Ω', '語', '🌙'];
  expect(keys.map((key) => keysymToKey(keyToKeysym(key)))).toEqual(keys);
  // The keypad without Num Lock, Shift+Tab, and what is no key.
  expect([0xff95, 0xff9f, 0xfe20, 0xfe51, 0, 0x1].map(keysymToKey)).toEqual([
    'Home',
    'Delete',
    'Tab',
    undefined,
    undefined,
    undefined,
  ]);
});
