import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDeskhandError } from '../../../../src/errors.ts';
import { parseSteps } from '../../../../src/model/local/parse-steps.ts';
import type { Command, LabelTarget, Target } from '../../../../src/model/local/steps.ts';

const commandsOf = (instruction: string) => parseSteps(instruction).map(({ command }) => command);
const label = (text: string, qualifiers: Partial<LabelTarget> = {}): LabelTarget => ({
  kind: 'label',
  label: text,
  ...qualifiers,
});
const click = (target: Target, extra: object = {}) => ({
  kind: 'click',
  button: 'left',
  count: 1,
  target,
  held: [],
  ...extra,
});

describe('verbs', () => {
  test.each<[string, unknown]>([
    ['click "File"', click(label('File'))],
    ['open "File"', click(label('File'))],
    ['Click on the "File" menu.', click(label('File'))],
    ['please select the menu entry “Save As…”', click(label('Save As…'))],
    ["tap 'OK'", click(label('OK'))],
    ['double-click "notes.txt"', click(label('notes.txt'), { count: 2 })],
    ['Double click on the file "notes.txt"', click(label('notes.txt'), { count: 2 })],
    ['right-click "Home"', click(label('Home'), { button: 'right' })],
    ['middle-click "Link"', click(label('Link'), { button: 'wheel' })],
    ['press the "OK" button', click(label('OK'))],
    ['hold CTRL and click "a.txt"', click(label('a.txt'), { held: ['Control'] })],
    ['hold Ctrl+Shift and double-click "a"', click(label('a'), { count: 2, held: ['Control', 'Shift'] })],
    ['click "a" holding ALT', click(label('a'), { held: ['Alt'] })],
    ['click "a" with SHIFT held down', click(label('a'), { held: ['Shift'] })],
    ['click into "Name"', click({ kind: 'field', label: 'Name' })],
    ['hover over "Help"', { kind: 'hover', target: label('Help') }],
    ['move the mouse to "Help"', { kind: 'hover', target: label('Help') }],
    ['type "hello"', { kind: 'type', text: 'hello' }],
    ['write the text: "a b"', { kind: 'type', text: 'a b' }],
    ['type "x" into "Name"', { kind: 'type', text: 'x', field: { kind: 'field', label: 'Name' } }],
    ['enter "x" in the field "Name"', { kind: 'type', text: 'x', field: { kind: 'field', label: 'Name' } }],
    ['fill the "Name" field with "x"', { kind: 'type', text: 'x', field: { kind: 'field', label: 'Name' } }],
    ['clear "Name"', { kind: 'clear', field: { kind: 'field', label: 'Name' } }],
    ['press CTRL+S', { kind: 'press', keys: ['Control', 's'], times: 1 }],
    ['press Ctrl + Shift + S', { kind: 'press', keys: ['Control', 'Shift', 's'], times: 1 }],
    ['press Ctrl-S', { kind: 'press', keys: ['Control', 's'], times: 1 }],
    ['hit the Enter key twice', { kind: 'press', keys: ['Enter'], times: 2 }],
    ['press Tab 3 times', { kind: 'press', keys: ['Tab'], times: 3 }],
    ['press the down arrow key', { kind: 'press', keys: ['ArrowDown'], times: 1 }],
    ['press CTRL++', { kind: 'press', keys: ['Control', '+'], times: 1 }],
    ['press "7"', { kind: 'press', keys: ['7'], times: 1 }],
    ['press A', { kind: 'press', keys: ['A'], times: 1 }],
    ['scroll down', { kind: 'scroll', direction: 'down', amount: { px: 300 } }],
    ['scroll up 450 px', { kind: 'scroll', direction: 'up', amount: { px: 450 } }],
    ['scroll right by 50 pixels', { kind: 'scroll', direction: 'right', amount: { px: 50 } }],
    ['scroll down a page', { kind: 'scroll', direction: 'down', amount: { pages: 1 } }],
    [
      'scroll down until "Zebra" is visible',
      { kind: 'scroll', direction: 'down', amount: { px: 300 }, until: 'Zebra' },
    ],
    ['scroll to "Zebra"', { kind: 'scroll', direction: 'down', amount: { px: 300 }, until: 'Zebra' }],
    [
      'scroll down 100 px over "Files"',
      { kind: 'scroll', direction: 'down', amount: { px: 100 }, over: label('Files') },
    ],
    [
      'scroll down in the window "Files" until "Z" appears',
      {
        kind: 'scroll',
        direction: 'down',
        amount: { px: 300 },
        until: 'Z',
        over: { kind: 'empty', isDesktop: false, window: 'Files' },
      },
    ],
    ['drag "a.txt" to "Archive"', { kind: 'drag', from: label('a.txt'), to: label('Archive'), held: [] }],
    ['drag from "a" onto "b"', { kind: 'drag', from: label('a'), to: label('b'), held: [] }],
    [
      'drag "a" 200 px to the right',
      { kind: 'drag', from: label('a'), to: { direction: 'right', px: 200 }, held: [] },
    ],
    ['drag "a" up by 20 px', { kind: 'drag', from: label('a'), to: { direction: 'up', px: 20 }, held: [] }],
    ['hold CTRL and drag "a" to "b"', { kind: 'drag', from: label('a'), to: label('b'), held: ['Control'] }],
    ['wait until "Done" is visible', { kind: 'wait-until', text: 'Done', isVisible: true }],
    ['wait for the dialog "Save As" to appear', { kind: 'wait-until', text: 'Save As', isVisible: true }],
    ['wait for "Done"', { kind: 'wait-until', text: 'Done', isVisible: true }],
    ['wait until "Loading" is gone', { kind: 'wait-until', text: 'Loading', isVisible: false }],
    ['wait until "Loading" is no longer visible', { kind: 'wait-until', text: 'Loading', isVisible: false }],
    [
      'wait until "Done" is visible for at most 20 s',
      { kind: 'wait-until', text: 'Done', isVisible: true, timeoutMs: 20_000 },
    ],
    ['wait 2.5 seconds', { kind: 'wait', ms: 2_500 }],
    ['wait for 500ms', { kind: 'wait', ms: 500 }],
    ['wait a minute', { kind: 'wait', ms: 60_000 }],
    ['check that "a" is visible', { kind: 'check', texts: ['a'], isVisible: true }],
    ['verify that "a", "b" and "c" are visible', { kind: 'check', texts: ['a', 'b', 'c'], isVisible: true }],
    ['make sure "error" is not visible', { kind: 'check', texts: ['error'], isVisible: false }],
    ['take a screenshot', { kind: 'look' }],
  ])('%s', (instruction, command) => {
    expect(commandsOf(instruction)).toEqual([command]);
  });
});

