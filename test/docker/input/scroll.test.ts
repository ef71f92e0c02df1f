import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { focused, openEditor } from './applications.ts';
import { openDesk } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(async () => await desk[Symbol.asyncDispose]());

/** A part of the screen without frames, bars and the pointer. */
const PART = { left: 250, top: 200, width: 300, height: 480 } as const;

async function rows(): Promise<readonly string[]> {
  await desk.display.settle();
  const { png } = await desk.display.screenshot();
  const pixels = await sharp(png).extract(PART).raw().toBuffer();
  return Array.from({ length: PART.height }, (_, y) =>
    pixels.subarray(y * PART.width * 3, (y + 1) * PART.width * 3).toString('latin1'),
  );
}

/** By how many px the content went up: its lines are all different. */
function shiftOf(before: readonly string[], after: readonly string[]): number | undefined {
  const fits = (shift: number): boolean =>
    after.every((row, y) => before[y + shift] === undefined || before[y + shift] === row);
  return Array.from({ length: PART.height - 40 }, (_, shift) => shift).find(fits);
}

async function moved(px: number): Promise<number | undefined> {
  const before = await rows();
  await desk.act({ type: 'scroll', x: 600, y: 600, scroll_x: 0, scroll_y: px });
  const after = await rows();
  return px > 0 ? shiftOf(before, after) : shiftOf(after, before);
}

const line = (n: number): string => `${'line of text '.repeat(2)}${n} ${(n * 7919) % 1000}\n`;
const TEXT = Array.from({ length: 400 }, (_, n) => line(n)).join('');

const PROGRAMS = [
  ['the editor', 71, async () => await openEditor(desk, '/home/user/long.txt', TEXT), 'long.txt'],
  [
    'the file manager',
    68,
    async () => {
      await desk.shell('mkdir many && cd many && for i in $(seq 300); do touch file-$i.txt; done');
      await desk.start('thunar /home/user/many');
      await focused(desk, 'many - Thunar');
    },
    'many - Thunar',
  ],
  [
    'the terminal',
    72,
    async () => {
      await desk.sandbox.writeFiles([{ path: '/home/user/lines.txt', content: Buffer.from(TEXT) }]);
      await desk.start("xfce4-terminal --disable-server -T lines -x sh -c 'cat lines.txt; sleep 999'");
      await focused(desk, 'lines');
    },
    'lines',
  ],
] as const;

/** GTK scrolls by the view's height to the power of 2/3 a click, the terminal by a tenth of its lines. */
describe.each(PROGRAMS)(
  'in %s, in a window 660 px high, a click of the wheel',
  (program, perClick, open, title) => {
    beforeAll(async () => {
      await open();
      await desk.shell(`wmctrl -r '${title}' -e 0,100,60,800,660`);
      await desk.display.settle();
      // To where there is something above and below.
      await desk.act({
        type: 'scroll',
        x: 600,
        y: 600,
        scroll_x: 0,
        scroll_y: program === 'the terminal' ? -900 : 900,
      });
    });

    it.each([60, -60, 1, -120, 120, 250, -300, 400, -400])(
      '%i px are as many, to half a click, and at least one click',
      async (px) => {
        const found = (await moved(px)) ?? Number.NaN;
        const wanted = Math.max(perClick, Math.abs(px));
        expect(Math.abs(found - wanted)).toBeLessThanOrEqual(perClick / 2 + 3);
      },
    );
  },
);
