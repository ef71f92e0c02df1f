import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAction } from '../../../../src/action/parse.ts';
import { drawAction } from '../../../../src/recording/report/marks.ts';
import { toOneLine } from '../../../../src/recording/report/badges.ts';
import { ALL_ACTIONS } from './drawn-run.ts';

const SCREEN = { width: 1440, height: 900 };

function draw(wire: unknown, screen = SCREEN): string {
  return drawAction(parseAction(wire), screen).source;
}

/** The values of an attribute of all elements of a class. */
function attributes(svg: string, className: string, name: string): readonly string[] {
  const elements = [...svg.matchAll(/<[a-z]+\s[^>]*>/g)].map(([element]) => element);
  return elements
    .filter((element) => element.includes(`class="${className}"`))
    .map((element) => new RegExp(`\\s${name}="([^"]*)"`).exec(element)?.[1])
    .filter((value) => value !== undefined);
}

test('a click is a ring around its point, zero included', () => {
  const svg = draw({ type: 'click', button: 'left', x: 0, y: 0, keys: [] });
  expect([attributes(svg, 'ink', 'cx'), attributes(svg, 'ink', 'cy')]).toEqual([['0'], ['0']]);
  expect(svg).not.toContain('<text');
});

test('a double click is two rings; other buttons and held keys are named', () => {
  expect(attributes(draw({ type: 'double_click', x: 5, y: 6, keys: [] }), 'ink', 'r')).toEqual(['32', '18']);
  expect(draw({ type: 'click', button: 'right', x: 5, y: 6, keys: ['CTRL'] })).toContain(
    'Control + right click',
  );
});

test('a drag is its whole path, with its direction at the end', () => {
  const path = [
    { x: 10, y: 20 },
    { x: 110, y: 20 },
    { x: 110, y: 220.25 },
  ];
  const svg = draw({ type: 'drag', path, keys: [] });
  expect(attributes(svg, 'ink', 'd')[0]).toBe('M10 20L110 20L110 220.3');
  expect(attributes(svg, 'head', 'd')[0]).toMatch(/^M110 228\.3L/);
});

test.each([
  [{ scroll_x: 0, scroll_y: 480 }, 'M500 400L500 568', 'scroll 480 px'],
  [{ scroll_x: 0, scroll_y: -100_000 }, 'M500 400L500 160', 'scroll 100000 px'],
  [{ scroll_x: 30, scroll_y: 0 }, 'M500 400L560 400', 'scroll 30 px'],
])('a scroll %j is an arrow where it goes', (amount, path, text) => {
  const svg = draw({ type: 'scroll', x: 500, y: 400, keys: [], ...amount });
  expect(attributes(svg, 'ink', 'd')).toEqual([path]);
  expect(svg).toContain(text);
});

test('a scroll by nothing has no direction', () => {
  const svg = draw({ type: 'scroll', x: 500, y: 400, scroll_x: 0, scroll_y: 0, keys: [] });
  expect(attributes(svg, 'ink', 'd')).toEqual([]);
  expect(svg).not.toContain('NaN');
});

test('a chord is a row of keycaps; typed text is one line', () => {
  const chord = draw({ type: 'keypress', keys: ['CTRL', '<'] });
  expect([...chord.matchAll(/class="cap-name"[^>]*>([^<]*)</g)].map(([, name]) => name)).toEqual([
    'Control',
    '&lt;',
  ]);
  expect(draw({ type: 'type', text: 'a\n<b>\tc' })).toContain('a⏎&lt;b&gt;⇥c');
  expect(toOneLine('x'.repeat(100))).toBe(`${'x'.repeat(63)}…`);
});

test('every kind of action is drawn, on screens of any size, and every plate lies on the screen', () => {
  const screen = fc.record({
    width: fc.integer({ min: 640, max: 4096 }),
    height: fc.integer({ min: 480, max: 4096 }),
  });
  fc.assert(
    fc.property(screen, fc.constantFrom(...ALL_ACTIONS), fc.nat(4095), fc.nat(4095), (size, wire, x, y) => {
      const at = 'x' in wire ? { x: x % size.width, y: y % size.height } : {};
      const svg = draw({ ...wire, ...at }, size);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      for (const plate of ['plate', 'cap']) {
        const [left] = attributes(svg, plate, 'x');
        const [width] = attributes(svg, plate, 'width');
        const [top] = attributes(svg, plate, 'y');
        const [height] = attributes(svg, plate, 'height');
        if (left === undefined) continue;
        expect(Number(left)).toBeGreaterThanOrEqual(0);
        expect(Number(left) + Number(width)).toBeLessThanOrEqual(size.width + 0.01);
        expect(Number(top)).toBeGreaterThanOrEqual(0);
        expect(Number(top) + Number(height)).toBeLessThanOrEqual(size.height + 0.01);
      }
    }),
  );
});