describe('places', () => {
  test.each<[string, Partial<LabelTarget>]>([
    ['in the menu', { inMenu: true }],
    ['from the context menu', { inMenu: true }],
    ['in the "File" menu', { inMenu: true }],
    ['at the top', { edges: ['top'] }],
    ['on the left side of the screen', { edges: ['left'] }],
    ['in the bottom right corner', { edges: ['bottom', 'right'] }],
    ['at the top-left', { edges: ['top', 'left'] }],
    ['in the window "Files"', { window: 'Files' }],
    ['in the "Save As" dialog', { window: 'Save As' }],
    ['near "Cancel"', { relation: { kind: 'near', label: 'Cancel' } }],
    ['next to the "Cancel" button', { relation: { kind: 'near', label: 'Cancel' } }],
    ['below "Name"', { relation: { kind: 'below', label: 'Name' } }],
    ['to the right of "Name"', { relation: { kind: 'right of', label: 'Name' } }],
    ['above "Name" in the window "Files"', { relation: { kind: 'above', label: 'Name' }, window: 'Files' }],
  ])('click "OK" %s', (where, qualifiers) => {
    expect(commandsOf(`click "OK" ${where}`)).toEqual([click(label('OK', qualifiers))]);
  });

  test.each([
    ['the first', 1],
    ['the second', 2],
    ['3rd', 3],
    ['the last', -1],
  ])('click %s "OK"', (which, ordinal) => {
    expect(commandsOf(`click ${which} "OK"`)).toEqual([click(label('OK', { ordinal }))]);
  });

  test.each<[string, Target]>([
    ['right-click an empty place', { kind: 'empty', isDesktop: false }],
    ['right-click a blank area in the window "Files"', { kind: 'empty', isDesktop: false, window: 'Files' }],
    ['right-click the desktop', { kind: 'empty', isDesktop: true }],
    ['right-click an empty place on the desktop', { kind: 'empty', isDesktop: true }],
  ])('%s', (instruction, target) => {
    expect(commandsOf(instruction)).toEqual([click(target, { button: 'right' })]);
  });
});

