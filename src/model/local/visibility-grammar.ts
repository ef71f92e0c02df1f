import type { Cursor } from './cursor.ts';
import { takeDuration, requireDuration } from './duration-grammar.ts';
import { GrammarFault, showCurrent } from './grammar-fault.ts';
import type { Command } from './steps.ts';
import { requireQuote, skipArticlesAndNouns } from './target-grammar.ts';

const STATES = ['visible', 'shown', 'there', 'displayed', 'present', 'on the screen', 'on screen'];
const APPEARED = [
  ...['is', 'are', 'is now', 'has become', 'becomes'].flatMap((verb) =>
    STATES.map((state) => `${verb} ${state}`),
  ),
  'appears',
  'appear',
  'to appear',
  'shows up',
  'opens',
  'to open',
];
const GONE = [
  ...['is not', 'are not', "isn't", "aren't", 'is no longer', 'are no longer'].flatMap((verb) =>
    STATES.map((state) => `${verb} ${state}`),
  ),
  'is gone',
  'are gone',
  'disappears',
  'disappear',
  'to disappear',
  'closes',
  'to close',
  'has disappeared',
];
const AT_MOST = ['for at most', 'at most', 'for up to', 'up to', 'no longer than', 'for', 'within'];

/** `is visible` or `is gone`; undefined where neither is said. */
function takeState(cursor: Cursor): boolean | undefined {
  const phrase = cursor.takePhrase([...APPEARED, ...GONE]);
  return phrase === undefined ? undefined : APPEARED.includes(phrase);
}

function takeTimeout(cursor: Cursor): number | undefined {
  const { position } = cursor;
  cursor.takeMark(',');
  if (cursor.takePhrase(AT_MOST) !== undefined) return requireDuration(cursor);
  cursor.position = position;
  return undefined;
}

/** What stands after `until`: a text and that it is there or gone. */
export function takeCondition(cursor: Cursor): { readonly text: string; readonly isVisible: boolean } {
  skipArticlesAndNouns(cursor);
  const text = requireQuote(cursor, 'the text to look for');
  skipArticlesAndNouns(cursor);
  const isVisible = takeState(cursor);
  if (isVisible !== undefined) return { text, isVisible };
  throw new GrammarFault(`"is visible" or "is gone" is missing before ${showCurrent(cursor)}`, cursor);
}

/** After `wait`. */
export function takeWait(cursor: Cursor): Command {
  const isUntil = cursor.takePhrase(['until', 'till']) !== undefined;
  if (!isUntil) {
    cursor.takePhrase(['for']);
    const ms = takeDuration(cursor);
    if (ms !== undefined) return { kind: 'wait', ms };
  }
  skipArticlesAndNouns(cursor);
  const text = requireQuote(cursor, 'the text to wait for');
  skipArticlesAndNouns(cursor);
  const isVisible = takeState(cursor) ?? (isUntil ? undefined : true);
  if (isVisible === undefined) {
    throw new GrammarFault(`"is visible" or "is gone" is missing before ${showCurrent(cursor)}`, cursor);
  }
  const timeoutMs = takeTimeout(cursor);
  return { kind: 'wait-until', text, isVisible, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}

/** After `check that`. */
export function takeCheck(cursor: Cursor): Command {
  const texts: string[] = [];
  do {
    skipArticlesAndNouns(cursor);
    texts.push(requireQuote(cursor, 'the text to look for'));
    skipArticlesAndNouns(cursor);
  } while (takeListSeparator(cursor));
  const isVisible = takeState(cursor);
  if (isVisible !== undefined) return { kind: 'check', texts, isVisible };
  const hint = 'to tick a box, write: click';
  throw new GrammarFault(
    `"is visible" or "is not visible" is missing before ${showCurrent(cursor)} (${hint})`,
    cursor,
  );
}

function takeListSeparator(cursor: Cursor): boolean {
  const hasComma = cursor.takeMark(',');
  return cursor.takePhrase(['and']) !== undefined || hasComma;
}
