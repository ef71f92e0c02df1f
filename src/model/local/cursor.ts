import type { Token } from './tokens.ts';

/** A place in a list of tokens that moves on as they are understood. Words are compared in lower case. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get position(): number {
    return this.#at;
  }

  set position(position: number) {
    this.#at = position;
  }

  get current(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** The last token that was understood. */
  get previous(): Token | undefined {
    return this.#tokens[this.#at - 1];
  }

  /** The lower-case word `ahead` tokens on; '' for anything else. */
  wordAt(ahead = 0): string {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind === 'word' ? token.text.toLowerCase() : '';
  }

  kindAt(ahead = 0): Token['kind'] | undefined {
    return this.#tokens[this.#at + ahead]?.kind;
  }

  skip(count = 1): void {
    this.#at += count;
  }

  /** Takes one of several phrases (words with single spaces), the longest that fits. */
  takePhrase<P extends string>(phrases: readonly P[]): P | undefined {
    const fitting = phrases.filter((phrase) =>
      phrase.split(' ').every((word, ahead) => this.wordAt(ahead) === word),
    );
    const longest = fitting.reduce<P | undefined>(
      (best, phrase) =>
        best === undefined || phrase.split(' ').length > best.split(' ').length ? phrase : best,
      undefined,
    );
    if (longest !== undefined) this.skip(longest.split(' ').length);
    return longest;
  }

  /** Takes any of these words, as often as they come. */
  skipWords(words: ReadonlySet<string>): void {
    while (words.has(this.wordAt())) this.skip();
  }

  takeQuote(): string | undefined {
    const token = this.current;
    if (token?.kind !== 'quote') return undefined;
    this.skip();
    return token.text;
  }

  takeMark(mark: string): boolean {
    const token = this.current;
    const isMark = token?.kind === 'mark' && token.text === mark;
    if (isMark) this.skip();
    return isMark;
  }

  /** Takes a whole or decimal number. */
  takeNumber(): number | undefined {
    const number = /^\d+(?:\.\d+)?$/.exec(this.wordAt());
    if (number === null) return undefined;
    this.skip();
    return Number(number[0]);
  }
}
