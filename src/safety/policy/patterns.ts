import { RE2JS } from 're2js';
import { z } from 'zod';
import { parseKeyName } from '../../action/key-names.ts';
import { toMessage } from '../../errors.ts';

/**
 * A person's regular expression in RE2's notation: it takes time in proportion to the text, whatever it is, since a
 * rule is asked about text that a model or a web page wrote.
 */
export type TextPattern = RE2JS;

const LONGEST_PATTERN = 1_000;

export const textPattern = z
  .string()
  .min(1)
  .max(LONGEST_PATTERN)
  .meta({ description: 'A regular expression as RE2 reads it; (?i) at its start ignores case.' })
  .transform((source, context): TextPattern => {
    try {
      return RE2JS.compile(source, RE2JS.MULTILINE);
    } catch (error) {
      // RE2JS quotes its own form of the pattern, with our flag in it.
      const why = toMessage(error)
        .replace(/^error parsing regexp: /, '')
        .replace('(?m)', '');
      context.addIssue({
        code: 'custom',
        message: `expected a regular expression in RE2's notation; ${why}`,
      });
      return z.NEVER;
    }
  });

/** Whether the pattern matches somewhere in the text, in a part that ends after `from`. */
export function hasMatch(pattern: TextPattern, text: string, from = 0): boolean {
  const matcher = pattern.matcher(text);
  while (matcher.find()) if (matcher.end() > from || text.length === from) return true;
  return false;
}

/** Whether all of `text` is as the pattern says, where `*` stands for any characters. Case does not count. */
export function fitsGlob(glob: string, text: string): boolean {
  const [first = '', ...rest] = glob.toLowerCase().split('*');
  const subject = text.toLowerCase();
  if (rest.length === 0) return subject === first;
  const last = rest.pop() ?? '';
  if (!subject.startsWith(first) || subject.length < first.length + last.length) return false;
  const end = subject.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = subject.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return subject.endsWith(last);
}

/** The right and the left one of a key are the same to a rule, and so is the case of a letter. */
function toRuleKey(name: string): string {
  return parseKeyName(name)
    .replace(/^(Control|Shift|Meta)Right$/, '$1')
    .toLowerCase();
}

/** The keys of a chord in an order that does not depend on who wrote it. */
export function toChord(keys: readonly string[]): string {
  return [...new Set(keys.map(toRuleKey))].toSorted().join(' ');
}

/** `CTRL+SHIFT+T`. */
export const chordPattern = z
  .string()
  .min(1)
  .meta({ description: 'A chord such as CTRL+W; the + key is called PLUS.' })
  .transform((text, context) => {
    try {
      return toChord(text.split('+').map((key) => key.trim()));
    } catch (error) {
      context.addIssue({ code: 'custom', message: `expected a chord such as CTRL+W; ${toMessage(error)}` });
      return z.NEVER;
    }
  });

/** `*.example.com`, `example.com/checkout*`: a host, and after a slash a path. */
export const urlPattern = z
  .string()
  .min(1)
  .refine((text) => !/\s|:\/\//.test(text), {
    error: 'expected a host such as *.example.com, with or without a path, and without https://',
  })
  .meta({ description: 'A host, with * for any part of it; after a slash a path: *.example.com/pay*.' });

/** Pages without a host (about:blank, files) fit only `*`. */
export function fitsUrl(pattern: string, url: string): boolean {
  if (pattern === '*') return true;
  if (!URL.canParse(url)) return false;
  const { hostname, pathname, search } = new URL(url);
  if (hostname === '') return false;
  const slash = pattern.indexOf('/');
  const host = slash < 0 ? pattern : pattern.slice(0, slash);
  // A name with a dot at its end is the same host.
  if (!fitsGlob(host.replace(/\.$/, ''), hostname.replace(/\.$/, ''))) return false;
  return slash < 0 || fitsGlob(pattern.slice(slash), `${pathname}${search}`);
}
