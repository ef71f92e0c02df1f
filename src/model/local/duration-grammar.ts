import type { Cursor } from './cursor.ts';
import { GrammarFault, showCurrent } from './grammar-fault.ts';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  milliseconds: 1,
  s: 1_000,
  sec: 1_000,
  secs: 1_000,
  second: 1_000,
  seconds: 1_000,
  moment: 1_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
};
const LONGEST_MS = 600_000;

function takeAmount(cursor: Cursor): { readonly count: number; readonly unit: string } | undefined {
  const joined = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(cursor.wordAt());
  if (joined) return { count: Number(joined[1]), unit: joined[2] ?? '' };
  const isOne = cursor.takePhrase(['a', 'one']) !== undefined;
  const count = isOne ? 1 : cursor.takeNumber();
  return count === undefined ? undefined : { count, unit: cursor.wordAt() };
}

/** `2 seconds`, `500 ms`, `20s`, `a minute`; ms, at most ten minutes. Takes nothing where there is none. */
export function takeDuration(cursor: Cursor): number | undefined {
  const { position } = cursor;
  const amount = takeAmount(cursor);
  const unitMs = UNITS[amount?.unit ?? ''];
  if (amount === undefined || unitMs === undefined) {
    cursor.position = position;
    return undefined;
  }
  cursor.skip();
  const ms = Math.round(amount.count * unitMs);
  if (ms <= LONGEST_MS) return ms;
  throw new GrammarFault(`a wait lasts at most ${LONGEST_MS / 60_000} minutes`, cursor);
}

export function requireDuration(cursor: Cursor): number {
  const ms = takeDuration(cursor);
  if (ms !== undefined) return ms;
  throw new GrammarFault(`a time such as "20 seconds" is missing before ${showCurrent(cursor)}`, cursor);
}
