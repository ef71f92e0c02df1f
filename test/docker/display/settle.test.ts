import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Screenshot } from '../../../src/action/screenshot.ts';
import { openDesk } from '../input/desk.ts';
import type { Desk } from '../input/desk.ts';

/** Longer than anything that the desktop does by itself after an action. */
const LATER_MS = 1200;
/** Where the panel's clock is not: it may strike between two pictures. */
const BELOW_PANEL = 32;

let desk: Desk;

beforeAll(async () => {
  desk = await openDesk();
});
afterAll(async () => await desk[Symbol.asyncDispose]());

async function belowPanel({ png, width, height }: Screenshot): Promise<Buffer> {
  const region = { left: 0, top: BELOW_PANEL, width, height: height - BELOW_PANEL };
  return await sharp(png).extract(region).raw().toBuffer();
}

/** Whether the picture taken when the screen has settled is the one that it stays. */
async function isWhole(act: () => Promise<void>): Promise<boolean> {
  await act();
  await desk.display.settle();
  const settled = await belowPanel(await desk.display.screenshot());
  await delay(LATER_MS);
  return settled.equals(await belowPanel(await desk.display.screenshot()));
}

const APPLICATIONS = { x: 40, y: 15 };

it('settles on an idle desktop within 100 ms', async () => {
  const { waitedMs, ...rest } = await desk.display.settle();
  expect(rest).toEqual({ reason: 'quiet', updates: 0 });
  expect(waitedMs).toBeLessThan(100);
});

it('never shows a menu half drawn', async () => {
  const { display } = desk;
  const results: boolean[] = [];
  for (let i = 0; i < 10; i++) {
    results.push(await isWhole(async () => display.pointer.click(APPLICATIONS, 'left')));
    results.push(await isWhole(async () => display.keyboard.chord(['Escape'])));
  }
  expect(results).toEqual(results.map(() => true));
});

it('waits for the window of a program that starts, and for all of it', async () => {
  const { display } = desk;
  const empty = await belowPanel(await display.screenshot());
  const results: (readonly boolean[])[] = [];
  for (let i = 0; i < 5; i++) {
    await display.pointer.click(APPLICATIONS, 'left');
    await display.settle();
    const isDrawn = await isWhole(async () => display.pointer.click({ x: 60, y: 75 }, 'left'));
    const isThere = !(await belowPanel(await display.screenshot())).equals(empty);
    results.push([isDrawn, isThere]);
    await display.keyboard.chord(['Alt', 'F4']);
    await display.settle();
    await delay(LATER_MS);
  }
  expect(results).toEqual(results.map(() => [true, true]));
});
