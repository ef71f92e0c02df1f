import { InputError, InternalError } from '../../errors.ts';
import { type Clock, systemClock } from '../../util/clock.ts';
import type { Conversation, ModelClient, TaskBrief } from '../model-client.ts';
import { Secrets } from '../responses/secrets.ts';
import { type Cassette, readCassette } from './cassette.ts';
import { describeForeignBrief } from './recorded-request.ts';
import { ReplayConversation, type ReplaySettings } from './replay-conversation.ts';
import { withoutSecrets } from './without-secrets.ts';

export interface ReplayOptions {
  readonly path: string;
  /** The task to come, to find out at once whether the cassette is of another. */
  readonly brief?: TaskBrief | undefined;
  /** As for the recording: masked in the requests before they are compared. */
  readonly secrets?: readonly (string | undefined)[];
  /** The share of a screen that must be as it was, from 0 to 1. Default 0.98; 1 asks for equal hashes. */
  readonly leastSimilarity?: number;
  /** How often in a turn to look again at a screen that is not the recorded one yet. Default 5. */
  readonly looks?: number;
  /** The model takes as long as it took, for the desktop goes on meanwhile; but not longer than this. Default 2,000. */
  readonly longestWaitMs?: number;
  readonly clock?: Clock;
}

const LEAST_SIMILARITY = 0.98;
const LOOKS = 5;
const LONGEST_WAIT_MS = 2_000;

/**
 * A model that plays a cassette back, once, as long as each request is the one that was recorded.
 * @throws InputError not-found, invalid-file: no cassette, cut off, damaged, or recorded for another task
 */
export async function createReplayModel(options: ReplayOptions): Promise<ModelClient> {
  const { path, brief, secrets = [] } = options;
  const model = new ReplayModel(await readCassette(path), {
    path,
    secrets: new Secrets(...secrets),
    leastSimilarity: options.leastSimilarity ?? LEAST_SIMILARITY,
    looks: options.looks ?? LOOKS,
    longestWaitMs: options.longestWaitMs ?? LONGEST_WAIT_MS,
    clock: options.clock ?? systemClock,
  });
  if (brief !== undefined) model.requireFit(brief);
  return model;
}

class ReplayModel implements ModelClient {
  readonly provider = 'replay';
  readonly model: string;
  readonly tool: ModelClient['tool'];
  readonly #cassette: Cassette;
  readonly #settings: ReplaySettings;
  #isStarted = false;
  #isDisposed = false;

  constructor(cassette: Cassette, settings: ReplaySettings) {
    this.model = cassette.model.name;
    this.tool = cassette.model.tool;
    this.#cassette = cassette;
    this.#settings = settings;
  }

  /** @throws InputError invalid-file when the cassette is of another task. */
  requireFit(brief: TaskBrief): void {
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
    this.requireFit(brief);
    this.#isStarted = true;
    return new ReplayConversation(this.#cassette.exchanges, this.#settings);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
  }
}
