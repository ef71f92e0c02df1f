import type { Action } from '../../action/action.ts';
import { quote } from './anchor-words.ts';

const SHORT: Readonly<Record<string, string>> = {
  Control: 'CTRL',
  ControlRight: 'CTRL',
  ShiftRight: 'SHIFT',
};
const CLICKS: Readonly<Record<string, string>> = {
  left: 'click',
  right: 'right-click',
  wheel: 'middle-click',
};

function toKeyWord(key: string): string {
  if ([...key].length > 1) return SHORT[key] ?? key.toUpperCase();
  return /^[\p{L}\p{N}]$/u.test(key) ? key : quote(key);
}

/** `CTRL+S`: with another key a letter stands for its key. */
export function toChordWords(keys: readonly string[]): string {
  return keys
    .map((key) => toKeyWord(key))
    .map((key) => (keys.length > 1 && /^\p{Ll}$/u.test(key) ? key.toUpperCase() : key))
    .join('+');
}

/** What needs no place: `type "text"`, `press CTRL+S`. */
export function wordsForKeys(action: Action, times = 1): string | undefined {
  if (action.type === 'type') return `type ${quote(action.text)}`;
  if (action.type !== 'keypress') return undefined;
  return `press ${toChordWords(action.keys)}${times === 1 ? '' : ` ${times} times`}`;
}

/** The verb of a click, with the keys that are held; undefined for a button that the steps have no word for. */
export function wordsForClick(action: Action): string | undefined {
  if (action.type === 'move') return 'hover over';
  if (action.type !== 'click' && action.type !== 'double_click') return undefined;
  const verb = action.type === 'double_click' ? 'double-click' : CLICKS[action.button];
  if (verb === undefined || action.keys.length === 0) return verb;
  return `hold ${toChordWords(action.keys)} and ${verb}`;
}

/** `scroll down 300 px`. */
export function wordsForScroll({ scrollX, scrollY }: Extract<Action, { type: 'scroll' }>): string {
  const isDown = scrollY !== 0;
  const [px, back, forth] = isDown ? [scrollY, 'up', 'down'] : [scrollX, 'left', 'right'];
  return `scroll ${px < 0 ? back : forth} ${Math.abs(px)} px`;
}
