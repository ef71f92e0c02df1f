// C0 and C1 controls (but newline and tab), bidirectional overrides, and line separators: what can move a
// cursor, restyle a terminal or reorder what a person reads.
// oxlint-disable-next-line no-control-regex -- these characters are the point
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text from a model or a sandbox, made inert for a terminal: each unsafe character becomes `\u{hex}`. */
export function toPrintable(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}
