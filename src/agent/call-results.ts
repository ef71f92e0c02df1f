import type { Screenshot } from '../action/screenshot.ts';
import type { CallResult } from '../model/model-client.ts';
import type { PlannedCall } from './planned-call.ts';

/** A screen, and what its browser showed. */
interface Seen {
  readonly screenshot: Screenshot;
  readonly currentUrl?: string | undefined;
}

/** What became of a call that ran: the screen after what ran of it. */
export interface Made extends Seen {
  /** Of a function: what it gave. */
  readonly output?: string | undefined;
}

/** What became of the calls of one turn, by call id. */
export interface CallRecords {
  readonly made: ReadonlyMap<string, Made>;
  /** Why a call was not run. */
  readonly denials: ReadonlyMap<string, string>;
}

const CUT_OFF = 'a call before it in the same response was not run or failed';

/** Every call of the turn is answered, in order; the last computer call with the screen as it is now. */
export function toResults(
  calls: readonly PlannedCall[],
  { made, denials }: CallRecords,
  now: Seen,
): readonly CallResult[] {
  const last = calls.findLast(({ call }) => call.type === 'computer_call');
  return calls.map((planned): CallResult => {
    const { call } = planned;
    const { callId } = call;
    const after = made.get(callId);
    const outcome = after === undefined ? 'refused' : 'executed';
    if (call.type === 'function_call') {
      const output = after?.output ?? JSON.stringify({ error: `Not run: ${denials.get(callId) ?? CUT_OFF}` });
      return { type: 'function', callId, outcome, output };
    }
    const { screenshot, currentUrl } = planned === last ? now : (after ?? now);
    const seen = { screenshot, ...(currentUrl !== undefined && { currentUrl }) };
    return {
      type: 'computer',
      callId,
      outcome,
      ...seen,
      acknowledgedSafetyChecks: after === undefined ? [] : call.pendingSafetyChecks,
    };
  });
}
