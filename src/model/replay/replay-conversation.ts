import { CancelledError, ModelError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { Conversation, Turn, TurnInput } from '../model-client.ts';
import type { Secrets } from '../responses/secrets.ts';
import { NO_USAGE } from '../usage.ts';
import type { Exchange, RecordedRequest } from './cassette.ts';
import { describeDivergence, describeOtherScreen, toRecordedRequest } from './recorded-request.ts';
import { withoutSecrets } from './without-secrets.ts';

export interface ReplaySettings {
  readonly path: string;
  readonly leastSimilarity: number;
  readonly looks: number;
  readonly longestWaitMs: number;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

/**
 * Plays exchanges back. A screen that is not the recorded one may only be late, on a desktop that is slower than it was:
 * before it counts as another, the model asks for a `wait`, as a model does that sees no change yet.
 */
export class ReplayConversation implements Conversation {
  readonly #exchanges: readonly Exchange[];
  readonly #settings: ReplaySettings;
  #index = 0;
  /** How often this turn has looked again. */
  #looks = 0;

  constructor(exchanges: readonly Exchange[], settings: ReplaySettings) {
    this.#exchanges = exchanges;
    this.#settings = settings;
  }

  async respond(input: TurnInput, options: { readonly signal?: AbortSignal } = {}): Promise<Turn> {
    const { clock, leastSimilarity, longestWaitMs, looks, secrets } = this.#settings;
    const startedAt = clock.now();
    const exchange = this.#exchanges[this.#index];
    if (exchange === undefined) {
      const { length } = this.#exchanges;
      throw this.#diverged(`the recording ends after turn ${length}, and the run goes on`);
    }
    const request = withoutSecrets(await toRecordedRequest(input), secrets);
    const expected = this.#looks === 0 ? exchange.request : this.#afterLook(request);
    const difference = describeDivergence(expected, request, leastSimilarity);
    if (difference !== undefined) throw this.#diverged(difference);
    const otherScreen = describeOtherScreen(exchange.request.screen, request.screen, leastSimilarity);
    if (otherScreen !== undefined) {
      if (this.#looks >= looks) throw this.#diverged(otherScreen);
      return this.#lookAgain();
    }
    const waitMs = Math.min(exchange.durationMs, longestWaitMs) - (clock.now() - startedAt);
    await pause(clock, Math.max(0, waitMs), options.signal);
    this.#index += 1;
    this.#looks = 0;
    return toTurn(exchange);
  }

  #lookAgain(): Turn {
    this.#looks += 1;
    const callId = this.#lookId();
    const call = {
      callId,
      status: 'completed',
      actions: [{ type: 'wait' }],
      pendingSafetyChecks: [],
    } as const;
    const summary = 'The screen is not the recorded one yet. I wait.';
    return {
      responseId: callId,
      status: 'completed',
      items: [
        { type: 'reasoning', summary },
        { type: 'computer_call', ...call },
      ],
      usage: NO_USAGE,
    };
  }

  /** What follows on `lookAgain`, whatever the screen is. */
  #afterLook({ screen }: RecordedRequest): RecordedRequest {
    const executed = { callId: this.#lookId(), outcome: 'executed' as const, acknowledgedSafetyChecks: [] };
    return { results: [{ ...executed, screen }], notes: [], screen };
  }

  #lookId(): string {
    return `replay_look_${this.#index + 1}_${this.#looks}`;
  }

  #diverged(how: string): ModelError {
    const { path } = this.#settings;
    const turn = this.#index + 1;
    const message = `The run diverged from the cassette ${path} at turn ${turn}: ${how}.`;
    return new ModelError('model-diverged', message, {
      details: { turn },
      hint: 'Record it again where the change is wanted.',
    });
  }
}

async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    signal?.throwIfAborted();
    if (ms > 0) await clock.sleep(ms, { signal });
  } catch (cause) {
    throw new CancelledError('cancelled', 'Cancelled.', { cause });
  }
}

function toTurn({ reply }: Exchange): Turn {
  if ('response' in reply) return reply.response;
  const { code, message, hint } = reply.failure;
  throw new ModelError(code, message, hint === undefined ? {} : { hint });
}