describe('how steps stand together', () => {
  test.each([
    ['lines', 'click "A"\nclick "B"\r\n\n  click "C"\n'],
    ['a numbered list', '1. Click "A"\n2) click "B"\n(3) click "C"'],
    ['bullets', '- click "A"\n* click "B"\n• click "C"'],
    ['sentences', 'Click "A". Click "B". Then click "C".'],
    ['then', 'First click "A", then click "B" and then click "C"'],
    ['and', 'click "A" and click "B"; click "C"'],
    ['the verb said once', 'click "A", then "B" and "C"'],
    ['a path', 'open "A" > "B" > "C"'],
    ['a heading above a list', 'Save the poem like this:\n- click "A"\n- click "B"\n- click "C"'],
    ['wrapped lines', '1. click\n   "A"\n2. click "B"\n3. click "C"'],
  ])('%s', (_, instruction) => {
    expect(commandsOf(instruction)).toEqual([click(label('A')), click(label('B')), click(label('C'))]);
  });

  test('keys follow keys', () => {
    expect(commandsOf('press Tab 2 times, then Enter and CTRL+S')).toEqual([
      { kind: 'press', keys: ['Tab'], times: 2 },
      { kind: 'press', keys: ['Enter'], times: 1 },
      { kind: 'press', keys: ['Control', 's'], times: 1 },
    ]);
  });

  test('a wait after a key is no key', () => {
    expect(commandsOf('press Enter\nwait 2 seconds')).toEqual([
      { kind: 'press', keys: ['Enter'], times: 1 },
      { kind: 'wait', ms: 2_000 },
    ]);
  });

  test('every step knows its words and its line', () => {
    expect(
      parseSteps('1. Click "A", then "B"\n\n2. Type\n  "C"').map(({ text, line }) => ({ text, line })),
    ).toEqual([
      { text: 'Click "A"', line: 1 },
      { text: 'Click "B"', line: 1 },
      { text: 'Type "C"', line: 3 },
    ]);
  });
});

describe('quotes', () => {
  test.each([
    [String.raw`type "a \"b\" c"`, 'a "b" c'],
    [String.raw`type "one\ntwo\tthree"`, 'one\ntwo\tthree'],
    [String.raw`type "C:\\new"`, String.raw`C:\new`],
    [String.raw`type "\d+"`, String.raw`\d+`],
    [`type "it's"`, "it's"],
    [`type 'say "hi"'`, 'say "hi"'],
    ['type “curly”', 'curly'],
    ['type «guillemets»', 'guillemets'],
    ['type "two\nlines"', 'two\nlines'],
    ['type "1. not, a; list. then"', '1. not, a; list. then'],
    ['type "Crème, 🌙"', 'Crème, 🌙'],
  ])('%s', (instruction, text) => {
    expect(commandsOf(instruction)).toEqual([{ kind: 'type', text }]);
  });
});

/** `steps`, or the code of the error. */
function outcomeOf(instruction: string): string {
  try {
    return parseSteps(instruction).length > 0 ? 'steps' : 'nothing';
  } catch (error) {
    return isDeskhandError(error) ? error.code : 'crash';
  }
}

