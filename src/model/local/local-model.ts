import { LOCAL_MODEL } from '../../config/choose-model.ts';
import { type Clock, systemClock } from '../../util/clock.ts';
import type { Conversation, ModelClient, TaskBrief } from '../model-client.ts';
import { type ScreenReader, createScreenReader } from '../ocr/screen-reader.ts';
import { LocalConversation } from './local-conversation.ts';
import { parseSteps } from './parse-steps.ts';
import { ScreenMemory } from './screen-memory.ts';

export interface LocalModelOptions {
  readonly clock?: Clock;
  /** Belongs to the model from then on: it is disposed with it. */
  readonly reader?: ScreenReader;
}

/**
 * The embedded model: no key, no network. It gets an instruction in steps (docs/local-model.md) and
 * screenshots, reads the text on them and answers with computer calls; it knows nothing else of the desktop.
 * `start` throws ModelError model-rejected-request for an instruction that is not steps.
 */
export function createLocalModel(options: LocalModelOptions = {}): ModelClient {
  const { clock = systemClock, reader = createScreenReader() } = options;
  let conversations = 0;
  return {
    provider: 'local',
    model: LOCAL_MODEL,
    tool: 'computer',
    start({ instruction }: TaskBrief): Conversation {
      const steps = parseSteps(instruction);
      const name = `local-${++conversations}`;
      return new LocalConversation({ steps, memory: new ScreenMemory(reader), clock, name });
    },
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}
