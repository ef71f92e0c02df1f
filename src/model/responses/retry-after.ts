const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  s: 1_000,
  sec: 1_000,
  second: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
};

const ASKED = /(?:try|retry)\s+(?:again\s+)?(?:in|after)\s+((?:\d+(?:\.\d+)?\s*[a-z]+[\s,]*(?:and\s+)?)+)/i;
const PART = /(\d+(?:\.\d+)?)\s*([a-z]+)/gi;

/** Reads "Please try again in 1m2.5s", "Try again in 26 seconds", "Please retry after 3 s", ms; none: undefined. */
export function parseWaitInWords(message: string): number | undefined {
  const asked = ASKED.exec(message)?.[1];
  if (asked === undefined) return undefined;
  let totalMs: number | undefined;
  for (const [, amount, unit] of asked.matchAll(PART)) {
    const name = (unit ?? '').toLowerCase();
    const unitMs = UNIT_MS[name] ?? UNIT_MS[name.replace(/s$/, '')];
    if (unitMs === undefined) break;
    totalMs = (totalMs ?? 0) + Number(amount) * unitMs;
  }
  return totalMs;
}

/**
 * How long a server asked to wait, ms: `retry-after-ms`, `Retry-After` (seconds or a date, RFC 9110 section 10.2.3),
 * else the words of its message.
 */
export function parseRetryAfter(
  headers: Pick<Headers, 'get'> | undefined,
  message: string,
  wallMs: number,
): number | undefined {
  const inMs = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (inMs >= 0) return inMs;
  const value = headers?.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  if (!Number.isNaN(date)) return Math.max(0, date - wallMs);
  return parseWaitInWords(message);
}
