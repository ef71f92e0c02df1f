import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { containsText, findLabel, nearestLabel } from '../../../../src/model/ocr/find-label.ts';
import { lineAt } from './lines.ts';

const fitsOf = (lines: Parameters<typeof findLabel>[0], label: string) =>
  findLabel(lines, label).map(({ fit, text }) => [fit, text]);

describe('findLabel', () => {
  test('gives the box of the words that make up the label', () => {
    expect(findLabel([lineAt(10, 20, 'Open With Mousepad now')], 'With Mousepad')).toEqual([
      {
        fit: 'phrase',
        text: 'With Mousepad',
        box: { x: 50, y: 20, width: 104, height: 12 },
        similarity: 1,
        share: 12 / 19,
        confidence: 0.96,
      },
    ]);
  });

  test('orders what fits: the same, the same but for case, a phrase, a part of a word', () => {
    const lines = [
      lineAt(0, 0, 'draft-save-old'),
      lineAt(0, 100, 'Do save now'),
      lineAt(0, 200, 'Save'),
      lineAt(0, 300, 'save'),
      lineAt(0, 400, 'You Save it'),
    ];
    expect(fitsOf(lines, 'save')).toEqual([
      ['same', 'save'],
      ['same-but-case', 'Save'],
      ['phrase', 'save'],
      ['phrase-but-case', 'Save'],
      ['part', 'save'],
    ]);
  });

  test.each([
    ['Save As…', 'Save As'],
    ['Name:', 'name'],
    ['“notes.txt”', 'notes.txt'],
    ['*Untitled', 'Untitled'],
    ['Café', 'Cafe'],
    ['Café', 'Café'],
    ['don’t', "don't"],
    ['a – b', 'a - b'],
    ['×', 'x'],
  ])('reads %j as %j', (read, label) => {
    expect(findLabel([lineAt(0, 0, read)], label)).toHaveLength(1);
  });

  test.each([
    ['Login', 'Log in'],
    ['login', 'log'],
    ['Notificationsettings', 'Notification settings'],
    ['file 12', 'file 1'],
    ['chapter-2.md', 'chapter-3.md'],
    ['Saved', 'Save'],
    ['Taste', 'Paste'],
    ['Cup', 'Cut'],
    ['<-', '-'],
    ['C', 'c and more'],
  ])('does not take %j for %j', (read, label) => {
    expect(findLabel([lineAt(0, 0, read)], label)).toEqual([]);
  });

  test('takes a similar text where the reading is unsure, and says how similar it is', () => {
    const [match] = findLabel([lineAt(0, 0, 'Zoomln', 0.4)], 'Zoom In');
    expect(match).toEqual(expect.objectContaining({ fit: 'similar', text: 'Zoomln' }));
    expect(match?.similarity).toBeGreaterThanOrEqual(0.8);
  });

  test.each([
    ['a.txt', 'c.txt'],
    ['Log out', 'Log off'],
    ['Move up', 'Move on'],
  ])('short words are not guessed: %j is not %j, however unsure the reading is', (read, label) => {
    expect(findLabel([lineAt(0, 0, read, 0.3)], label)).toEqual([]);
  });

  test('looks at what an unsure line may say as well', () => {
    const line = { ...lineAt(0, 0, 'C.IXT', 0.3), alternatives: [lineAt(0, 0, 'C.tXt', 0.1).words] };
    expect(fitsOf([line], 'c.txt')).toEqual([['same-but-case', 'C.tXt']]);
    expect(fitsOf([line], 'a.txt')).toEqual([]);
  });

  test('never guesses digits, however unsure the reading is', () => {
    expect(findLabel([lineAt(0, 0, 'invoice 2023', 0.3)], 'invoice 2028')).toEqual([]);
    expect(fitsOf([lineAt(0, 0, 'invoice 2O21', 0.3)], 'invoice 2021')).toEqual([
      ['look-alike', 'invoice 2O21'],
    ]);
  });

  test('finds a caption that is wrapped over two lines, and its whole box', () => {
    const lines = [lineAt(100, 100, 'Window Manager'), lineAt(128, 118, 'Tweaks')];
    expect(findLabel(lines, 'Window Manager Tweaks')).toEqual([
      expect.objectContaining({ fit: 'wrapped', box: { x: 100, y: 100, width: 112, height: 30 } }),
    ]);
  });

  test('reads neighbours on one baseline together where the label goes over the gap', () => {
    const lines = [lineAt(0, 0, 'Hello'), lineAt(60, 0, 'World'), lineAt(300, 0, 'apart')];
    expect(fitsOf(lines, 'Hello World')).toEqual([['phrase', 'Hello World']]);
    expect(findLabel(lines, 'World apart')).toEqual([]);
  });

  test('takes the space that was read after the full stop of a file name for none', () => {
    expect(fitsOf([lineAt(0, 0, '~/Documents/output. pdf')], '~/Documents/output.pdf')).toEqual([
      ['look-alike', '~/Documents/output. pdf'],
    ]);
  });

  test('finds the end of a path between separators', () => {
    const [match] = findLabel([lineAt(0, 0, '~/Documents/story.txt - Mousepad')], 'story.txt - Mousepad');
    expect(match).toEqual(
      expect.objectContaining({ fit: 'part', box: { x: 96, y: 0, width: 160, height: 12 } }),
    );
  });

  test('puts a label that stands by itself before one in a longer line', () => {
    const lines = [
      lineAt(0, 0, 'Find and Replace'),
      lineAt(0, 100, 'QQ Replace'),
      lineAt(0, 200, 'Replace with'),
    ];
    expect(findLabel(lines, 'Replace').map(({ box }) => box.y)).toEqual([100, 200, 0]);
  });

  test('looks through icons that were read as letters', () => {
    const debris = lineAt(0, 0, '= Preferences', 0.6);
    expect(fitsOf([debris], 'Preferences')).toEqual([['same', 'Preferences']]);
  });

  test('gives equal fits in reading order', () => {
    const lines = [lineAt(300, 50, 'OK'), lineAt(10, 50, 'OK'), lineAt(500, 10, 'OK')];
    expect(findLabel(lines, 'OK').map(({ box }) => [box.x, box.y])).toEqual([
      [500, 10],
      [10, 50],
      [300, 50],
    ]);
  });

  test('a line with any words is found by its own text', () => {
    const word = fc.stringMatching(/^[A-Za-z]{1,9}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
        const text = words.join(' ');
        expect(findLabel([lineAt(0, 0, text)], text)[0]).toEqual(
          expect.objectContaining({ fit: 'same', text, similarity: 1, share: 1 }),
        );
      }),
    );
  });

  test('whatever is on the screen and asked for, a match lies within the lines and none crashes', () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((some) => some.trim() !== '');
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 5 }),
        fc.string({ unit: 'grapheme', maxLength: 12 }),
        (texts, label) => {
          const lines = texts.map((some, row) => lineAt(0, row * 40, some.trim()));
          for (const { box } of findLabel(lines, label)) {
            expect(box.y % 40).toBeLessThanOrEqual(12);
            expect(box.x).toBeGreaterThanOrEqual(0);
            expect(box.width).toBeGreaterThan(0);
          }
        },
      ),
    );
  });
});

describe('containsText', () => {
  test.each([
    ['The fox sat.', 'the fox sat', true],
    ['The fox sat.', 'fox', true],
    ['The fox sat.', 'fo', false],
    ['5050', '505', false],
    ['total 5051', '5050', false],
    ['at dawn the facade turns rose', 'at dawn the façade turns rosé', true],
    ['at dawn the facade tums rose', 'at dawn the façade turns rosé', true],
    ['Save', 'Safe', false],
  ])('%j contains %j: %s', (read, text, isThere) => {
    expect(containsText([lineAt(0, 0, read)], text)).toBe(isThere);
  });
});

describe('nearestLabel', () => {
  test('names the reading with the least edit distance', () => {
    const lines = [lineAt(0, 0, 'Open'), lineAt(0, 50, 'Sawe As'), lineAt(0, 100, 'Quit')];
    expect(nearestLabel(lines, 'Save As')).toBe('Sawe As');
  });

  test('has none on an empty screen', () => {
    expect(nearestLabel([], 'Save')).toBeUndefined();
  });
});
