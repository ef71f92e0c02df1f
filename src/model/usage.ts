import { z } from 'zod';
import type { Usage } from './model-client.ts';

export const NO_USAGE: Usage = {
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
  };
}

const tokens = z.number().int().nonnegative().catch(0);

const wireUsage = z.looseObject({
  input_tokens: tokens,
  input_tokens_details: z.looseObject({ cached_tokens: tokens }).catch({ cached_tokens: 0 }),
  output_tokens: tokens,
  output_tokens_details: z.looseObject({ reasoning_tokens: tokens }).catch({ reasoning_tokens: 0 }),
});

/** Reads `response.usage` (OpenAI API reference, Responses); what a server leaves out counts as none. */
export function parseUsage(wire: unknown): Usage {
  const parsed = wireUsage.safeParse(wire);
  if (!parsed.success) return NO_USAGE;
  const { data } = parsed;
  return {
    inputTokens: data.input_tokens,
    cachedInputTokens: data.input_tokens_details.cached_tokens,
    outputTokens: data.output_tokens,
    reasoningTokens: data.output_tokens_details.reasoning_tokens,
  };
}
