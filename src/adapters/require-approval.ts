import type { SafetyCheck } from '../action/action.ts';
import { parseAction, validateAction } from '../action/parse.ts';
import type { Display } from '../display/display.ts';
import { CancelledError } from '../errors.ts';
import type { Gate, GateDecision, GateRequest } from '../safety/gate.ts';

export interface GatedDesktop {
  readonly gate: Gate;
  readonly display: Display;
  /** Names the work to the gate. Default `adapter`. */
  readonly runId?: string | undefined;
}

/** One computer call as a foreign loop has it. */
export interface ForeignCall {
  readonly callId: string;
  /** Counts the calls from 1: a foreign loop does not tell which response a call came in. */
  readonly turn: number;
  /** As the Responses API sends them. */
  readonly actions: readonly unknown[];
  readonly checks: readonly Partial<SafetyCheck>[];
}

async function decide(gate: Gate, request: GateRequest, signal?: AbortSignal): Promise<GateDecision> {
  try {
    return await gate.decide(request, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    const reason = `the gate failed: ${error instanceof Error ? error.message : String(error)}`;
    return { decision: 'deny', by: gate.name, reason };
  }
}

/**
 * Reads a call as a whole and has the gate decide on it, before any of it runs. Nothing but `approve` approves.
 * @throws CancelledError when the call was not approved, ActionError when it cannot be read
 */
export async function requireApproval(
  { gate, display, runId = 'adapter' }: GatedDesktop,
  call: ForeignCall,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const actions = call.actions.map((wire) => validateAction(parseAction(wire), display.size));
  const pendingSafetyChecks = call.checks.map(({ id = '', code, message }) => ({
    id,
    code: code ?? null,
    message: message ?? null,
  }));
  const screenshot = await display.screenshot({ signal });
  const { turn, callId } = call;
  // The foreign loop runs all of a call at once: each of its actions is decided before the first.
  for (const next of actions.length === 0 ? [0] : actions.keys()) {
    const checks = next === 0 ? pendingSafetyChecks : [];
    const request = { runId, turn, callId, actions, next, pendingSafetyChecks: checks, screenshot };
    const decision = await decide(gate, request, signal);
    if (decision.decision === 'approve') continue;
    const { by, reason } = decision;
    throw new CancelledError('cancelled', `The gate did not approve the call: ${reason}`, {
      details: { callId, decision: decision.decision, by },
      hint: 'The call did not run. Start again with another instruction, or with a gate that approves.',
    });
  }
}
