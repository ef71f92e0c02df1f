import type { Action } from '../action/action.ts';
import { parseAction, validateAction } from '../action/parse.ts';
import { isDeskhandError } from '../errors.ts';
import type { ComputerCall, TurnItem } from '../model/model-client.ts';
import type { Size } from '../util/geometry.ts';

/** A computer call of the current turn, read before anything of it runs, and what became of it. */
export interface PlannedCall {
  readonly call: ComputerCall;
  /** At least one; empty only when there is a `problem`. */
  readonly actions: readonly Action[];
  /** Why the call cannot run at all. */
  readonly problem?: string;
}

function planCall(call: ComputerCall, display: Size): PlannedCall {
  if (call.status !== 'completed') return { call, actions: [], problem: `its status is ${call.status}` };
  try {
    const actions = call.actions.map((wire) => validateAction(parseAction(wire), display));
    // A call without actions asks for nothing but the screen.
    return { call, actions: actions.length > 0 ? actions : [{ type: 'screenshot' }] };
  } catch (error) {
    if (!isDeskhandError(error)) throw error;
    const problem = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
    return { call, actions: [], problem };
  }
}

export function planCalls(items: readonly TurnItem[], display: Size): readonly PlannedCall[] {
  return items.filter((item) => item.type === 'computer_call').map((call) => planCall(call, display));
}