describe('what is not understood', () => {
  test.each([
    ['Write me a poem about the sea and save it.', 1, 'the text to type must stand in quotes, not "me"'],
    ['click "A"\nbuy milk\nclick "B"', 2, '"buy" is not a verb that it knows'],
    ['click Save', 1, 'the text to look for must stand in quotes here, not "Save"'],
    ['click "A"\nclick "B', 2, 'the quote that opens there is not closed'],
    ['press CTRL+FOO', 1, 'there is no key named "FOO"'],
    ['click "Save" slowly', 1, '"slowly" does not belong to "click "Save""'],
    ['type ""', 1, 'the text to type must stand in quotes, not an empty text'],
    ['click ""', 1, 'the text to look for is empty'],
    ['press Tab 1000 times', 1, 'a key can be pressed 1 to 100 times, not 1000'],
    ['wait 3 hours', 1, 'the text to wait for must stand in quotes here, not "3"'],
    ['wait 60 minutes', 1, 'a wait lasts at most 10 minutes'],
    ['wait until "a"', 1, '"is visible" or "is gone" is missing before the end of the step'],
    [
      'check "Hidden files"',
      1,
      '"is visible" or "is not visible" is missing before the end of the step (to tick a box, write: click)',
    ],
    ['scroll "a"', 1, '"up", "down", "left" or "right" is missing before "a"'],
    ['drag "a"', 1, 'to "another label" is missing before the end of the step'],
    ['hold CTRL and wait', 1, 'after "hold Control" comes "and click" or "and drag"'],
    ['', 1, 'there is no step in it'],
    [' \n - \n', 1, 'there is no step in it'],
  ])('%j', (instruction, line, why) => {
    expect(() => parseSteps(instruction)).toThrow(
      expect.objectContaining({
        name: 'ModelError',
        code: 'model-rejected-request',
        message: expect.stringContaining(`line ${line} is not one that it understands: ${why}.`),
        details: expect.objectContaining({ line, why }),
        hint: expect.stringMatching(/AZURE_OPENAI_ENDPOINT.*AZURE_OPENAI_API_KEY.*Entra ID.*OPENAI_API_KEY/),
      }),
    );
  });

  test('the message shows the line and what would be understood', () => {
    expect(() => parseSteps('click "A"\n  sing a song')).toThrow(
      /line 2 .*\n {2}2 \| sing a song\nIt understands:\n {2}open \/ click[^]*check that "text" is visible/,
    );
  });

  test('whatever is written, there are steps or a ModelError', () => {
    const word = fc.constantFrom(
      ...'click open type press hold scroll drag wait check until then and the in menu near "A" "B" \'C\' CTRL+S + 3 px . , ; ( ) \n - 1. " down is visible gone to from an empty place window'.split(
        ' ',
      ),
    );
    const prose = fc.array(word, { maxLength: 20 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), prose), (instruction) => {
        expect(outcomeOf(instruction)).toMatch(/^(?:steps|model-rejected-request)$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('round trip', () => {
  const quote = (text: string): string =>
    `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((some) => some.trim() !== '');
  const target = fc.record({
    label: text,
    ordinal: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
  });

  /** A step as a person would write it, and what it means. */
  const step: fc.Arbitrary<readonly [string, Partial<Command>]> = fc.oneof(
    target.map(
      ({ label: name, ordinal }) =>
        [
          `click ${ordinal === undefined ? '' : `the ${ordinal}th `}${quote(name)}`,
          {
            kind: 'click',
            target: { kind: 'label', label: name, ...(ordinal === undefined ? {} : { ordinal }) },
          },
        ] as const,
    ),
    text.map((typed) => [`type ${quote(typed)}`, { kind: 'type', text: typed }] as const),
    fc
      .tuple(text, text)
      .map(
        ([a, b]) =>
          [
            `drag ${quote(a)} to ${quote(b)}`,
            { kind: 'drag', from: { kind: 'label', label: a }, to: { kind: 'label', label: b } },
          ] as const,
      ),
    fc
      .tuple(text, fc.boolean())
      .map(
        ([seen, isVisible]) =>
          [
            `check that ${quote(seen)} is ${isVisible ? '' : 'not '}visible`,
            { kind: 'check', texts: [seen], isVisible },
          ] as const,
      ),
  );

  test('steps that are written down are read as they were meant, however they are separated', () => {
    const separator = fc.constantFrom('\n', '. ', '; ', ', then ', ' and ');
    fc.assert(
      fc.property(fc.array(fc.tuple(step, separator), { minLength: 1, maxLength: 5 }), (steps) => {
        const instruction = steps
          .map(([[written], end], i) => (i < steps.length - 1 ? written + end : written))
          .join('');
        expect(commandsOf(instruction)).toEqual(
          steps.map(([[, meaning]]) => expect.objectContaining(meaning)),
        );
      }),
      { numRuns: 500 },
    );
  });
});
