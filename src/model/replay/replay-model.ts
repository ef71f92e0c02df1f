import { CancelledError, InputError, InternalError, ModelError } from '../../errors.ts';
import type { Conversation, ModelClient, TaskBrief, Turn, TurnInput } from '../model-client.ts';
import { Secrets } from '../responses/secrets.ts';
import { type Cassette, type Exchange, readCassette } from './cassette.ts';
import { describeDivergence, describeForeignBrief, toRecordedRequest } from './recorded-request.ts';
import { withoutSecrets } from './without-secrets.ts';

export interface ReplayOptions {
  readonly path: string;
  /** The task to come, to find out at once whether the cassette is of another. */
  readonly brief?: TaskBrief | undefined;
  /** As for the recording: masked in the requests before they are compared. */
  readonly secrets?: readonly (string | undefined)[];
  /** The share of a screen that must be as it was, from 0 to 1. Default 0.98; 1 asks for equal hashes. */
  readonly leastSimilarity?: number;
}

const LEAST_SIMILARITY = 0.98;

/**
 * A model that plays a cassette back, once, as long as each request is the one that was recorded.
 * @throws InputError not-found, invalid-file: no cassette, cut off, damaged, or recorded for another task
 */
export async function createReplayModel(options: ReplayOptions): Promise<ModelClient> {
  const { path, brief, secrets = [], leastSimilarity = LEAST_SIMILARITY } = options;
  const cassette = await readCassette(path);
  const model = new ReplayModel(cassette, { path, leastSimilarity, secrets: new Secrets(...secrets) });
  if (brief !== undefined) model.check(brief);
  return model;
}

interface Settings {
  readonly path: string;
  readonly leastSimilarity: number;
  readonly secrets: Secrets;
}

class ReplayModel implements ModelClient {
  readonly provider = 'replay';
  readonly model: string;
  readonly tool: ModelClient['tool'];
  readonly #cassette: Cassette;
  readonly #settings: Settings;
  #isStarted = false;
  #isDisposed = false;

  constructor(cassette: Cassette, settings: Settings) {
    this.model = cassette.model.name;
    this.tool = cassette.model.tool;
    this.#cassette = cassette;
    this.#settings = settings;
  }

  /** @throws InputError invalid-file when the cassette is of another task. */
  check(brief: TaskBrief): void {
    const { path, secrets } = this.#settings;
    const difference = describeForeignBrief(this.#cassette.brief, withoutSecrets(brief, secrets));
    if (difference === undefined) return;
    const { width, height } = this.#cassette.brief.display;
    throw new InputError('invalid-file', `The cassette ${path} does not fit: ${difference}.`, {
      hint: `Replay it with its own task and --display ${width}x${height}, or record one for this task.`,
    });
  }

  start(brief: TaskBrief): Conversation {
    if (this.#isDisposed)
      throw new InternalError('internal', 'A conversation was started on a disposed model.');
    if (this.#isStarted) throw new InternalError('internal', 'A cassette holds one conversation.');
    this.check(brief);
    this.#isStarted = true;
    let turn = 0;
    return { respond: (input, options) => this.#respond(turn++, input, options?.signal) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
  }

  async #respond(index: number, input: TurnInput, signal: AbortSignal | undefined): Promise<Turn> {
    const { leastSimilarity, secrets } = this.#settings;
    const { exchanges } = this.#cassette;
    const exchange = exchanges[index];
    if (exchange === undefined) {
      throw this.#diverged(
        index + 1,
        `the recording ends after turn ${exchanges.length}, and the run goes on`,
      );
    }
    const request = withoutSecrets(await toRecordedRequest(input), secrets);
    if (signal?.aborted) throw new CancelledError('cancelled', 'Cancelled.', { cause: signal.reason });
    const difference = describeDivergence(exchange.request, request, leastSimilarity);
    if (difference !== undefined) throw this.#diverged(index + 1, difference);
    return toTurn(exchange);
  }

  #diverged(turn: number, how: string): ModelError {
    const { path } = this.#settings;
    return new ModelError(
      'model-diverged',
      `The run diverged from the cassette ${path} at turn ${turn}: ${how}.`,
      {
        details: { turn },
        hint: 'Record it again where the change is wanted.',
      },
    );
  }
}

function toTurn({ reply }: Exchange): Turn {
  if ('response' in reply) return reply.response;
  const { code, message, hint } = reply.failure;
  throw new ModelError(code, message, hint === undefined ? {} : { hint });
}
