const KEYWORDS = new Set([
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'while',
  'until',
  'do',
  'done',
  '!',
  '{',
  '}',
  '[[',
]);
/** They run what stands behind them. */
const CARRIERS = new Set(['exec', 'nohup', 'time', 'command', 'setsid']);
/** What this reader does not follow: here-documents, case, functions, arithmetic. */
const UNKNOWN = /<<|\bcase\b|\bfunction\b|\(\)|\$\(\(/;
/** The rest of a redirection: `>>`, `&`, spaces and the file. */
const REDIRECTION = /^[>&]*\s*(?:"[^"]*"|'[^']*'|[^\s;&|()<>]*)/;

/**
 * The programs that a line for the shell starts, builtins among them.
 * @returns undefined where the line has parts that this reader does not know: then nothing can be said of it
 */
export function shellPrograms(line: string): readonly string[] | undefined {
  return UNKNOWN.test(line) ? undefined : new ShellReader(line).read();
}

/** A command, or one inside it: `$(…)`. */
interface Level {
  readonly closedBy: '' | ')' | '`';
  /** The quotes that it stands in, which go on behind it. */
  readonly outer: '' | '"';
  word: string;
  /** Whether the next word is the name of a program. */
  isAtStart: boolean;
}

class ShellReader {
  readonly #line: string;
  readonly #programs: string[] = [];
  readonly #outside: Level[] = [];
  #level: Level = { closedBy: '', outer: '', word: '', isAtStart: true };
  #quote: '' | '"' = '';
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  read(): readonly string[] | undefined {
    for (; this.#at < this.#line.length; this.#at++) this.#take(this.#line.charAt(this.#at));
    if (this.#outside.length > 0 || this.#quote !== '') return undefined;
    this.#endWord();
    return this.#programs;
  }

  #take(character: string): void {
    const level = this.#level;
    if (character === '\\') level.word += this.#line.charAt((this.#at += 1));
    else if (character === level.closedBy && this.#quote === '') this.#leave();
    else if (character === '`' || this.#line.startsWith('$(', this.#at)) this.#enter(character);
    else if (character === '"') this.#quote = this.#quote === '' ? '"' : '';
    else if (this.#quote !== '') level.word += character;
    else this.#takePlain(character);
  }

  #takePlain(character: string): void {
    const level = this.#level;
    if (character === "'") {
      const end = this.#line.indexOf("'", this.#at + 1);
      level.word += `'${this.#line.slice(this.#at + 1, end)}`;
      this.#at = end < 0 ? this.#line.length : end;
    } else if (character === '#' && level.word === '') {
      const end = this.#line.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.#line.length : end - 1;
    } else if (/[<>]/.test(character)) {
      // The 2 of 2> is no word.
      if (/^\d*$/.test(level.word)) level.word = '';
      this.#endWord();
      this.#at += REDIRECTION.exec(this.#line.slice(this.#at + 1))?.[0].length ?? 0;
    } else if (/[\s;&|()]/.test(character)) {
      this.#endWord();
      if (!/[ \t]/.test(character)) level.isAtStart = true;
    } else level.word += character;
  }

  #enter(character: string): void {
    if (character === '$') this.#at += 1;
    this.#level.word += '$';
    this.#outside.push(this.#level);
    const closedBy = character === '`' ? '`' : ')';
    this.#level = { closedBy, outer: this.#quote, word: '', isAtStart: true };
    this.#quote = '';
  }

  #leave(): void {
    this.#endWord();
    this.#quote = this.#level.outer;
    this.#level = this.#outside.pop() ?? this.#level;
  }

  #endWord(): void {
    const level = this.#level;
    const { word } = level;
    level.word = '';
    if (word === '') return;
    if (!level.isAtStart) {
      level.isAtStart = word === '-exec' || word === '-execdir';
      return;
    }
    if (/^\w+=/.test(word) || KEYWORDS.has(word)) return;
    level.isAtStart = CARRIERS.has(word);
    // `for NAME in WORDS` names no program.
    if (word !== 'for' && !level.isAtStart) this.#programs.push(word.replaceAll("'", ''));
  }
}

/** Splits a line into words as Python's shlex.split does. @returns undefined where a quote is not closed */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    const next = line.charAt(at + 1);
    if (character === '\\' && (quote === '' || (quote === '"' && /["\\]/.test(next)))) {
      word = `${word ?? ''}${next}`;
      at += 1;
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else word = `${word ?? ''}${character}`;
    } else if (/["']/.test(character)) {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = `${word ?? ''}${character}`;
  }
  if (quote !== '') return undefined;
  return word === undefined ? words : [...words, word];
}
