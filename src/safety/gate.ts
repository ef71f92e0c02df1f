import type { Action, SafetyCheck } from '../action/action.ts';
import type { FunctionCall } from '../action/function-call.ts';
import type { Screenshot } from '../action/screenshot.ts';

/** What a gate is asked before the first action of a computer call, or before a function, runs. */
export interface GateRequest {
  readonly runId: string;
  readonly turn: number;
  readonly callId: string;
  /** None where a function is called. */
  readonly actions: readonly Action[];
  /** The function that the model calls: a command for the shell, a question, or what the caller offers. */
  readonly functionCall?: FunctionCall;
  readonly pendingSafetyChecks: readonly SafetyCheck[];
  /** The screen that the model decided on. */
  readonly screenshot: Screenshot;
}

/**
 * `deny`: the call does not run and the model is told why. `terminate`: the run ends as refused.
 * `by` names who decided: a gate or a person.
 */
export type GateDecision =
  | { readonly decision: 'approve'; readonly by: string }
  | { readonly decision: 'deny' | 'terminate'; readonly by: string; readonly reason: string };

export interface Gate {
  readonly name: string;
  /** Fails closed: whatever is thrown here counts as deny. */
  decide(request: GateRequest, options?: { readonly signal?: AbortSignal }): Promise<GateDecision>;
}
