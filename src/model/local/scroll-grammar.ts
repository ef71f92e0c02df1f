import type { Cursor } from './cursor.ts';
import { GrammarFault, showCurrent } from './grammar-fault.ts';
import { takeDirection, takePixels } from './offset-grammar.ts';
import type { Command, ScrollAmount, Target } from './steps.ts';
import { requireQuote, takeTarget, takeWindow } from './target-grammar.ts';
import { takeCondition } from './visibility-grammar.ts';

/** Where nothing is said: three clicks of a wheel. */
const DEFAULT_AMOUNT: ScrollAmount = { px: 300 };
const MOST_PX = 20_000;

interface ScrollOptions {
  readonly amount?: ScrollAmount;
  readonly until?: string;
  readonly over?: Target;
}

function takeAmount(cursor: Cursor): ScrollAmount | undefined {
  const px = takePixels(cursor);
  if (px !== undefined && px > 0 && px <= MOST_PX) return { px };
  if (px !== undefined) throw new GrammarFault(`scroll by 1 to ${MOST_PX} px, not ${px}`, cursor);
  const { position } = cursor;
  cursor.takePhrase(['by']);
  const pages = cursor.takePhrase(['a', 'one']) === undefined ? cursor.takeNumber() : 1;
  const isPages = pages !== undefined && pages > 0 && pages <= 20;
  if (isPages && cursor.takePhrase(['page', 'pages', 'screen', 'screens']) !== undefined) return { pages };
  cursor.position = position;
  return cursor.takePhrase(['a bit', 'a little']) === undefined ? undefined : DEFAULT_AMOUNT;
}

function takeUntil(cursor: Cursor): string | undefined {
  if (cursor.takePhrase(['to']) !== undefined) return requireQuote(cursor, 'the text to scroll to');
  if (cursor.takePhrase(['until', 'till']) === undefined) return undefined;
  const { text, isVisible } = takeCondition(cursor);
  if (isVisible) return text;
  throw new GrammarFault('scrolling goes on until a text is visible, not until it is gone', cursor);
}

/** A window is scrolled at a place where nothing is. */
function takeOver(cursor: Cursor): Target | undefined {
  const window = takeWindow(cursor);
  if (window !== undefined) return { kind: 'empty', isDesktop: false, window };
  const isOver = cursor.takePhrase(['in', 'over', 'on', 'inside', 'within', 'at']) !== undefined;
  return isOver ? takeTarget(cursor) : undefined;
}

function takeOption(cursor: Cursor): ScrollOptions | undefined {
  const amount = takeAmount(cursor);
  if (amount) return { amount };
  const until = takeUntil(cursor);
  if (until !== undefined) return { until };
  const over = takeOver(cursor);
  return over === undefined ? undefined : { over };
}

/** After `scroll`. */
export function takeScroll(cursor: Cursor): Command {
  const direction = takeDirection(cursor);
  let options: ScrollOptions = {};
  for (let next = takeOption(cursor); next; next = takeOption(cursor)) options = { ...options, ...next };
  if (direction === undefined && options.until === undefined) {
    throw new GrammarFault(
      `"up", "down", "left" or "right" is missing before ${showCurrent(cursor)}`,
      cursor,
    );
  }
  return { kind: 'scroll', direction: direction ?? 'down', amount: DEFAULT_AMOUNT, ...options };
}
