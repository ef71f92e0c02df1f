import { CancelledError, InputError, InternalError } from '../../errors.ts';
import { systemClock } from '../../util/clock.ts';
import type { Clock } from '../../util/clock.ts';
import { ResponsesConversation } from '../conversation.ts';
import type { ConversationFields, ConversationReply } from '../conversation.ts';
import { History } from '../history.ts';
import type { ComputerTool, Conversation, ModelClient, TaskBrief } from '../model-client.ts';
import { parseResponse } from '../wire.ts';
import { faultKind, toModelError } from './api-errors.ts';
import type { ErrorContext } from './api-errors.ts';
import { Dialect } from './dialect.ts';
import { isLastingRefusal } from './lasting-refusal.ts';
import { toRequest, toolForModel } from './request.ts';
import type { ReasoningEffort, ReasoningSummary, RequestSettings } from './request.ts';
import { type RequestBody, toRequestBody } from './request-body.ts';
import { withRetries } from './retry.ts';
import type { RetryNotice, RetrySettings } from './retry.ts';
import type { SdkTransport } from './sdk-transport.ts';

/** What `createOpenAiModel` and `createAzureModel` have in common. */
export interface ResponsesModelOptions {
  /** Default: by the model's name; an Azure deployment with a name of its own may need it. */
  readonly tool?: ComputerTool | undefined;
  /** Replaces deskhand's own instructions to the model. */
  readonly instructions?: string | undefined;
  readonly reasoningEffort?: ReasoningEffort | undefined;
  /** Default `auto`, for the preview tool `concise`; left out by itself where the account may not have it. */
  readonly reasoningSummary?: ReasoningSummary | 'none' | undefined;
  readonly maxOutputTokens?: number | undefined;
  /** Whether the first request has the screen; else the model asks for it. Default true. */
  readonly initialScreenshot?: boolean | undefined;
  /** `server` (default): `previous_response_id`. `client`: `store: false`, for accounts without data retention. */
  readonly history?: 'server' | 'client' | undefined;
  /** Turns kept whole, with their screenshots, on the client; older ones in words. Default 10. */
  readonly historyWindow?: number | undefined;
  /** How often a failed request is sent again. Default 6. */
  readonly maxRetries?: number | undefined;
  /** One request, ms. Default 240,000; Node's fetch waits 300,000 ms for an answer to begin. */
  readonly timeoutMs?: number | undefined;
  /** One turn with all its retries and waits, ms. Default 600,000. */
  readonly deadlineMs?: number | undefined;
  /** Told before each wait. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

export interface ResponsesModelParts {
  readonly provider: string;
  readonly model: string;
  readonly transport: SdkTransport;
  readonly context: ErrorContext;
}

const CHECK_TIMEOUT_MS = 10_000;

interface Settings extends RequestSettings {
  readonly historyWindow: number;
  readonly initialScreenshot: boolean;
  readonly timeoutMs: number;
  readonly retry: RetrySettings;
}

/** @throws InputError when a number makes no sense. */
function toSettings(model: string, options: ResponsesModelOptions): Settings {
  return {
    model,
    tool: options.tool ?? toolForModel(model),
    keeper: options.history ?? 'server',
    instructions: options.instructions,
    reasoningEffort: options.reasoningEffort,
    reasoningSummary: options.reasoningSummary,
    maxOutputTokens:
      options.maxOutputTokens === undefined
        ? undefined
        : atLeast('maxOutputTokens', options.maxOutputTokens, 16),
    initialScreenshot: options.initialScreenshot ?? true,
    historyWindow: atLeast('historyWindow', options.historyWindow ?? 10, 1),
    timeoutMs: atLeast('timeoutMs', options.timeoutMs ?? 240_000, 1),
    retry: {
      maxRetries: atLeast('maxRetries', options.maxRetries ?? 6, 0),
      deadlineMs: atLeast('deadlineMs', options.deadlineMs ?? 600_000, 1),
      clock: options.clock ?? systemClock,
      random: options.random ?? Math.random,
      onRetry: options.onRetry,
    },
  };
}

function atLeast(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InputError('invalid-option', `${name} is ${value}; it must be a whole number from ${least}.`);
}

/** A model behind the Responses API, whoever serves it. */
export class ResponsesModel implements ModelClient {
  readonly provider: string;
  readonly model: string;
  readonly tool: ComputerTool;
  readonly #transport: SdkTransport;
  readonly #context: ErrorContext;
  readonly #settings: Settings;
  readonly #dialect: Dialect;
  readonly #disposal = new AbortController();

  constructor(parts: ResponsesModelParts, options: ResponsesModelOptions) {
    this.#settings = toSettings(parts.model, options);
    this.provider = parts.provider;
    this.model = parts.model;
    this.tool = this.#settings.tool;
    this.#transport = parts.transport;
    this.#context = parts.context;
    this.#dialect = new Dialect(this.tool === 'computer_use_preview' ? ['detail'] : ['current-url']);
  }

  async check({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const disposed = this.#disposal.signal;
    const scope = signal === undefined ? disposed : AbortSignal.any([signal, disposed]);
    try {
      await this.#transport.getModel(this.model, { timeoutMs: CHECK_TIMEOUT_MS, signal: scope });
    } catch (error) {
      if (scope.aborted || isLastingRefusal(error, this.provider)) throw error;
    }
  }

  start(brief: TaskBrief): Conversation {
    if (this.#disposal.signal.aborted) {
      throw new InternalError('internal', 'A conversation was started on a disposed model.');
    }
    return new ResponsesConversation({
      instruction: brief.instruction,
      history: new History(brief.instruction, this.#settings.historyWindow),
      keeper: this.#settings.keeper,
      initialScreenshot: this.#settings.initialScreenshot,
      send: (fields, { signal }) => this.#send(brief, fields, signal),
      isLostResponse: (error) => faultKind(error) === 'lost-response',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposal.abort(new CancelledError('cancelled', 'The model was disposed of.'));
  }

  async #send(
    brief: TaskBrief,
    fields: ConversationFields,
    callerSignal: AbortSignal | undefined,
  ): Promise<ConversationReply> {
    const disposed = this.#disposal.signal;
    const signal = callerSignal === undefined ? disposed : AbortSignal.any([callerSignal, disposed]);
    const wanted = toRequest(this.#settings, brief, fields);
    for (;;) {
      const request = this.#dialect.apply(wanted);
      const body = toRequestBody(request);
      try {
        return await withRetries((leftMs) => this.#attempt(body, leftMs, signal), this.#settings.retry, {
          signal,
        });
      } catch (error) {
        if (!this.#dialect.learn(error, request)) throw error;
      }
    }
  }

  async #attempt(body: RequestBody, leftMs: number, signal: AbortSignal): Promise<ConversationReply> {
    const timeoutMs = Math.max(1, Math.min(this.#settings.timeoutMs, Math.round(leftMs)));
    const reading = parseResponse(await this.#transport.post(body, { timeoutMs, signal }));
    if (reading.kind === 'turn') return reading;
    throw toModelError(reading.failure, this.#context);
  }
}
