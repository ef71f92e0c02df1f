import { describeAction } from '../action/describe.ts';
import { parseAction } from '../action/parse.ts';
import type { Screenshot } from '../action/screenshot.ts';
import { toMessage } from '../errors.ts';
import { isComputerCallOutput, toUserMessage } from './wire.ts';
import type { FunctionCallOutput, InputImage, InputItem, WireItem } from './wire.ts';

/** What to send next. `set-aside`: the last response cannot be answered, so its request is asked once more. */
export type Step =
  | { readonly kind: 'continue'; readonly items: readonly InputItem[] }
  | { readonly kind: 'set-aside'; readonly texts: readonly string[]; readonly screenshot: Screenshot };

/** One request before it is sent. */
export interface Plan {
  /** The response that it continues; none for the first. */
  readonly previousId: string | undefined;
  readonly items: readonly InputItem[];
  /** Said after `items`, with the screen of the last of them: why earlier responses to them were set aside. */
  readonly asides: readonly string[];
  readonly screenshot?: Screenshot;
  readonly replacesLast: boolean;
}

interface Exchange {
  readonly plan: Plan;
  readonly responseId: string;
  readonly output: readonly WireItem[];
}

const LOG_LINES = 200;
const LOG_LINE_LENGTH = 300;

/** What the API takes back of its own items; what only a response carries is refused as an unknown parameter. */
const RESENT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  message: ['type', 'id', 'role', 'status', 'content', 'phase'],
  reasoning: ['type', 'id', 'summary', 'encrypted_content'],
  computer_call: ['type', 'id', 'call_id', 'status', 'action', 'actions', 'pending_safety_checks'],
  function_call: ['type', 'id', 'call_id', 'status', 'name', 'arguments'],
};

/**
 * A conversation as the client knows it: enough to go on from a stored response, to branch off before the last one,
 * and to send the whole again without the server's help. The newest exchanges are kept whole; older ones become one
 * line each, so that a screenshot never outlives the window and no call is left without its output.
 */
export class History {
  readonly #instruction: string;
  readonly #window: number;
  #log: string[] = [];
  #linesDropped = 0;
  #exchanges: Exchange[] = [];

  /** `window`: how many exchanges are kept whole at most; at least 3, so that a branch finds the one before the last. */
  constructor(instruction: string, window: number) {
    this.#instruction = instruction;
    this.#window = Math.max(3, window);
  }

  plan(step: Step): Plan {
    const last = this.#exchanges.at(-1);
    if (step.kind === 'continue') {
      return { previousId: last?.responseId, items: step.items, asides: [], replacesLast: false };
    }
    const before = last?.plan;
    return {
      previousId: before?.previousId,
      items: before?.items ?? [],
      asides: [...(before?.asides ?? []), ...step.texts],
      screenshot: step.screenshot,
      replacesLast: true,
    };
  }

