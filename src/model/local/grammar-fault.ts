import type { Cursor } from './cursor.ts';

/** What cannot be understood and where; parse-steps.ts makes an error for people of it. */
export class GrammarFault extends Error {
  override readonly name = 'GrammarFault';
  /** Offset in the instruction; undefined at its end. */
  readonly offset: number | undefined;

  constructor(message: string, cursor: Cursor) {
    super(message);
    this.offset = cursor.current?.start ?? cursor.previous?.start;
  }
}

/** What stands at the cursor, for a message. */
export function showCurrent(cursor: Cursor): string {
  const token = cursor.current;
  if (token === undefined || token.kind === 'break') return 'the end of the step';
  return token.kind === 'quote' ? JSON.stringify(token.text) : `"${token.text}"`;
}
