import { expect, test } from 'vitest';
import { NO_USAGE, addUsage, parseUsage } from '../../../src/model/usage.ts';

test('reads the tokens by kind', () => {
  const wire = {
    input_tokens: 120,
    input_tokens_details: { cached_tokens: 100, cache_write_tokens: 3 },
    output_tokens: 40,
    output_tokens_details: { reasoning_tokens: 25 },
    total_tokens: 160,
  };
  expect(parseUsage(wire)).toEqual({
    inputTokens: 120,
    cachedInputTokens: 100,
    outputTokens: 40,
    reasoningTokens: 25,
  });
});

test.each([
  ['nothing', undefined, NO_USAGE],
  ['null', null, NO_USAGE],
  ['no details', { input_tokens: 7, output_tokens: 2 }, { ...NO_USAGE, inputTokens: 7, outputTokens: 2 }],
  ['odd numbers', { input_tokens: -7, output_tokens: 'many' }, NO_USAGE],
])('counts what is left out as none: %s', (_name, wire, usage) => {
  expect(parseUsage(wire)).toEqual(usage);
});

test('adds up turn by turn', () => {
  const turn = { inputTokens: 1, cachedInputTokens: 2, outputTokens: 3, reasoningTokens: 4 };
  expect(addUsage(addUsage(NO_USAGE, turn), turn)).toEqual({
    inputTokens: 2,
    cachedInputTokens: 4,
    outputTokens: 6,
    reasoningTokens: 8,
  });
});
