import { runInNewContext } from 'node:vm';
import { toPrintable } from '../../util/printable.ts';
import type { TextRule } from './text-rule-schema.ts';

const MAX_SHOWN = 200;

/** What is wrong with a text in words, `expected …; has …`; undefined when all of the rule holds. */
export function findFault(text: string, rule: TextRule): string | undefined {
  const { not, ...wanted } = rule;
  const missing = clausesOf(wanted).find((clause) => !clause.holds(text));
  if (missing !== undefined) return `expected it to ${missing.words}; has ${showText(text)}`;
  const unwanted = clausesOf(not ?? {}).find((clause) => clause.holds(text));
  return unwanted === undefined ? undefined : `expected it not to ${unwanted.words}; has ${showText(text)}`;
}

interface Clause {
  readonly words: string;
  holds(text: string): boolean;
}

function clausesOf({ equals, contains = [], matches = [] }: Omit<TextRule, 'not'>): readonly Clause[] {
  const whole = equals === undefined ? [] : [equals];
  return [
    ...whole.map((wanted) => ({
      words: `be ${showText(wanted)}`,
      holds: (text: string) => withoutLastNewline(text) === withoutLastNewline(wanted),
    })),
    ...contains.map((wanted) => ({
      words: `contain ${showText(wanted)}`,
      holds: (text: string) => text.includes(wanted),
    })),
    ...matches.map((wanted) => ({
      words: `match ${String(wanted)}`,
      holds: (text: string) => isMatch(wanted, text),
    })),
  ];
}

const MATCH_LIMIT_MS = 2_000;

/** A pattern that backtracks for ever on what a model wrote would stop every other run too. */
function isMatch(pattern: RegExp, text: string): boolean {
  try {
    const found: unknown = runInNewContext(
      'pattern.test(text)',
      { pattern, text },
      { timeout: MATCH_LIMIT_MS },
    );
    return found === true;
  } catch (cause) {
    throw new Error(`the pattern ${String(pattern)} took longer than ${MATCH_LIMIT_MS / 1000} s`, { cause });
  }
}

/** Editors differ in whether a file ends with a newline; it is rarely what a task is about. */
function withoutLastNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/** A text in quotes on one line, shortened, and harmless to a terminal. */
export function showText(text: string): string {
  if (text === '') return 'nothing';
  const characters = [...text];
  if (characters.length <= MAX_SHOWN) return toPrintable(JSON.stringify(text));
  const start = characters.slice(0, MAX_SHOWN).join('');
  return `${toPrintable(JSON.stringify(start))}… (${characters.length} characters)`;
}
