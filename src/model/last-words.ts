import type { Conversation, ModelClient, Turn, TurnItem } from './model-client.ts';
import { NO_USAGE } from './usage.ts';

/** A model that does nothing and says so: what a task's checks must not take for success. */
export function createIdleModel(message: string): ModelClient {
  const turn: Turn = {
    responseId: 'idle-1',
    status: 'completed',
    items: [{ type: 'message', text: message }],
    usage: NO_USAGE,
  };
  return {
    provider: 'local',
    model: 'idle',
    tool: 'computer',
    start: () => ({ respond: () => Promise.resolve(turn) }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** The same model, but for what it says at the end. */
export function withLastWords(client: ModelClient, message: string): ModelClient {
  return {
    provider: client.provider,
    model: client.model,
    tool: client.tool,
    start: (brief) => say(client.start(brief), message),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

function say(conversation: Conversation, message: string): Conversation {
  return {
    respond: async (input, options) => {
      const turn = await conversation.respond(input, options);
      if (turn.items.some(({ type }) => type === 'computer_call')) return turn;
      const items = turn.items.map((item): TurnItem =>
        item.type === 'message' ? { type: 'message', text: message } : item,
      );
      return { ...turn, items };
    },
  };
}
