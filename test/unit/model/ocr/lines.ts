import type { ReadLine, ReadWord } from '../../../../src/model/ocr/read-line.ts';
import { toReadLine } from '../../../../src/model/ocr/read-line.ts';
import { unionOf } from '../../../../src/model/ocr/virtual-line.ts';

/** Width of one character and height of a line in these tests, px. */
const CHARACTER = 8;
const HEIGHT = 12;

/** A line as a reader would give it: every character is 8 px wide, every line 12 px high. */
export function lineAt(x: number, y: number, text: string, confidence = 0.96): ReadLine {
  let left = x;
  const words = text.split(' ').map((word): ReadWord => {
    const box = { x: left, y, width: word.length * CHARACTER, height: HEIGHT };
    left += (word.length + 1) * CHARACTER;
    return { text: word, box, confidence };
  });
  const line = toReadLine(words, unionOf(words.map(({ box }) => box)));
  if (line === undefined) throw new Error('a line needs a text');
  return line;
}
