import { readFile, writeFile } from 'node:fs/promises';

const LINE = /^#define XK_\w+\s+0x([0-9a-f]+)\s+\/\* U\+([0-9A-F]{4,6}) /gmu;
const OWN_RULE_ABOVE = 0x0100_0000;
const LATIN_1_END = 0xff;
const PER_ROW = 14;

/**
 * The characters that have a keysym of their own, out of X11's keysymdef.h: code point, keysym, code point, ...
 * Left out: Latin-1 and 0x01000000 + code point, which follow a rule; entries in parentheses, which are look-alikes.
 */
export function readKeysyms(header: string): readonly number[] {
  const table = new Map<number, number>();
  for (const [, keysym = '', codePoint = ''] of header.matchAll(LINE)) {
    const [key, value] = [Number.parseInt(codePoint, 16), Number.parseInt(keysym, 16)];
    if (key > LATIN_1_END && value < OWN_RULE_ABOVE && !table.has(key)) table.set(key, value);
  }
  return [...table].sort(([a], [b]) => a - b).flat();
}

function toSource(table: readonly number[]): string {
  const hex = table.map((number) => `0x${number.toString(16)}`);
  const rows = Array.from({ length: Math.ceil(hex.length / PER_ROW) }, (_, row) =>
    hex.slice(row * PER_ROW, (row + 1) * PER_ROW).join(', '),
  );
  return `// Made by test/unit/display/keysyms.generate.ts from keysymdef.h (Debian x11proto-dev 2022.1-1); do not edit.
// The header is (c) 1987, 1994, 1998 The Open Group and (c) 1987 Digital Equipment Corporation, under the MIT/X11
// licence (https://spdx.org/licenses/MIT-open-group.html); only its numbers are taken.

/** Code point, keysym, code point, keysym, ... in the order of code points. */
export const UNICODE_KEYSYMS: readonly number[] = [
  ${rows.join(',\n  ')},
];
`;
}

const [, script, header = '/usr/include/X11/keysymdef.h'] = process.argv;
if (script === import.meta.filename) {
  const target = new URL('../../../src/display/keysyms.gen.ts', import.meta.url);
  await writeFile(target, toSource(readKeysyms(await readFile(header, 'utf8'))));
}
