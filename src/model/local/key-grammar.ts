import { parseKeyName } from '../../action/key-names.ts';
import { isDeskhandError } from '../../errors.ts';
import type { Cursor } from './cursor.ts';
import { GrammarFault, showCurrent } from './grammar-fault.ts';

const MODIFIERS = new Set([
  'Control',
  'ControlRight',
  'Shift',
  'ShiftRight',
  'Alt',
  'AltGraph',
  'Meta',
  'MetaRight',
]);
const ARROWS = { left: 'ArrowLeft', right: 'ArrowRight', up: 'ArrowUp', down: 'ArrowDown' } as const;
const SPELLED_OUT: Readonly<Record<string, string>> = {
  'page up': 'PageUp',
  'page down': 'PageDown',
  'left arrow': ARROWS.left,
  'right arrow': ARROWS.right,
  'up arrow': ARROWS.up,
  'down arrow': ARROWS.down,
  'arrow left': ARROWS.left,
  'arrow right': ARROWS.right,
  'arrow up': ARROWS.up,
  'arrow down': ARROWS.down,
  'space bar': 'Space',
};
const SPELLED_OUT_PHRASES = Object.keys(SPELLED_OUT);
const TIMES: Readonly<Record<string, number>> = { once: 1, twice: 2, thrice: 3 };
const MOST_TIMES = 100;

/** `CTRL+S` and `CTRL++` into names; `Ctrl-S` is read as `Ctrl+S`. */
function splitChord(chord: string): readonly string[] {
  if (chord === '+') return ['+'];
  const plain = chord.replace(/\b(ctrl|control|alt|shift|super|win|cmd|command|meta|option)-(?=.)/gi, '$1+');
  const isPlus = plain.endsWith('++');
  const names = (isPlus ? plain.slice(0, -2) : plain).split('+');
  return isPlus ? [...names, '+'] : names;
}

function toKey(name: string, cursor: Cursor): string {
  try {
    return parseKeyName(name);
  } catch (error) {
    if (!isDeskhandError(error)) throw error;
    throw new GrammarFault(`there is no key named ${JSON.stringify(name)}`, cursor);
  }
}

/** With CTRL, ALT or the like a letter stands for its key, whichever case it is written in. */
function toChord(keys: readonly string[]): readonly string[] {
  const hasModifier = keys.some((key) => MODIFIERS.has(key));
  return hasModifier ? keys.map((key) => (key.length === 1 ? key.toLowerCase() : key)) : keys;
}

/** Whether a plus sign says that another key belongs to the chord. */
function isOpenEnded(chord: string, cursor: Cursor): boolean {
  if (cursor.wordAt().startsWith('+')) return true;
  return chord.length > 1 && chord.endsWith('+') && !chord.endsWith('++');
}

function takeKeyPart(cursor: Cursor): string {
  const spelledOut = SPELLED_OUT[cursor.takePhrase(SPELLED_OUT_PHRASES) ?? ''];
  if (spelledOut !== undefined) return spelledOut;
  const token = cursor.current;
  if (token?.kind !== 'quote' && token?.kind !== 'word') {
    throw new GrammarFault(`the name of a key is missing before ${showCurrent(cursor)}`, cursor);
  }
  cursor.skip();
  return token.text;
}

/** One chord: `CTRL+S`, `Ctrl + Shift + S`, `the down arrow key`, `"7"`. */
export function takeChord(cursor: Cursor): readonly string[] {
  cursor.skipWords(new Set(['the', 'key', 'keys']));
  let chord = takeKeyPart(cursor);
  while (isOpenEnded(chord, cursor)) chord += takeKeyPart(cursor);
  cursor.takePhrase(['key', 'keys']);
  return toChord(splitChord(chord).map((name) => toKey(name, cursor)));
}

/** `twice`, `3 times`; 1 where nothing is said. */
export function takeTimes(cursor: Cursor): number {
  const named = TIMES[cursor.wordAt()];
  if (named !== undefined) {
    cursor.skip();
    return named;
  }
  const { position } = cursor;
  const count = cursor.takeNumber();
  if (count !== undefined && cursor.takePhrase(['times', 'time', 'x']) !== undefined) {
    if (Number.isInteger(count) && count >= 1 && count <= MOST_TIMES) return count;
    throw new GrammarFault(`a key can be pressed 1 to ${MOST_TIMES} times, not ${count}`, cursor);
  }
  cursor.position = position;
  return 1;
}
