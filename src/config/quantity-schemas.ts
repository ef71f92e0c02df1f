import { z } from 'zod';
import { parseBytes, parseDuration, parseSize } from '../util/quantities.ts';
import type { Parsed } from '../util/quantities.ts';
import { expectation } from './zod-problems.ts';

type Output<T> = (text: string, context: z.RefinementCtx) => T;

/** A transform whose failure is reported in the parser's own words. */
function by<T>(parse: (text: string) => Parsed<T>): Output<T> {
  return (text, context) => {
    const parsed = parse(text);
    if ('value' in parsed) return parsed.value;
    context.addIssue({ code: 'custom', message: parsed.problem });
    return z.NEVER;
  };
}

function text(expected: string): z.ZodString {
  return z.string({ error: ({ input }) => expectation(expected, input) });
}

/** `90s`, `10m`, `1h30m`; ms. */
export const duration = text('a duration with its unit, such as 90s, 10m or 1h30m')
  .meta({ description: 'A duration with its unit: 500ms, 90s, 10m, 1h30m.' })
  .transform(by(parseDuration));

/** `512m`, `1g`; bytes. */
export const byteCount = text('an amount of memory with its unit, such as 512m or 1g')
  .meta({ description: 'An amount of memory with its unit: 512m, 1g.' })
  .transform(by(parseBytes));

/** `1440x900`; px. */
export const displaySize = text('WIDTHxHEIGHT in pixels, such as 1440x900')
  .meta({ description: 'WIDTHxHEIGHT in pixels, such as 1440x900.' })
  .transform(by(parseSize));

/** `a.example,*.b.example`, or a list of them. */
export const nameList = z
  .union([z.string(), z.array(z.string().min(1))], {
    error: ({ input }) => expectation('a list of names such as example.com or *.example.com', input),
  })
  .meta({ description: 'Names such as example.com, *.example.com or example.com:8443.' })
  .transform((names) =>
    (typeof names === 'string' ? names.split(',') : names)
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );

/** `real`, or a time with its zone; ISO 8601 in UTC. */
export const clockTime = text('real or a time with its zone, such as 2026-01-15T09:00Z')
  .meta({ description: 'real, or a time with its zone, such as 2026-01-15T09:00Z.' })
  .transform((input, context) => {
    if (input === 'real') return input;
    const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(input) ? Date.parse(input) : NaN;
    if (!Number.isNaN(ms)) return new Date(ms).toISOString();
    const message = `expected real or a time with its zone, such as 2026-01-15T09:00Z; has ${JSON.stringify(input)}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** What a browser opens: a page on the web, in a file, or none. */
export const pageAddress = text(
  'an address such as https://example.com/, file:///home/user/page.html or about:blank',
)
  .refine((address) => /^(?:https?|file|about|data):/.test(address) && URL.canParse(address), {
    error: 'expected an address that begins with https:, http:, file:, data: or about:',
  })
  .meta({ description: 'What the browser opens: https:, http:, file:, data: or about:.' });

interface NumberRange {
  readonly minimum: number;
  readonly maximum?: number;
}

/** A whole number, as a number or in digits (flags and environment variables are text). */
export function wholeNumber(range: NumberRange): z.ZodType<number, string | number> {
  return numeric(range, 'a whole number', Number.isInteger);
}

export function decimalNumber(range: NumberRange): z.ZodType<number, string | number> {
  return numeric(range, 'a number', Number.isFinite);
}

function numeric(
  { minimum, maximum = Infinity }: NumberRange,
  kind: string,
  isKind: (value: number) => boolean,
): z.ZodType<number, string | number> {
  const bounds = maximum === Infinity ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  return z
    .union([z.number(), z.string()], { error: ({ input }) => expectation(`${kind} ${bounds}`, input) })
    .meta({ description: `${kind} ${bounds}`.replace(/^a/, 'A') })
    .transform((input, context) => {
      const value = typeof input === 'string' && input.trim() === '' ? NaN : Number(input);
      if (isKind(value) && value >= minimum && value <= maximum) return value;
      context.addIssue({
        code: 'custom',
        message: `expected ${kind} ${bounds}; has ${JSON.stringify(input)}`,
      });
      return z.NEVER;
    });
}

/** An http or https address without a name or password in it. */
export const webAddress = text('an address such as https://example.com/v1').superRefine((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === undefined || !isWeb) {
    context.addIssue({ code: 'custom', message: 'expected an address such as https://example.com/v1' });
  } else if (url.username !== '' || url.password !== '') {
    context.addIssue({ code: 'custom', message: 'expected an address without a name or password in it' });
  }
});
