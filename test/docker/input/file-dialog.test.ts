import { afterAll, beforeAll, expect, it } from 'vitest';
import { focused, openEditor } from './applications.ts';
import { openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  await openEditor(desk, '/home/user/draft.txt', 'A draft.');
});
afterAll(async () => await desk[Symbol.asyncDispose]());

/** The middle of the button that a dialog 700 px wide has at its lower right. */
async function saveButton(): Promise<{ readonly x: number; readonly y: number }> {
  const shown = await desk.shell('xwininfo -id $(xdotool getactivewindow)');
  const [left = 0, top = 0, width = 0, height = 0] = ['upper-left X', 'upper-left Y', 'Width', 'Height'].map(
    (name) => Number(new RegExp(`${name}:\\s*(\\d+)`, 'u').exec(shown)?.[1]),
  );
  return { x: left + width - 50, y: top + height - 26 };
}

it.each(['one', 'two', 'three', 'four'])('a click right after the name %s was typed counts', async (name) => {
  await desk.act({ type: 'keypress', keys: ['CTRL', 'SHIFT', 's'] });
  await focused(desk, 'Save As');
  const button = await saveButton();
  await desk.act({ type: 'keypress', keys: ['CTRL', 'a'] });
  await desk.act({ type: 'type', text: `${name}.txt` });
  await desk.act({ type: 'click', ...button, button: 'left' });
  const saved = async (): Promise<string> => await desk.shell(`cat ~/${name}.txt 2>/dev/null || true`);
  await until(async () => (await saved()) !== '', `file ${name}.txt`);
  expect(await saved()).toBe('A draft.');
  await focused(desk, `${name}.txt`);
});
