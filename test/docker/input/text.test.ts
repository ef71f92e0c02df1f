import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeWindow, fileOnce, focused, openEditor } from './applications.ts';
import { openDesk } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;

beforeAll(async () => {
  desk = await openDesk();
});
afterAll(async () => await desk[Symbol.asyncDispose]());

const range = (from: number, to: number): string =>
  String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, i) => from + i));

const SENTENCE = 'The quick brown fox jumps over 13 lazy dogs: "Why?" (Zero) [A] {b} <C> a_B\n';

const TEXTS = [
  ['all of printable ASCII', range(0x20, 0x7e)],
  ['lines and tabs', 'one\ttwo\n\tthree\n\n  four\n'],
  ['names of keys', 'ENTER CTRL+C {ENTER} <Return> ESC ALT+F4 \\n \\t %0A ^C'],
  ['Latin-1', range(0xa0, 0xff).replace('\u00ad', '')],
  ['Greek', 'Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, ΑΒΓΔ'],
  ['Cyrillic', 'Съешь же ещё этих мягких французских булок, да выпей чаю'],
  ['Chinese, Japanese and Korean', '天地玄黃宇宙洪荒 いろはにほへと カタカナ 다람쥐 헌 쳇바퀴'],
  ['combining marks', 'e\u0301 a\u0308 o\u0302\u0323 n\u0303 क्षि'],
  ['emoji beyond the basic plane', 'a 😀 b 👩‍👩‍👧 c 🏳️‍🌈 d 🇫🇷 e'],
  ['mathematics and punctuation', '∀x∈ℝ: ⌈x⌉ = −⌊−x⌋ … “quoted” – €5 ½ ¿qué?'],
  ['10,000 characters', SENTENCE.repeat(Math.ceil(10_000 / SENTENCE.length)).slice(0, 10_000)],
  // A terminal keeps no more than 4,095 bytes of a line that is not finished: four lines.
  [
    '2,000 different characters',
    [0, 500, 1000, 1500].map((n) => `a ${range(0x4e00 + n, 0x4e00 + n + 499)} z`).join('\n'),
  ],
] as const;

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
