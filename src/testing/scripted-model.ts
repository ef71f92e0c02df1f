import { CancelledError, InternalError } from '../errors.ts';
import type { DeskhandError } from '../errors.ts';
import type {
  ComputerCall,
  ComputerTool,
  Conversation,
  FunctionCallItem,
  ModelClient,
  TaskBrief,
  Turn,
  TurnInput,
  TurnItem,
  Usage,
} from '../model/model-client.ts';

/** A turn in short: what is left out is filled in (`completed`, `resp_<n>`, 10 tokens in and 5 out). */
export interface ScriptedTurn extends Partial<Omit<Turn, 'items'>> {
  readonly items: readonly TurnItem[];
}

export interface ScriptedRequest {
  readonly brief: TaskBrief;
  readonly input: TurnInput;
  /** From 1. */
  readonly turn: number;
  readonly signal: AbortSignal | undefined;
}

/** What one `respond` does: answer, fail, or decide from the request (also: wait until aborted). */
export type ScriptedStep =
  ScriptedTurn | DeskhandError | ((request: ScriptedRequest) => ScriptedTurn | Promise<ScriptedTurn>);

export interface ScriptedModelOptions {
  readonly model?: string;
  readonly tool?: ComputerTool;
}

const DEFAULT_USAGE: Usage = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5, reasoningTokens: 0 };

/**
 * A model that plays a script: one step for each `respond`. It fails on a request that the script does not have,
 * on a second conversation, and where the calls of the turn before are not all answered in order;
 * `assertFinished` fails when a step was never asked for.
 */
export class ScriptedModel implements ModelClient {
  readonly provider = 'scripted';
  readonly model: string;
  readonly tool: ComputerTool;
  /** Every request, in order. */
  readonly requests: ScriptedRequest[] = [];
  isDisposed = false;
  readonly #steps: readonly ScriptedStep[];
  #isStarted = false;
  #unanswered: readonly string[] = [];

  constructor(steps: readonly ScriptedStep[], options: ScriptedModelOptions = {}) {
    this.#steps = steps;
    this.model = options.model ?? 'scripted-1';
    this.tool = options.tool ?? 'computer';
  }

  start(brief: TaskBrief): Conversation {
    if (this.isDisposed) throw unexpected('a conversation on a disposed model');
    if (this.#isStarted) throw unexpected('a second conversation');
    this.#isStarted = true;
    return { respond: (input, options = {}) => this.#respond(brief, input, options.signal) };
  }

  /** @throws InternalError when steps of the script were never asked for. */
  assertFinished(): void {
    const left = this.#steps.length - this.requests.length;
    if (left > 0) throw unexpected(`the end of the run with ${left} of ${this.#steps.length} steps unused`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
  }

  async #respond(brief: TaskBrief, input: TurnInput, signal: AbortSignal | undefined): Promise<Turn> {
    if (signal?.aborted) throw cancelled(signal);
    if (this.isDisposed) throw unexpected('a request on a disposed model');
    const step = this.#steps[this.requests.length];
    if (step === undefined) throw unexpected(`request ${this.requests.length + 1}`);
    this.#checkAnswers(input);
    const request = { brief, input, turn: this.requests.length + 1, signal };
    this.requests.push(request);
    const turn = complete(await play(step, request), request.turn);
    if (signal?.aborted) throw cancelled(signal);
    this.#unanswered = turn.items.flatMap((item) => ('callId' in item ? [item.callId] : []));
    return turn;
  }

  #checkAnswers({ results }: TurnInput): void {
    const answered = results.map(({ callId }) => callId);
    if (JSON.stringify(answered) === JSON.stringify(this.#unanswered)) return;
    throw unexpected(
      `answers to [${answered.join(', ')}] where the calls are [${this.#unanswered.join(', ')}]`,
    );
  }
}

/** A completed turn of these items. */
export function turnOf(...items: readonly TurnItem[]): ScriptedTurn {
  return { items };
}

export function messageItem(text: string): TurnItem {
  return { type: 'message', text };
}

/** A computer call; `actions` are wire actions. */
export function callItem(
  callId: string,
  actions: readonly unknown[],
  extra: Partial<Pick<ComputerCall, 'status' | 'pendingSafetyChecks'>> = {},
): ComputerCall {
  return { type: 'computer_call', callId, status: 'completed', actions, pendingSafetyChecks: [], ...extra };
}

/** A function call; `given` are its arguments. */
export function functionCallItem(
  callId: string,
  name: string,
  given: object = {},
  extra: Partial<Pick<FunctionCallItem, 'status'>> = {},
): FunctionCallItem {
  return {
    type: 'function_call',
    callId,
    status: 'completed',
    name,
    arguments: JSON.stringify(given),
    ...extra,
  };
}

/** A step that answers never: it rejects with CancelledError once the request's signal aborts. */
export async function hangUntilAborted({ signal }: ScriptedRequest): Promise<never> {
  if (signal === undefined) throw unexpected('a request without a signal, which would hang for ever');
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(cancelled(signal));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return await promise;
}

async function play(step: ScriptedStep, request: ScriptedRequest): Promise<ScriptedTurn> {
  if (step instanceof Error) throw step;
  return typeof step === 'function' ? await step(request) : step;
}

function complete(turn: ScriptedTurn, number: number): Turn {
  return { responseId: `resp_${number}`, status: 'completed', usage: DEFAULT_USAGE, ...turn };
}

function unexpected(what: string): InternalError {
  return new InternalError('internal', `The scripted model did not expect ${what}.`);
}

function cancelled(signal: AbortSignal): CancelledError {
  return new CancelledError('cancelled', 'Cancelled.', { cause: signal.reason });
}
