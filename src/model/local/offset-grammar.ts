import type { Cursor } from './cursor.ts';
import type { Direction } from './steps.ts';

const DIRECTIONS = ['up', 'down', 'left', 'right'] as const;

/** `down`, `to the right`. */
export function takeDirection(cursor: Cursor): Direction | undefined {
  const { position } = cursor;
  cursor.takePhrase(['to', 'to the']);
  const direction = cursor.takePhrase(DIRECTIONS);
  if (direction === undefined) cursor.position = position;
  return direction;
}

/** `300 px`, `by 300 pixels`, `300px`. */
export function takePixels(cursor: Cursor): number | undefined {
  const { position } = cursor;
  cursor.takePhrase(['by']);
  const joined = /^(\d+)(?:px|pixels?)$/.exec(cursor.wordAt());
  if (joined) {
    cursor.skip();
    return Number(joined[1]);
  }
  const px = cursor.takeNumber();
  if (px !== undefined && cursor.takePhrase(['px', 'pixels', 'pixel']) !== undefined) return px;
  cursor.position = position;
  return undefined;
}

/** `200 px to the right`, `up by 50 px`. */
export function takeOffset(
  cursor: Cursor,
): { readonly direction: Direction; readonly px: number } | undefined {
  const { position } = cursor;
  const before = takePixels(cursor);
  const direction = takeDirection(cursor);
  const px = before ?? takePixels(cursor);
  if (direction !== undefined && px !== undefined && px > 0) return { direction, px };
  cursor.position = position;
  return undefined;
}
