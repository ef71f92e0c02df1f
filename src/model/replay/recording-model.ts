import { type FileHandle, open, rm } from 'node:fs/promises';
import { InputError, InternalError, ModelError, toMessage } from '../../errors.ts';
import { type Clock, systemClock } from '../../util/clock.ts';
import type { Conversation, ModelClient, TaskBrief, Turn, TurnInput } from '../model-client.ts';
import { Secrets } from '../responses/secrets.ts';
import {
  type Cassette,
  CASSETTE_VERSION,
  type CassetteLine,
  encodeCassetteLine,
  type Exchange,
  isRecordable,
} from './cassette.ts';
import { toRecordedRequest } from './recorded-request.ts';
import { withoutSecrets } from './without-secrets.ts';

export interface RecordingOptions {
  /** Where the cassette is written; a file that is there already is never overwritten. */
  readonly path: string;
  /** Values that must not get into it: API keys. What looks like a key or a token is taken out anyway. */
  readonly secrets?: readonly (string | undefined)[];
  readonly clock?: Clock;
}

/**
 * The same model, its one conversation written to a cassette as it goes. Disposal writes the end and disposes the model.
 * @throws InputError when the file exists or cannot be made
 */
export async function recordModel(client: ModelClient, options: RecordingOptions): Promise<ModelClient> {
  const file = await open(options.path, 'wx').catch((cause: unknown) => {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const why = exists ? 'there is a file of that name' : toMessage(cause);
    throw new InputError('invalid-option', `The cassette ${options.path} cannot be written: ${why}.`, {
      cause,
      ...(exists ? { hint: 'Name another file, or remove that one.' } : {}),
    });
  });
  return new RecordingModel(client, file, options);
}

class RecordingModel implements ModelClient {
  readonly #client: ModelClient;
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #secrets: Secrets;
  readonly #clock: Clock;
  #isStarted = false;
  #isDisposed = false;
  #turns = 0;
  #written: Promise<void> = Promise.resolve();

  constructor(
    client: ModelClient,
    file: FileHandle,
    { path, secrets = [], clock = systemClock }: RecordingOptions,
  ) {
    this.#client = client;
    this.#file = file;
    this.#path = path;
    this.#secrets = new Secrets(...secrets);
    this.#clock = clock;
  }

  get provider(): string {
    return this.#client.provider;
  }

  get model(): string {
    return this.#client.model;
  }

  get tool(): ModelClient['tool'] {
    return this.#client.tool;
  }

  start(brief: TaskBrief): Conversation {
    if (this.#isStarted) throw new InternalError('internal', 'A cassette holds one conversation.');
    const conversation = this.#client.start(brief);
    this.#isStarted = true;
    const { provider, model: name, tool } = this.#client;
    this.#write({
      type: 'cassette',
      version: CASSETTE_VERSION,
      model: { provider, name, tool },
      brief: toBrief(brief),
    });
    return { respond: (input, options) => this.#respond(conversation, input, options) };
  }

  async #respond(
    conversation: Conversation,
    input: TurnInput,
    options: Parameters<Conversation['respond']>[1],
  ): Promise<Turn> {
    const request = toRecordedRequest(input);
    const startedAt = this.#clock.now();
    const tookMs = (): number => Math.round(this.#clock.now() - startedAt);
    try {
      const turn = await conversation.respond(input, options);
      const durationMs = tookMs();
      const response = { ...turn, items: turn.items.map(toItem) };
      this.#exchange({ request: await request, durationMs, reply: { response } });
      return turn;
    } catch (error) {
      // What is not the model's own failure, such as a cancellation, is no part of the conversation.
      if (error instanceof ModelError && isRecordable(error.code)) {
        const { code, message, hint } = error;
        const failure = { code, message, ...(hint === undefined ? {} : { hint }) };
        this.#exchange({ request: await request, durationMs: tookMs(), reply: { failure } });
      }
      throw error;
    }
  }

  #exchange(exchange: Omit<Exchange, 'type' | 'turn'>): void {
    this.#turns += 1;
    this.#write({ type: 'exchange', turn: this.#turns, ...exchange });
  }

  /** In order; a fault of the disk is told at disposal and not in the middle of a turn. */
  #write(line: CassetteLine): void {
    const text = encodeCassetteLine(withoutSecrets(line, this.#secrets));
    this.#written = this.#written.then(() => this.#file.appendFile(text));
    this.#written.catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    try {
      if (this.#isStarted) this.#write({ type: 'end', turns: this.#turns });
      await this.#written;
    } catch (cause) {
      throw new InputError(
        'invalid-option',
        `The cassette ${this.#path} is not whole: ${toMessage(cause)}.`,
        {
          cause,
        },
      );
    } finally {
      await this.#file.close();
      if (!this.#isStarted) await rm(this.#path, { force: true });
      await this.#client[Symbol.asyncDispose]();
    }
  }
}

function toBrief({ functions, ...brief }: TaskBrief): Cassette['brief'] {
  if (functions === undefined) return brief;
  return {
    ...brief,
    functions: functions.map(({ parameters, ...rest }) => ({ ...rest, parameters: { ...parameters } })),
  };
}

type RecordedItem = Extract<Exchange['reply'], { response: unknown }>['response']['items'][number];

function toItem(item: Turn['items'][number]): RecordedItem {
  if (item.type !== 'computer_call') return item;
  return { ...item, actions: [...item.actions], pendingSafetyChecks: [...item.pendingSafetyChecks] };
}
