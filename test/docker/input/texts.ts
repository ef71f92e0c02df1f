const range = (from: number, to: number): string =>
  String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, i) => from + i));

const SENTENCE = 'The quick brown fox jumps over 13 lazy dogs: "Why?" (Zero) [A] {b} <C> a_B\n';

/** What is typed into each kind of program. */
export const TEXTS = [
  ['all of printable ASCII', range(0x20, 0x7e)],
  ['lines and tabs', 'one\ttwo\n\tthree\n\n  four\n'],
  ['names of keys', 'ENTER CTRL+C {ENTER} <Return> ESC ALT+F4 \\n \\t %0A ^C'],
  ['Latin-1', range(0xa0, 0xff).replace('\u00ad', '')],
  ['Greek', 'Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, ΑΒΓΔ'],
  ['Cyrillic', 'Съешь же ещё этих мягких французских булок, да выпей чаю'],
  ['Chinese, Japanese and Korean', '天地玄黃宇宙洪荒 いろはにほへと カタカナ 다람쥐 헌 쳇바퀴'],
  ['combining marks', 'e\u0301 a\u0308 o\u0302\u0323 n\u0303 क्षि'],
  ['accents by themselves', '^ ` ~ ´ ¨ ¸ ˆ ˜ ˇ ˘ ˚ a^ ´e `u\u00a0~n'],
  ['emoji beyond the basic plane', 'a 😀 b 👩‍👩‍👧 c 🏳️‍🌈 d 🇫🇷 e'],
  ['mathematics and punctuation', '∀x∈ℝ: ⌈x⌉ = −⌊−x⌋ … “quoted” – €5 ½ ¿qué?'],
  ['10,000 characters', SENTENCE.repeat(Math.ceil(10_000 / SENTENCE.length)).slice(0, 10_000)],
  // A terminal keeps no more than 4,095 bytes of a line that is not finished: four lines.
  [
    '2,000 different characters',
    [0, 500, 1000, 1500].map((n) => `a ${range(0x4e00 + n, 0x4e00 + n + 499)} z`).join('\n'),
  ],
] as const;
