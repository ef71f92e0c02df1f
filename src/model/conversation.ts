import { CancelledError, InternalError } from '../errors.ts';
import { describeWireActions, toInput } from './history.ts';
import type { History, Plan, Step } from './history.ts';
import type {
  CallResult,
  ComputerCall,
  Conversation,
  FunctionCallItem,
  Turn,
  TurnInput,
} from './model-client.ts';
import { toCallOutput, toUserMessage } from './wire.ts';
import type { InputItem, WireItem } from './wire.ts';

/** The part of a request that depends on the conversation. */
export interface ConversationFields {
  readonly input: readonly InputItem[];
  readonly previous_response_id?: string;
}

export interface ConversationReply {
  readonly turn: Turn;
  readonly output: readonly WireItem[];
}

export interface ResponsesConversationOptions {
  readonly instruction: string;
  readonly history: History;
  /** `server`: goes on from the stored response. `client`: sends the whole history each time. */
  readonly keeper: 'server' | 'client';
  /** Whether the first request has the screen. */
  readonly initialScreenshot: boolean;
  /** @throws ModelError, CancelledError */
  readonly send: (
    fields: ConversationFields,
    options: { readonly signal?: AbortSignal | undefined },
  ) => Promise<ConversationReply>;
  /** Whether an error says that the server has forgotten the response to go on from. */
  readonly isLostResponse: (error: unknown) => boolean;
}

/** A conversation over the Responses API: every call of a response is answered, in order, or the response set aside. */
export class ResponsesConversation implements Conversation {
  readonly #options: ResponsesConversationOptions;
  #last: Turn | undefined;
  #isBusy = false;

  constructor(options: ResponsesConversationOptions) {
    this.#options = options;
  }

  async respond(input: TurnInput, options: { readonly signal?: AbortSignal } = {}): Promise<Turn> {
    if (this.#isBusy) throw new InternalError('internal', 'A conversation takes one request at a time.');
    if (options.signal?.aborted) {
      throw new CancelledError('cancelled', 'Cancelled.', { cause: options.signal.reason });
    }
    this.#isBusy = true;
    try {
      const plan = this.#options.history.plan(this.#toStep(input));
      const reply = await this.#send(plan, options);
      this.#options.history.commit(plan, { responseId: reply.turn.responseId, output: reply.output });
      this.#last = reply.turn;
      return reply.turn;
    } finally {
      this.#isBusy = false;
    }
  }

  async #send(plan: Plan, options: { readonly signal?: AbortSignal }): Promise<ConversationReply> {
    const { history, keeper, send, isLostResponse } = this.#options;
    if (keeper === 'client') return send({ input: history.toWholeInput(plan) }, options);
    if (plan.previousId === undefined) return send({ input: toInput(plan) }, options);
    try {
      return await send({ input: toInput(plan), previous_response_id: plan.previousId }, options);
    } catch (error) {
      if (!isLostResponse(error)) throw error;
      const input = history.isPortable ? history.toWholeInput(plan) : history.toInputInWords(plan);
      return send({ input }, options);
    }
  }

  #toStep(input: TurnInput): Step {
    const { initialScreenshot, instruction } = this.#options;
    const { results, notes, screenshot } = input;
    if (this.#last === undefined) {
      return {
        kind: 'continue',
        items: [toUserMessage([instruction, ...notes], initialScreenshot ? screenshot : undefined)],
      };
    }
    const calls = this.#last.items.filter(isCall);
    const answers = pairUp(calls, results);
    if (answers.some(({ call, result }) => !isAnswerable(call, result))) {
      return { kind: 'set-aside', texts: [toSetAsideText(answers), ...notes], screenshot };
    }
    const hasOutput = results.length > 0;
    const message = hasOutput ? [toUserMessage(notes)] : [toUserMessage(notes, screenshot)];
    return {
      kind: 'continue',
      items: [...results.map(toCallOutput), ...(hasOutput && notes.length === 0 ? [] : message)],
    };
  }
}

type Call = ComputerCall | FunctionCallItem;

function isCall(item: Turn['items'][number]): item is Call {
  return item.type === 'computer_call' || item.type === 'function_call';
}

interface Answer {
  readonly call: Call;
  readonly result: CallResult | undefined;
}

/** Only a call that was not completed may go without a result. */
function pairUp(calls: readonly Call[], results: readonly CallResult[]): readonly Answer[] {
  const remaining = [...results];
  const answers = calls.map((call): Answer => {
    const isNext = remaining[0]?.callId === call.callId;
    return { call, result: isNext ? remaining.shift() : undefined };
  });
  const missing = answers.filter(({ call, result }) => result === undefined && call.status === 'completed');
  if (remaining.length === 0 && missing.length === 0) return answers;
  throw new InternalError('internal', 'The results do not answer the calls of the last turn in order.', {
    details: { calls: calls.map(({ callId }) => callId), results: results.map(({ callId }) => callId) },
  });
}

/** The API takes no output for a call while one of its safety checks is not acknowledged. */
function isAnswerable(call: Call, result: CallResult | undefined): boolean {
  if (result?.type !== 'computer' || call.type !== 'computer_call') return result !== undefined;
  const acknowledged = new Set(result.acknowledgedSafetyChecks.map(({ id }) => id));
  return call.pendingSafetyChecks.every(({ id }) => acknowledged.has(id));
}

function toSetAsideText(answers: readonly Answer[]): string {
  const told = answers.map(({ call, result }) => {
    const isDone = result?.outcome === 'executed';
    const what = `This was ${isDone ? 'done' : 'not done'}: ${describeCall(call)}.`;
    // The answers of its functions go with the response, so they are told here.
    return result?.type === 'function' ? `${what} The function answered: ${result.output}` : what;
  });
  return ['Your last answer was set aside, since not all of it was allowed.', ...told].join(' ');
}

function describeCall(call: Call): string {
  if (call.type === 'computer_call') return describeWireActions(call.actions);
  return `the function ${call.name} with ${call.arguments}`;
}
