import { describe, expect, test } from 'vitest';
import { parseRetryAfter, parseWaitInWords } from '../../../src/model/responses/retry-after.ts';

describe('parseWaitInWords', () => {
  test.each([
    ['Rate limit is exceeded. Try again in 26 seconds.', 26_000],
    ['Please retry after 1 second.', 1_000],
    ['Please retry after 86400 seconds. Please contact Azure support', 86_400_000],
    ['Please try again in 20ms. Visit https://example.com', 20],
    ['Please try again in 1.5s.', 1_500],
    ['Please try again in 6m0s.', 360_000],
    ['Please try again in 1h2m3s.', 3_723_000],
    ['Try again in 2 minutes and 5 seconds', 125_000],
    ['Try again in a while', undefined],
    ['Please try again later', undefined],
    ['Limit 30000, Used 20000 in 10 s', undefined],
    ['', undefined],
  ])('%s', (message, ms) => {
    expect(parseWaitInWords(message)).toBe(ms);
  });
});

describe('parseRetryAfter', () => {
  const noon = Date.UTC(2026, 0, 1, 12);
  const soon = 'Try again in 3 seconds.';

  test.each([
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after': '9' }, 9_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': new Date(noon + 90_000).toUTCString() }, 90_000],
    [{ 'retry-after': new Date(noon - 90_000).toUTCString() }, 0],
    [{ 'retry-after': 'soon' }, 3_000],
    [{}, 3_000],
  ])('%j', (headers: Record<string, string>, ms) => {
    expect(parseRetryAfter(new Headers(headers), soon, noon)).toBe(ms);
  });
});
