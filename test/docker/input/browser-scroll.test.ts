import { afterAll, beforeAll, expect, it } from 'vitest';
import { focused } from './applications.ts';
import { openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

/** A page beyond the screen both ways, which says where it is in its title. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>At 0 0.</title>
<body style="margin: 0; width: 6000px; height: 6000px; background: linear-gradient(45deg, white, teal)">
<script>addEventListener('scroll', () => { document.title = 'At ' + scrollX + ' ' + scrollY + '.' })</script>`;
/** What one click of the wheel scrolls in Chromium, px, whatever the size of its window. */
const CLICK = 120;

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ hasBrowser: true });
  const path = '/home/user/plane.html';
  await desk.sandbox.writeFiles([{ path, content: Buffer.from(PAGE) }]);
  await desk.start(`chromium file://${path}`);
  await focused(desk, 'At 0 0.');
});
afterAll(async () => await desk[Symbol.asyncDispose]());

it.each([
  ['down', 0, 60, 0, 1],
  ['to the right', 60, 0, 1, 1],
  ['down by 600 px', 0, 600, 1, 6],
  ['to the right by 600 px', 600, 0, 6, 6],
  ['up by the least', 0, -1, 6, 5],
  ['to the left by 250 px', -250, 0, 4, 5],
  ['up by 350 px and to the right by 110 px', 110, -350, 5, 2],
] as const)('the browser scrolls %s', async (_, x, y, right, down) => {
  await desk.act({ type: 'scroll', x: 500, y: 500, scroll_x: x, scroll_y: y });
  const title = `At ${right * CLICK} ${down * CLICK}.`;
  await until(async () => (await desk.shell('wmctrl -l')).includes(title), title);
  await desk.display.settle();
  expect(await desk.shell('wmctrl -l')).toContain(title);
});
