import type { Action, SafetyCheck } from '../action/action.ts';
import type { Screenshot } from '../action/screenshot.ts';

/** What a gate is asked before the first action of a computer call runs. */
export interface GateRequest {
  readonly runId: string;
  readonly turn: number;
  readonly callId: string;
  readonly actions: readonly Action[];
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
