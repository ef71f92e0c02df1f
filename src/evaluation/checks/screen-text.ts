/**
 * Whether a text is among the lines of a screen, in one line or wrapped over several. Case and spaces beside
 * punctuation do not count; the ends of words do, so that "Log in" is not seen in "Login".
 */
export function hasText(lines: readonly string[], text: string): boolean {
  const wanted = normalise(text);
  const whole = lines.map(normalise).join(' ');
  for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, at + 1)) {
    if (isWholeWords(whole, at, at + wanted.length)) return true;
  }
  return false;
}

const WORD = /[\p{L}\p{N}]/u;

function isWholeWords(text: string, start: number, end: number): boolean {
  return !isInsideWord(text, start) && !isInsideWord(text, end);
}

function isInsideWord(text: string, at: number): boolean {
  return WORD.test(text.charAt(at - 1)) && WORD.test(text.charAt(at));
}

/** OCR is not sure of quotes, dashes and ellipses, nor of the spaces beside them: each kind is one character here. */
function normalise(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[‘’‚`´]/g, "'")
    .replace(/[“”„]/g, '"')
    .replace(/[‐-―−]/g, '-')
    .replace(/\s+/g, ' ')
    .replace(/ ?([^\p{L}\p{N} ]) ?/gu, '$1')
    .trim();
}
