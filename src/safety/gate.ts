import type { Action, SafetyCheck } from '../action/action.ts';
import type { FunctionCall } from '../action/function-call.ts';
import type { Screenshot } from '../action/screenshot.ts';
import type { GateDesktop } from './gate-desktop.ts';
import type { Foreground } from './policy/subject.ts';

/** What a gate is asked before a function runs, and before each action of a computer call, in order. */
export interface GateRequest {
  readonly runId: string;
  readonly turn: number;
  readonly callId: string;
  /** None where a function is called. */
  readonly actions: readonly Action[];
  /** Place in `actions` of the one that is to run next. With the first one the call as a whole is decided. */
  readonly next: number;
  /** The function that the model calls: a command for the shell, a question, or what the caller offers. */
  readonly functionCall?: FunctionCall;
  /** Those of the call; none after its first action, for then they have been decided. */
  readonly pendingSafetyChecks: readonly SafetyCheck[];
  /** The screen as it is now. */
  readonly screenshot: Screenshot;
  /** Why a person has to be asked, besides the checks: what a rule of a policy says. */
  readonly reasons?: readonly string[];
  /** Absent: the gate can neither ask the desktop nor hand it to a person. */
  readonly desktop?: GateDesktop | undefined;
}

interface Basis {
  /** Who decided: a gate or a person. */
  readonly by: string;
  /** The rule of the policy that it was decided by. */
  readonly rule?: string;
  /** What was in front, where the gate asked for it. */
  readonly foreground?: Foreground;
  /** How long a person held the desktop, ms. */
  readonly heldMs?: number;
}

/**
 * `deny`: the action and what follows it in this turn does not run, and the model is told why. `terminate`: the run
 * ends as refused. `pause`: the run waits until somebody resumes it, and then the gate is asked again.
 */
export type GateDecision =
  | (Basis & { readonly decision: 'approve' })
  | (Basis & { readonly decision: 'deny' | 'terminate' | 'pause'; readonly reason: string });

export interface Gate {
  readonly name: string;
  /** Fails closed: whatever is thrown here counts as deny. */
  decide(request: GateRequest, options?: { readonly signal?: AbortSignal }): Promise<GateDecision>;
}
