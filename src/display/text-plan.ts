import { ActionError } from '../errors.ts';
import { isOnLayout } from './keysyms.ts';

/** Longest text that is offered for pasting at once, characters: TigerVNC refuses more than 256 KiB. */
const MAX_PASTE_CHARS = 50_000;
/**
 * Replaces what is selected by nothing. Offering a text for pasting takes the selection from the program that has it,
 * which then would keep what was selected.
 */
const CLEAR_SELECTION = ' \b';

export interface TextPlan {
  readonly parts: readonly TextPart[];
  /** Characters, a letter in lower case, whose keys the server has not been asked for before. */
  readonly newKeys: readonly string[];
}

export interface TextPart {
  readonly by: 'keys' | 'clipboard';
  readonly text: string;
}

/**
 * Decides how each part of a text is entered. Keys wherever they are exact: the characters of the US layout,
 * newline and tab always; other characters each take one of the server's spare keys, for ever, as long as there
 * are some. A text with more of them goes, line by line, through the clipboard from the first such character to
 * the last; its first character is still a key if it can be, so that it replaces what is selected, else a space is
 * typed and taken back.
 */
export class TextPlanner {
  /** Characters that have been given a key, in lower case: a key has both. */
  readonly #given = new Set<string>();
  readonly #spareKeys: number;

  /** `spareKeys`: how many characters the server can still give a key, as long as it lives. */
  constructor(spareKeys: number) {
    this.#spareKeys = spareKeys;
  }

  /** @throws ActionError unsupported-text */
  plan(text: string, server: { readonly hasUnicodeClipboard: boolean }): TextPlan {
    const before = new Set(this.#given);
    const parts = this.#plan(text, server);
    return { parts, newKeys: [...this.#given].filter((key) => !before.has(key)) };
  }

  /** Those of the characters, each in lower case, whose keys the server has not been asked for before. */
  giveKeys(chars: readonly string[]): readonly string[] {
    const keys = new Set(chars.filter((char) => !this.#hasKey(char)).map(toKey));
    for (const key of keys) this.#given.add(key);
    return [...keys];
  }

  #plan(text: string, server: { readonly hasUnicodeClipboard: boolean }): readonly TextPart[] {
    const lines = normalise(text);
    const wanted = new Set([...lines].filter((char) => !this.#hasKey(char)).map(toKey));
    if (this.#given.size + wanted.size <= this.#spareKeys) {
      this.giveKeys([...wanted]);
      return lines === '' ? [] : [{ by: 'keys', text: lines }];
    }
    if (!server.hasUnicodeClipboard) throw this.#tooMany(wanted);
    const [first = ''] = lines;
    if (this.#given.size < this.#spareKeys) this.giveKeys([first]);
    const clearing: TextPart = { by: 'keys', text: this.#hasKey(first) ? '' : CLEAR_SELECTION };
    return merge([clearing, ...lines.split(/([\n\t]+)/u).flatMap((piece) => this.#planPiece(piece))]);
  }

  #planPiece(piece: string): readonly TextPart[] {
    const chars = [...piece];
    const from = chars.findIndex((char) => !this.#hasKey(char));
    const to = chars.findLastIndex((char) => !this.#hasKey(char)) + 1;
    if (from < 0) return [{ by: 'keys', text: piece }];
    const parts: TextPart[] = [{ by: 'keys', text: chars.slice(0, from).join('') }];
    for (let start = from; start < to; start += MAX_PASTE_CHARS) {
      const end = Math.min(to, start + MAX_PASTE_CHARS);
      parts.push({ by: 'clipboard', text: chars.slice(start, end).join('') });
    }
    return [...parts, { by: 'keys', text: chars.slice(to).join('') }];
  }

  #tooMany(wanted: ReadonlySet<string>): ActionError {
    return new ActionError(
      'unsupported-text',
      `This VNC server can type at most ${this.#spareKeys} characters that are not on its keyboard.`,
      { details: { characters: [...wanted].join('') } },
    );
  }

  #hasKey(char: string): boolean {
    return char === '\n' || char === '\t' || isOnLayout(char) || this.#given.has(toKey(char));
  }
}

/** Any line end becomes a newline. @throws ActionError unsupported-text for what no keyboard types */
function normalise(text: string): string {
  if (!text.isWellFormed()) {
    throw new ActionError('unsupported-text', 'The text holds half a surrogate pair.', { details: { text } });
  }
  const lines = text.replaceAll(/\r\n?/gu, '\n');
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u.exec(lines)?.[0];
  if (control === undefined) return lines;
  const name = `U+${(control.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  throw new ActionError('unsupported-text', `The text holds the control character ${name}.`, {
    details: { character: name },
    hint: 'Press such a key with a keypress action.',
  });
}

/** A key holds both cases of a letter where each is one character. */
function toKey(char: string): string {
  const lower = char.toLowerCase();
  return [...lower].length === 1 && lower.toUpperCase() === char.toUpperCase() ? lower : char;
}

function merge(parts: readonly TextPart[]): readonly TextPart[] {
  const merged: TextPart[] = [];
  for (const part of parts.filter(({ text }) => text !== '')) {
    const last = merged.at(-1);
    if (last?.by === 'keys' && part.by === 'keys') {
      merged[merged.length - 1] = { by: 'keys', text: last.text + part.text };
    } else merged.push(part);
  }
  return merged;
}
