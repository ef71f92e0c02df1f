import { describeAction } from '../../action/describe.ts';
import { parseAction } from '../../action/parse.ts';
import type { EventOf, TrajectoryEvent } from '../trajectory.ts';
import type { DialogueEntry } from './dialogue.ts';

type Entry<K extends DialogueEntry['kind']> = Extract<DialogueEntry, { kind: K }>;
type Input = Entry<'user' | 'screen' | 'output'>;
type Output = Exclude<DialogueEntry, Input>;
type Item = EventOf<'response'>['items'][number];

const NO_USAGE = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };

export interface ToldRun {
  readonly instruction: string;
  /** Turn by turn; no times, decisions or desktop, which no dialogue tells. */
  readonly events: readonly TrajectoryEvent[];
  readonly turns: number;
  readonly steps: number;
  /** What the model said last, where nothing comes after it. */
  readonly finalMessage: string | undefined;
}

/**
 * The other way than `toDialogue`: the events of the run that a dialogue tells of. A call that was answered counts as done.
 * @param first hash of the screen that is shown while the dialogue has named none
 */
export function toEvents(dialogue: readonly DialogueEntry[], first: string): ToldRun {
  const [opening, ...later] = dialogue;
  const [instruction, ...notes] = opening?.kind === 'user' ? opening.texts : [];
  const told = new Telling(dialogue, first);
  let inputs: Input[] = [];
  let outputs: Output[] = [];
  for (const entry of opening?.kind === 'user' ? [{ ...opening, texts: notes }, ...later] : dialogue) {
    if (!isInput(entry)) {
      outputs.push(entry);
      continue;
    }
    if (outputs.length > 0) {
      told.turn(inputs, outputs);
      [inputs, outputs] = [[], []];
    }
    inputs.push(entry);
  }
  told.turn(inputs, outputs);
  const last = dialogue.at(-1);
  const { events, turns, steps } = told;
  return {
    instruction: instruction ?? 'Not told.',
    events,
    turns,
    steps,
    finalMessage: last?.kind === 'message' ? last.text : undefined,
  };
}

function isInput(entry: DialogueEntry): entry is Input {
  return entry.kind === 'user' || entry.kind === 'screen' || entry.kind === 'output';
}

class Telling {
  readonly events: TrajectoryEvent[] = [];
  turns = 0;
  steps = 0;
  readonly #answers: ReadonlyMap<string, Entry<'screen' | 'output'>>;
  #frame: string;
  #pointer = { x: 0, y: 0 };

  constructor(dialogue: readonly DialogueEntry[], first: string) {
    const answers = dialogue.filter((entry) => entry.kind === 'screen' || entry.kind === 'output');
    this.#answers = new Map(answers.map((answer) => [answer.callId, answer]));
    this.#frame = first;
  }

  turn(inputs: readonly Input[], outputs: readonly Output[]): void {
    this.turns += 1;
    const turn = this.turns;
    for (const input of inputs) if ('frame' in input) this.#frame = input.frame ?? this.#frame;
    this.events.push({
      type: 'request',
      turn,
      results: inputs.flatMap(toResult),
      notes: inputs.flatMap((input) => (input.kind === 'user' ? input.texts : [])),
      frame: this.#frame,
    });
    if (outputs.length === 0) return;
    this.events.push({
      type: 'response',
      turn,
      responseId: `imported_${turn}`,
      status: 'completed',
      items: outputs.map(toItem),
      usage: NO_USAGE,
      durationMs: 0,
    });
    for (const output of outputs) this.#call(output);
  }

  #call(output: Output): void {
    if (output.kind !== 'computer' && output.kind !== 'function') return;
    const answer = this.#answers.get(output.callId);
    if (answer === undefined) return;
    const actions = output.kind === 'computer' ? output.actions : [toCall(output)];
    for (const [index, action] of actions.entries()) {
      const isLast = index === actions.length - 1;
      this.#step(output.callId, index, action, isLast ? answer : undefined);
    }
  }

  #step(
    callId: string,
    index: number,
    action: unknown,
    answer: Entry<'screen' | 'output'> | undefined,
  ): void {
    this.steps += 1;
    const known = describe(action);
    this.#pointer = known.pointer ?? this.#pointer;
    this.events.push({
      type: 'step',
      turn: this.turns,
      step: this.steps,
      callId,
      index,
      action: known.action,
      description: known.description,
      actMs: 0,
      pointer: this.#pointer,
      ...(answer?.kind === 'output' ? { output: answer.text } : {}),
      ...(answer?.kind === 'screen' && answer.frame !== undefined ? { frame: answer.frame } : {}),
    });
  }
}

function toCall({ name, arguments: given }: Entry<'function'>): Item {
  let parsed: unknown = given;
  try {
    parsed = JSON.parse(given);
  } catch {
    // As the model wrote it.
  }
  return { type: 'function_call', name, arguments: parsed };
}

interface KnownAction {
  readonly action: Item;
  readonly description: string;
  readonly pointer?: { readonly x: number; readonly y: number };
}

/** An action that deskhand does not know is kept as it came. */
function describe(action: unknown): KnownAction {
  const kept = isItem(action) ? action : { type: 'unknown', value: action };
  if (kept.type === 'function_call') {
    return { action: kept, description: `call the function ${String(kept['name'])}` };
  }
  try {
    const parsed = parseAction(action);
    const pointer = 'x' in parsed ? { x: parsed.x, y: parsed.y } : undefined;
    return {
      action: kept,
      description: describeAction(parsed),
      ...(pointer === undefined ? {} : { pointer }),
    };
  } catch {
    return { action: kept, description: `${kept.type}, which this deskhand does not know` };
  }
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'type') === 'string';
}

function toResult(input: Input): EventOf<'request'>['results'] {
  if (input.kind === 'user') return [];
  const { callId } = input;
  const base = { callId, outcome: 'executed' } as const;
  if (input.kind === 'output') return [{ ...base, acknowledgedSafetyChecks: [], output: input.text }];
  return [{ ...base, acknowledgedSafetyChecks: input.acknowledgedSafetyChecks }];
}

function toItem(output: Output): Item {
  switch (output.kind) {
    case 'reasoning':
      return { type: 'reasoning', summary: output.text };
    case 'message':
      return { type: 'message', text: output.text };
    case 'computer': {
      const { callId, actions, pendingSafetyChecks } = output;
      return { type: 'computer_call', callId, status: 'completed', actions, pendingSafetyChecks };
    }
    case 'function': {
      const { callId, name, arguments: given } = output;
      return { type: 'function_call', callId, status: 'completed', name, arguments: given };
    }
  }
}
