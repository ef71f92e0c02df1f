/** Quotes, dashes and ellipses of one kind each, single spaces: differences that no recogniser is sure of. */
export function toPlain(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[‘’‚`´]/g, "'")
    .replace(/[“”„«»]/g, '"')
    .replace(/[‐-―−]/g, '-')
    .replace(/×/g, 'x')
    .replace(/\s+/g, ' ')
    .trim();
}

/** As `toPlain`, without case and accents. */
export function toFolded(text: string): string {
  return toPlain(text).normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** As `toFolded`, with what looks the same made the same: `0` and `O`, `1`, `l` and `|`, `rn` and `m`, `a.b` and `a. b`. */
export function toLookAlike(text: string): string {
  return toFolded(text)
    .replace(/0/g, 'o')
    .replace(/[1i|!]/g, 'l')
    .replace(/rn/g, 'm')
    .replace(/[^\p{L}\p{N}\p{S}\p{P}]+/gu, ' ')
    .replace(/\. (?=[\p{L}\p{N}])/gu, '.');
}

/** Without what may stand around a label: quotes, brackets, a colon, an ellipsis, the star of an unsaved file. */
export function stripPunctuation(text: string): string {
  const inner = text.replace(/^["'([{<*•]+/, '').replace(/[\]"')}>,;:….]+$/, '');
  return /[\p{L}\p{N}]/u.test(inner) ? inner : text;
}

/** The digits that nothing else looks like. */
export function digitsOf(text: string): string {
  return text.replace(/[^2-9]/g, '');
}
