import { describe, expect, test } from 'vitest';
import { TextPlanner } from '../../../src/display/text-plan.ts';

const UNICODE = { hasUnicodeClipboard: true };

describe('a text', () => {
  test('of the US layout, newlines and tabs is typed, however long', () => {
    const text = 'Hello {CTRL+C}\t~\n'.repeat(1000);
    expect(new TextPlanner(0).plan(text, { hasUnicodeClipboard: false }).parts).toEqual([
      { by: 'keys', text },
    ]);
  });

  test('with other characters is typed while there are spare keys, both cases of a letter on one', () => {
    const planner = new TextPlanner(3);
    expect(planner.plan('Éé Àà 🦊', UNICODE).parts).toEqual([{ by: 'keys', text: 'Éé Àà 🦊' }]);
    expect(planner.plan('à É 🦊 again', UNICODE).parts).toEqual([{ by: 'keys', text: 'à É 🦊 again' }]);
    expect(planner.plan('x ß y', UNICODE).parts).toEqual([
      { by: 'keys', text: 'x ' },
      { by: 'clipboard', text: 'ß' },
      { by: 'keys', text: ' y' },
    ]);
  });

  test('with too many goes through the clipboard line by line, from the first of them to the last', () => {
    expect(new TextPlanner(0).plan('a 日 b 本 c\n\tplain\n語', UNICODE).parts).toEqual([
      { by: 'keys', text: 'a ' },
      { by: 'clipboard', text: '日 b 本' },
      { by: 'keys', text: ' c\n\tplain\n' },
      { by: 'clipboard', text: '語' },
    ]);
  });

  test('that is pasted starts with a key where one is left, so that it replaces a selection', () => {
    expect(new TextPlanner(1).plan('日本語', UNICODE).parts).toEqual([
      { by: 'keys', text: '日' },
      { by: 'clipboard', text: '本語' },
    ]);
  });

  test('clears the selection by a space that is taken back when its first character can have no key', () => {
    expect(new TextPlanner(0).plan('日本a', UNICODE).parts).toEqual([
      { by: 'keys', text: ' \b' },
      { by: 'clipboard', text: '日本' },
      { by: 'keys', text: 'a' },
    ]);
  });

  test('tells once which keys are new, a letter in lower case', () => {
    const planner = new TextPlanner(3);
    expect(planner.plan('É, é and ß', UNICODE).newKeys).toEqual(['é', 'ß']);
    expect(planner.plan('ßÉ', UNICODE).newKeys).toEqual([]);
    expect(planner.giveKeys(['a', 'É', 'Ñ'])).toEqual(['ñ']);
    expect(planner.plan('日本語', UNICODE).newKeys).toEqual([]);
  });

  test('is pasted in pieces that the server takes', () => {
    const { parts } = new TextPlanner(0).plan('日'.repeat(120_000), UNICODE);
    expect(parts.map(({ by, text }) => [by, text.length])).toEqual([
      ['keys', 2],
      ['clipboard', 50_000],
      ['clipboard', 50_000],
      ['clipboard', 20_000],
    ]);
  });

  test('has newlines for line ends of any kind', () => {
    expect(new TextPlanner(0).plan('a\r\nb\rc\n', UNICODE).parts).toEqual([
      { by: 'keys', text: 'a\nb\nc\n' },
    ]);
  });

  test('of nothing is nothing', () => {
    expect(new TextPlanner(9).plan('', UNICODE).parts).toEqual([]);
  });

  test.each([
    ['half a pair', '\ud83e', /half a surrogate pair/u],
    ['a control character', 'a\u0007', /control character U\+0007/u],
    ['a C1 control character', '\u0085', /U\+0085/u],
  ])('with %s is refused', (_, text, message) => {
    expect(() => new TextPlanner(9).plan(text, UNICODE)).toThrow(
      expect.objectContaining({ code: 'unsupported-text', message: expect.stringMatching(message) }),
    );
  });

  test('that the server can neither type nor paste is refused', () => {
    expect(() => new TextPlanner(1).plan('日本', { hasUnicodeClipboard: false })).toThrow(
      expect.objectContaining({ code: 'unsupported-text' }),
    );
  });
});
