import type { Action } from '../action/action.ts';
import type { FunctionCall } from '../action/function-call.ts';
import { parseAction, validateAction } from '../action/parse.ts';
import { ActionError, isDeskhandError, toMessage } from '../errors.ts';
import type { ComputerCall, FunctionCallItem, TurnItem } from '../model/model-client.ts';
import type { Size } from '../util/geometry.ts';
import type { FunctionTool } from './functions/function-tool.ts';

/** A computer call of the current turn, read before anything of it runs. */
interface PlannedComputerCall {
  readonly kind: 'computer';
  readonly call: ComputerCall;
  /** At least one. */
  readonly actions: readonly Action[];
}

/** A function call of the current turn, its arguments checked. */
export interface PlannedFunctionCall {
  readonly kind: 'function';
  readonly call: FunctionCallItem;
  readonly tool: FunctionTool;
  readonly functionCall: FunctionCall;
}

/** A call that cannot run at all: the model is told why. */
interface ImpossibleCall {
  readonly kind: 'impossible';
  readonly call: ComputerCall | FunctionCallItem;
  readonly problem: string;
}

export type PlannedCall = PlannedComputerCall | PlannedFunctionCall | ImpossibleCall;

export interface Means {
  readonly display: Size;
  /** By name. */
  readonly functions: ReadonlyMap<string, FunctionTool>;
}

/** The calls of a response in its order, whatever their kind. */
export function planCalls(items: readonly TurnItem[], means: Means): readonly PlannedCall[] {
  return items
    .filter((item) => item.type === 'computer_call' || item.type === 'function_call')
    .map((call) => planCall(call, means));
}

function planCall(call: ComputerCall | FunctionCallItem, means: Means): PlannedCall {
  if (call.status !== 'completed') {
    return { kind: 'impossible', call, problem: `its status is ${call.status}` };
  }
  try {
    return call.type === 'computer_call' ? planComputerCall(call, means) : planFunctionCall(call, means);
  } catch (error) {
    if (!isDeskhandError(error)) throw error;
    const problem = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
    return { kind: 'impossible', call, problem };
  }
}

function planComputerCall(call: ComputerCall, { display }: Means): PlannedComputerCall {
  const actions = call.actions.map((wire) => validateAction(parseAction(wire), display));
  // A call without actions asks for nothing but the screen.
  return { kind: 'computer', call, actions: actions.length > 0 ? actions : [{ type: 'screenshot' }] };
}

function planFunctionCall(call: FunctionCallItem, { functions }: Means): PlannedCall {
  const tool = functions.get(call.name);
  if (tool === undefined) return { kind: 'impossible', call, problem: describeUnknown(call.name, functions) };
  const given = tool.parse(parseJson(call.arguments));
  return { kind: 'function', call, tool, functionCall: { name: call.name, arguments: given } };
}

/** A function without parameters may be called with nothing at all. */
function parseJson(text: string): unknown {
  try {
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch (cause) {
    throw new ActionError('invalid-action', `Its arguments are not JSON: ${toMessage(cause)}.`, { cause });
  }
}

function describeUnknown(name: string, functions: ReadonlyMap<string, FunctionTool>): string {
  const known = [...functions.keys()].join(', ');
  const others = known === '' ? 'Use the computer tool.' : `There is the computer tool, and ${known}.`;
  return `there is no function ${name} here. ${others}`;
}
