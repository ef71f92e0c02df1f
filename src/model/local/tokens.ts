/** `break` ends a step: a new line. `mark` is one character of punctuation. */
type TokenKind = 'word' | 'quote' | 'mark' | 'break';

export interface Token {
  readonly kind: TokenKind;
  /** Of a quote: what stands between the quotation marks, escapes resolved. */
  readonly text: string;
  /** Offsets in the instruction; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /** Of a break: whether the next line begins as a list item. */
  readonly isItem?: boolean;
}

export interface UnclosedQuote {
  readonly start: number;
}

const CLOSING: Readonly<Record<string, string>> = {
  '"': '"',
  '“': '”“"',
  '„': '“”"',
  '«': '»',
  '`': '`',
  '‘': '’',
  "'": "'",
};

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\' };

/** What a line of a list begins with: a bullet, a number, `Step 3:`. */
const LIST_ITEM = /[ \t]*(?:(?:[-*•–—]|\(?\d+[.)]|step[ \t]+\d+[:.)]?)[ \t]+)?/iy;
const WORD = /(?:[^\s"“”„«»`‘,;:.()]|[.:](?=[^\s"“”„«»`‘,;:.()]))+/y;

function isSpace(character: string): boolean {
  return /\s/.test(character);
}

/** A straight apostrophe opens a quote only where a word could begin, and closes one where it could end. */
function opensQuote(source: string, at: number): boolean {
  const character = source.charAt(at);
  if (CLOSING[character] === undefined) return false;
  return character !== "'" || /^$|[\s(,]/.test(source.charAt(at - 1));
}

function closesQuote(source: string, at: number, closing: string): boolean {
  if (!closing.includes(source.charAt(at))) return false;
  return closing !== "'" || /^$|[\s,;:.)]/.test(source.charAt(at + 1));
}

function readEscape(source: string, at: number): string | undefined {
  if (source.charAt(at) !== '\\') return undefined;
  const next = source.charAt(at + 1);
  return ESCAPES[next] ?? (CLOSING[next] !== undefined || /[”’»]/.test(next) ? next : undefined);
}

function readQuote(source: string, start: number): Token | undefined {
  const closing = CLOSING[source.charAt(start)] ?? '';
  let text = '';
  for (let at = start + 1; at < source.length; at++) {
    const escape = readEscape(source, at);
    if (escape === undefined && closesQuote(source, at, closing)) {
      return { kind: 'quote', text, start, end: at + 1 };
    }
    text += escape ?? source.charAt(at);
    if (escape !== undefined) at++;
  }
  return undefined;
}

function matchAt(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? '';
}

/** The start of a line: its bullet or number is no word. */
function readBreak(source: string, start: number, after: number): Token {
  const lead = matchAt(LIST_ITEM, source, after);
  return { kind: 'break', text: '', start, end: after + lead.length, isItem: lead.trim() !== '' };
}

function readToken(source: string, at: number): Token | undefined {
  if (opensQuote(source, at)) return readQuote(source, at);
  const word = matchAt(WORD, source, at);
  if (word !== '') return { kind: 'word', text: word, start: at, end: at + word.length };
  return { kind: 'mark', text: source.charAt(at), start: at, end: at + 1 };
}

/** Cuts an instruction into words, quotes and punctuation; the first token is the start of the first line. */
export function tokenise(source: string): readonly Token[] | UnclosedQuote {
  const tokens: Token[] = [readBreak(source, 0, 0)];
  let at = tokens[0]?.end ?? 0;
  while (at < source.length) {
    const character = source.charAt(at);
    if (character !== '\n' && isSpace(character)) {
      at++;
      continue;
    }
    const token = character === '\n' ? readBreak(source, at, at + 1) : readToken(source, at);
    if (token === undefined) return { start: at };
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}
