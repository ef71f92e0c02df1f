import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Action } from '../../../../src/action/action.ts';
import type { Screenshot } from '../../../../src/action/screenshot.ts';
import type { Deed } from '../../../../src/demo/record/deed.ts';
import { SeenScreens } from '../../../../src/demo/record/seen-screens.ts';
import { toSteps } from '../../../../src/demo/record/to-steps.ts';
import { createScreenReader } from '../../../../src/model/ocr/screen-reader.ts';
import { fakeScreenshot } from '../../../../src/testing/fake-display.ts';

async function load(name: string): Promise<Screenshot> {
  const png = await readFile(join(import.meta.dirname, `../../../fixtures/screens/${name}.png`));
  const { width, height } = await sharp(png).metadata();
  return fakeScreenshot(png, { width, height });
}

const [SAVING, MENU, LIST] = [await load('save-dialog'), await load('editor-menu'), await load('file-list')];
const reader = createScreenReader();
const screens = new SeenScreens(reader);
// What was read once is remembered by its pixels.
beforeAll(async () => {
  for (const screen of [SAVING, MENU, LIST]) await screens.see(screen);
}, 120_000);
afterAll(async () => await reader[Symbol.asyncDispose]());

function deed(action: Action, screen: Screenshot | undefined = SAVING): Deed {
  return { action, screen, moments: [] };
}

const click = (x: number, y: number): Action => ({ type: 'click', button: 'left', x, y, keys: [] });

async function wordsFor(...deeds: readonly Deed[]) {
  const steps = await toSteps({ deeds, last: undefined, problems: [] }, { screens });
  return steps.map((step) => step.do ?? step.problem ?? step.picture?.toFields('p.png'));
}

test('a click is anchored on the text there, where the lookup of the player finds it there and nowhere else', async () => {
  expect(
    await wordsFor(
      deed(click(1220, 880)),
      deed({ type: 'double_click', x: 400, y: 387, keys: [] }),
      deed({ type: 'click', button: 'right', x: 60, y: 430, keys: ['Control'] }, MENU),
    ),
  ).toEqual(['click "Save"', 'double-click "notes.txt"', 'hold CTRL and right-click "Close Window"']);
});

test('of several such texts it is said which', async () => {
  expect(await wordsFor(deed(click(370, 207)), deed(click(220, 170)))).toEqual([
    'click the second "Documents"',
    'click "Documents" at the top',
  ]);
});

test('a field is named by what stands beside it, and filling it is one step', async () => {
  const keys = (name: string): Action => ({ type: 'keypress', keys: ['Control', name] });
  expect(
    await wordsFor(
      deed(click(700, 81)),
      deed(keys('a')),
      deed({ type: 'type', text: 'a "b"\\\n' }),
      deed(keys('s')),
      deed(keys('s')),
    ),
  ).toEqual([String.raw`type "a \"b\"\\\n" into "Name:" at the top`, 'press CTRL+S 2 times']);
});

test('where there is no text it is a picture, found on the screen in one place', async () => {
  const steps = await toSteps(
    { deeds: [deed(click(1255, 44)), deed(click(0, 20))], last: undefined, problems: [] },
    { screens },
  );
  const [close, corner] = steps.map(({ picture }) => picture);
  expect(close?.toFields('p.png')).toEqual({ click: { image: 'p.png' } });
  expect(await sharp(close?.png).metadata()).toMatchObject({ width: 32, height: 32 });
  // Cut off at the edge of the screen: the place is not the middle of what is left.
  expect(corner?.toFields('p.png')).toEqual({ click: { image: 'p.png', at: [0, expect.any(Number)] } });
});

test('a drag between texts is in words; any other goes from a picture through the points of its way', async () => {
  const drag = (...path: readonly { x: number; y: number }[]): Deed =>
    deed({ type: 'drag', path, keys: ['Shift'] });
  const plain = deed({
    type: 'drag',
    path: [
      { x: 400, y: 387 },
      { x: 380, y: 264 },
    ],
    keys: [],
  });
  expect(await wordsFor(plain, drag({ x: 1255, y: 44 }, { x: 1200, y: 44 }, { x: 1200, y: 90 }))).toEqual([
    'drag "notes.txt" to the second "Music"',
    {
      drag: {
        image: 'p.png',
        hold: ['Shift'],
        by: [
          [-55, 0],
          [-55, 46],
        ],
      },
    },
  ]);
});

test('before keys it is waited for what they are meant for', async () => {
  const type: Action = { type: 'type', text: 'x' };
  expect(await wordsFor(deed(click(40, 263), MENU), deed(type, SAVING))).toEqual([
    'click "Save As..."',
    expect.stringMatching(/^wait until ".+" is visible$/),
    'type "x"',
  ]);
});

test('a menu that opens where the pointer rests is opened first', async () => {
  const blank = fakeScreenshot(
    await sharp(SAVING.png)
      .composite([
        {
          input: { create: { width: 200, height: 60, channels: 3, background: '#fff' } },
          left: 340,
          top: 370,
        },
      ])
      .png()
      .toBuffer(),
    { width: SAVING.width, height: SAVING.height },
  );
  const moments = [
    { screen: blank, pointer: { x: 10, y: 10 } },
    { screen: SAVING, pointer: { x: 220, y: 320 } },
    { screen: SAVING, pointer: { x: 230, y: 330 } },
  ];
  const steps = await toSteps(
    { deeds: [{ action: click(400, 387), screen: SAVING, moments }], last: undefined, problems: [] },
    { screens },
  );
  expect(steps).toEqual([{ do: 'hover over "Other Locations"' }, { do: 'click "notes.txt"' }]);
});

test('scrolling to what is clicked next goes on until it is there', async () => {
  const scroll: Action = { type: 'scroll', x: 400, y: 387, scrollX: 0, scrollY: 300, keys: [] };
  expect(await wordsFor(deed(scroll), deed(click(220, 328), LIST))).toEqual([
    'scroll down until "Norway.txt" is visible over "notes.txt"',
    'click "Norway.txt"',
  ]);
  expect(await wordsFor(deed({ ...scroll, scrollY: -140 }))).toEqual(['scroll up 140 px over "notes.txt"']);
});

test('captions, the check at the end, and what cannot be written down', async () => {
  const lost = { ...deed(click(1, 2)), screen: undefined };
  const said = { ...deed(click(1220, 880)), say: 'We save it.' };
  const steps = await toSteps({ deeds: [lost, said], last: LIST, problems: [] }, { screens });
  expect(steps).toEqual([
    { problem: 'click at 1, 2: the screen before it is lost' },
    { say: 'We save it.' },
    { do: 'click "Save"' },
    { do: expect.stringMatching(/^check that ".+" is visible$/) },
  ]);
});
