import { afterAll, beforeAll, expect, it } from 'vitest';
import { ActiveWindowReader } from '../../../src/sandbox/x11/active-window.ts';
import type { Desk } from '../input/desk.ts';
import { openDesk, until } from '../input/desk.ts';

let desk: Desk;
let reader: ActiveWindowReader;

beforeAll(async () => {
  desk = await openDesk();
  reader = new ActiveWindowReader((options) => desk.sandbox.openX(options));
});
afterAll(async () => {
  reader[Symbol.dispose]();
  await desk[Symbol.asyncDispose]();
});

it('tells the class and the title of the window in front, as it changes', async () => {
  await desk.start("xfce4-terminal --disable-server -T 'Größe: 1' -x cat");
  const first = await until(async () => {
    const window = await reader.read();
    return window?.class.includes('Xfce4-terminal') === true && window;
  }, 'terminal in front');
  expect(first).toEqual({ class: ['xfce4-terminal', 'Xfce4-terminal'], title: 'Größe: 1' });
  await desk.shell("xdotool search --onlyvisible --class xfce4-terminal set_window --name 'Delete all?'");
  await until(async () => (await reader.read())?.title === 'Delete all?', 'new title');
  await desk.start('mousepad');
  await until(async () => (await reader.read())?.class.includes('Mousepad') === true, 'editor in front');
});

it('makes a new connection where the one before was lost', async () => {
  const before = await reader.read();
  await desk.shell('pkill -x socat');
  const told = async () => await reader.read().catch(() => undefined);
  expect(await until(told, 'answer again')).toEqual(before);
});