  commit(plan: Plan, response: { readonly responseId: string; readonly output: readonly WireItem[] }): void {
    if (plan.replacesLast) this.#exchanges.pop();
    this.#exchanges.push({ plan, ...response });
    if (this.#exchanges.length > this.#window) this.#shorten(Math.ceil(this.#window / 2));
  }

  /** Every item from the beginning, for a server that keeps nothing. */
  toWholeInput(plan: Plan): readonly InputItem[] {
    const kept = plan.replacesLast ? this.#exchanges.slice(0, -1) : this.#exchanges;
    const opening = this.#log.length === 0 ? [] : [this.#opening(this.#log)];
    return [
      ...opening,
      ...kept.flatMap((exchange) => [...toInput(exchange.plan), ...toResent(exchange.output)]),
      ...toInput(plan),
    ];
  }

  /** The same in words and with the present screen only: refers to no item that the server would have to know. */
  toInputInWords(plan: Plan): readonly InputItem[] {
    const kept = plan.replacesLast ? this.#exchanges.slice(0, -1) : this.#exchanges;
    if (kept.length === 0 && this.#log.length === 0) return toInput(plan);
    return [this.#opening([...this.#log, ...kept.flatMap(toLines)]), ...withoutOutputs(toInput(plan))];
  }

  /** Whether every reasoning item can be sent back to a server that has not stored it. */
  get isPortable(): boolean {
    return this.#exchanges
      .flatMap(({ output }) => output)
      .every((item) => item.type !== 'reasoning' || typeof item['encrypted_content'] === 'string');
  }

  #shorten(keep: number): void {
    const gone = this.#exchanges.splice(0, this.#exchanges.length - keep);
    const lines = [...this.#log, ...gone.flatMap(toLines)];
    this.#linesDropped += Math.max(0, lines.length - LOG_LINES);
    this.#log = lines.slice(-LOG_LINES);
    const [first, ...rest] = this.#exchanges;
    if (first === undefined) return;
    const plan = { ...first.plan, items: withoutOutputs(first.plan.items) };
    this.#exchanges = [{ ...first, plan }, ...rest];
  }

  #opening(lines: readonly string[]): InputItem {
    const dropped = this.#linesDropped === 0 ? [] : [`(${this.#linesDropped} earlier lines are left out)`];
    const log = ['So far in this task, oldest first, without the screens:', ...dropped, ...lines].join('\n');
    return toUserMessage([this.#instruction, log]);
  }
}

/** The input of one request by itself. */
export function toInput(plan: Plan): readonly InputItem[] {
  if (plan.asides.length === 0) return plan.items;
  return [...plan.items, toUserMessage(plan.asides, plan.screenshot)];
}

/** In words, for a model: never fails, whatever the model sent. */
export function describeWireActions(actions: readonly unknown[]): string {
  const words = actions.map((action) => {
    try {
      return describeAction(parseAction(action));
    } catch (error) {
      return `an action that could not be read (${toMessage(error)})`;
    }
  });
  return words.length === 0 ? 'nothing' : words.join('; ');
}

function toResent(output: readonly WireItem[]): readonly WireItem[] {
  const isKept = (item: WireItem | undefined): boolean =>
    item !== undefined && RESENT_FIELDS[item.type] !== undefined;
  return output
    .filter((item, index) => {
      // Reasoning is refused without the item that it led to.
      if (item.type !== 'reasoning') return isKept(item);
      return typeof item['encrypted_content'] === 'string' && isKept(output[index + 1]);
    })
    .map(toResentItem);
}

function toResentItem(item: WireItem): WireItem {
  const fields = RESENT_FIELDS[item.type] ?? [];
  const present = fields.filter((name) => item[name] !== undefined && item[name] !== null);
  return { type: item.type, ...Object.fromEntries(present.map((name) => [name, item[name]])) };
}

/** An output without its call is refused: where the call is gone, the picture and what functions gave are said. */
function withoutOutputs(items: readonly InputItem[]): readonly InputItem[] {
  const images = items.flatMap((item) => (isComputerCallOutput(item) ? [item.output] : []));
  const told = items.filter(isFunctionOutput).map(describeOutput);
  const rest = items.filter(({ type }) => !type.endsWith('_call_output'));
  const last = images.at(-1);
  if (last === undefined) return told.length === 0 ? rest : [toUserMessage(told), ...rest];
  const image: InputImage = { ...last, type: 'input_image' };
  const { content } = toUserMessage(told);
  return [{ type: 'message', role: 'user', content: [...content, image] }, ...rest];
}

function isFunctionOutput(item: InputItem): item is FunctionCallOutput {
  return item.type === 'function_call_output' && typeof item['output'] === 'string';
}

function describeOutput({ output }: FunctionCallOutput): string {
  return `The function answered: ${output}`;
}

function toLines({ plan, output }: Exchange): readonly string[] {
  const told = toInput(plan).flatMap((item) =>
    isFunctionOutput(item) ? [describeOutput(item)] : textsOf(item),
  );
  const isFirst = plan.previousId === undefined;
  return [
    ...(isFirst ? told.slice(1) : told).map((text) => `You were told: ${text}`),
    ...output.flatMap((item) => toLine(item)),
  ].map((line) => (line.length > LOG_LINE_LENGTH ? `${line.slice(0, LOG_LINE_LENGTH)}...` : line));
}

function toLine(item: WireItem): readonly string[] {
  if (item.type === 'computer_call') {
    const actions = Array.isArray(item['actions']) ? item['actions'] : [item['action']];
    return [`You asked for: ${describeWireActions(actions)}`];
  }
  if (item.type === 'function_call') {
    return [`You called the function ${String(item['name'])} with ${String(item['arguments'])}`];
  }
  return item.type === 'message' ? textsOf(item).map((text) => `You said: ${text}`) : [];
}

function textsOf(item: InputItem | WireItem): readonly string[] {
  const content: unknown = 'content' in item ? item['content'] : undefined;
  if (item.type !== 'message' || !Array.isArray(content)) return [];
  return content.flatMap((part: unknown) =>
    typeof part === 'object' && part !== null && 'text' in part && typeof part.text === 'string'
      ? [part.text]
      : [],
  );
}
