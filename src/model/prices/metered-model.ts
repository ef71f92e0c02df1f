import type { Conversation, ModelClient } from '../model-client.ts';
import type { CostOf } from './pricing.ts';

/** The same model; each answer's cost, US dollars, is told to `onCost`. */
export function meterModel(client: ModelClient, costOf: CostOf, onCost: (usd: number) => void): ModelClient {
  const meter = (conversation: Conversation): Conversation => ({
    respond: async (input, options) => {
      const turn = await conversation.respond(input, options);
      onCost(costOf(turn.usage).total);
      return turn;
    },
  });
  return {
    provider: client.provider,
    model: client.model,
    tool: client.tool,
    start: (brief) => meter(client.start(brief)),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
