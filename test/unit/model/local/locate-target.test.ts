import { describe, expect, test } from 'vitest';
import { type Located, isPlace, locateTarget } from '../../../../src/model/local/locate-target.ts';
import type { SeenLine, SeenScreen } from '../../../../src/model/local/screen-memory.ts';
import type { LabelTarget } from '../../../../src/model/local/steps.ts';
import { lineAt } from '../ocr/lines.ts';
import { fill, outline, paint } from '../ocr/painting.ts';

const seen = (x: number, y: number, text: string, since = 0): SeenLine => ({ ...lineAt(x, y, text), since });

const screenOf = (...lines: readonly SeenLine[]): SeenScreen => ({
  sha256: '',
  raster: paint(800, 600, [206, 206, 206]),
  lines,
});

const label = (text: string, qualifiers: Partial<LabelTarget> = {}): LabelTarget => ({
  kind: 'label',
  label: text,
  ...qualifiers,
});

/** Top left corner of what was found, or why nothing was. */
function found(located: Located): readonly number[] | string {
  if (!isPlace(located)) return located.why;
  return [located.match?.box.x ?? -1, located.match?.box.y ?? -1];
}

describe('a label that is there several times', () => {
  const screen = screenOf(
    seen(600, 100, 'Save'),
    seen(40, 300, 'Save'),
    seen(300, 300, 'Save'),
    seen(300, 500, 'Save'),
  );

  test.each<[string, Partial<LabelTarget>, readonly number[] | string]>([
    ['nothing said: the topmost', {}, [600, 100]],
    ['the first', { ordinal: 1 }, [600, 100]],
    ['the second, in reading order', { ordinal: 2 }, [40, 300]],
    ['the last', { ordinal: -1 }, [300, 500]],
    ['the ninth', { ordinal: 9 }, 'it is there only 4 times'],
    ['at the left', { edges: ['left'] }, [40, 300]],
    ['at the bottom', { edges: ['bottom'] }, [300, 500]],
    ['at the top right', { edges: ['top', 'right'] }, [600, 100]],
    ['at the bottom right', { edges: ['bottom', 'right'] }, 'it is on the screen, but not there'],
  ])('%s', (_, qualifiers, expected) => {
    expect(found(locateTarget(screen, label('Save', qualifiers)))).toEqual(expected);
  });

  test('says how many there were, unless something was said to tell them apart', () => {
    expect(locateTarget(screen, label('Save'))).toEqual(expect.objectContaining({ rivals: 4 }));
    expect(locateTarget(screen, label('Save', { ordinal: 2 }))).toEqual(
      expect.objectContaining({ rivals: 1 }),
    );
  });

  test('what appeared last goes before what stands higher', () => {
    const opened = screenOf(seen(600, 100, 'Save'), seen(40, 300, 'Save', 2), seen(300, 500, 'Save', 1));
    expect(found(locateTarget(opened, label('Save')))).toEqual([40, 300]);
  });

  test('a button goes before a text that appeared with it', () => {
    const other = screenOf(seen(100, 100, '-'), seen(400, 300, '-'));
    outline(other.raster, { x: 384, y: 292, width: 40, height: 28 }, [90, 90, 90]);
    expect(found(locateTarget(other, label('-')))).toEqual([400, 300]);
  });

  test('a better fit goes before a newer one', () => {
    const other = screenOf(seen(100, 100, 'Save'), seen(100, 300, 'Save it now', 5));
    expect(found(locateTarget(other, label('Save')))).toEqual([100, 100]);
  });

  test('a reading without confidence is no rival', () => {
    const debris: SeenLine = { ...lineAt(10, 10, 'OK', 0.5), since: 9 };
    expect(found(locateTarget(screenOf(debris, seen(200, 200, 'OK')), label('OK')))).toEqual([200, 200]);
  });
});

describe('a label seen from another one', () => {
  const screen = screenOf(
    seen(100, 100, 'Edit'),
    seen(100, 300, 'Edit'),
    seen(500, 300, 'Edit'),
    seen(300, 300, 'Printer'),
    seen(300, 100, 'Network'),
  );

  test.each([
    ['near', 'Network', [100, 100]],
    ['right of', 'Printer', [500, 300]],
    ['left of', 'Printer', [100, 300]],
    ['above', 'Printer', [100, 100]],
    ['below', 'Network', [500, 300]],
  ] as const)('%s "%s"', (kind, other, expected) => {
    expect(found(locateTarget(screen, label('Edit', { relation: { kind, label: other } })))).toEqual(
      expected,
    );
  });

  test('nothing is near what is not there', () => {
    const relation = { kind: 'near', label: 'Scanner' } as const;
    expect(found(locateTarget(screen, label('Edit', { relation })))).toBe('"Scanner" is not there either');
  });
});

describe('where a label is', () => {
  test('in the menu: only what appeared during the run', () => {
    const before = screenOf(seen(100, 10, 'Save'));
    const after = screenOf(seen(100, 10, 'Save'), seen(100, 200, 'Save', 1));
    expect(found(locateTarget(before, label('Save', { inMenu: true })))).toBe(
      'it is on the screen, but not there',
    );
    expect(found(locateTarget(after, label('Save', { inMenu: true })))).toEqual([100, 200]);
  });

  test('in a window: inside of its frame', () => {
    const screen = screenOf(seen(20, 150, 'OK'), seen(400, 106, 'Settings'), seen(400, 250, 'OK'));
    fill(screen.raster, { x: 300, y: 100, width: 300, height: 200 }, [240, 240, 240]);
    outline(screen.raster, { x: 300, y: 100, width: 300, height: 200 }, [90, 90, 90]);
    expect(found(locateTarget(screen, label('OK', { window: 'Settings' })))).toEqual([400, 250]);
    expect(found(locateTarget(screen, label('OK', { window: 'Fonts' })))).toBe(
      'no window has the title "Fonts"',
    );
  });

  test('a label that is nowhere', () => {
    expect(locateTarget(screenOf(), label('OK'))).toEqual({ label: 'OK', why: 'it is not on the screen' });
  });
});

describe('fields and empty places', () => {
  test('a field is clicked in its middle, and its frame comes with it', () => {
    const screen = screenOf(seen(100, 100, 'Name:'));
    fill(screen.raster, { x: 160, y: 92, width: 200, height: 28 }, [252, 252, 252]);
    expect(locateTarget(screen, { kind: 'field', label: 'Name:' })).toEqual(
      expect.objectContaining({
        point: { x: 260, y: 106 },
        field: { x: 160, y: 92, width: 200, height: 28 },
      }),
    );
  });

  test('where no field is by its label, the label itself is the place', () => {
    const located = locateTarget(screenOf(seen(100, 100, 'Notes')), { kind: 'field', label: 'Notes' });
    expect(located).toEqual(expect.objectContaining({ point: { x: 120, y: 106 } }));
    expect(located).not.toHaveProperty('field');
  });

  test('an empty place is the middle of the largest even square', () => {
    const screen = screenOf();
    for (let y = 0; y < 600; y += 20) fill(screen.raster, { x: 0, y, width: 300, height: 10 }, [0, 0, 0]);
    expect(locateTarget(screen, { kind: 'empty', isDesktop: false })).toEqual({
      point: { x: 550, y: 250 },
      rivals: 1,
    });
  });
});
