import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeWindow, fileOnce, focused, openEditor } from './applications.ts';
import { openDesk } from './desk.ts';
import type { Desk } from './desk.ts';
import { TEXTS } from './texts.ts';

let desk: Desk;

beforeAll(async () => {
  desk = await openDesk();
});
afterAll(async () => await desk[Symbol.asyncDispose]());

describe('the editor saves what was typed:', () => {
  beforeAll(async () => await openEditor(desk, '/home/user/editor.txt'));
  afterAll(async () => await closeWindow(desk));

  it.each(TEXTS)('%s', async (_, text) => {
    await desk.act({ type: 'keypress', keys: ['CTRL', 'A'] });
    await desk.act({ type: 'type', text });
    await desk.act({ type: 'keypress', keys: ['CTRL', 'S'] });
    expect(await fileOnce(desk, '/home/user/editor.txt', text)).toBe(text);
  });
});

describe('a program in the terminal reads what was typed:', () => {
  it.each(TEXTS)('%s', async (_, text) => {
    const path = '/home/user/terminal.txt';
    await desk.start(`xfce4-terminal --disable-server -T reader -x sh -c 'cat >${path}'`);
    await focused(desk, 'reader');
    await desk.act({ type: 'type', text: `${text}\n` });
    await desk.act({ type: 'keypress', keys: ['CTRL', 'D'] });
    expect(await fileOnce(desk, path, `${text}\n`)).toBe(`${text}\n`);
  });
});
