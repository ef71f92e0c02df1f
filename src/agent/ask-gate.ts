import type { SafetyCheck } from '../action/action.ts';
import type { Screenshot } from '../action/screenshot.ts';
import { InternalError, toMessage } from '../errors.ts';
import { hashOf } from '../safety/audit/audit-entry.ts';
import type { AuditLog } from '../safety/audit/audit-log.ts';
import type { GateDesktop } from '../safety/gate-desktop.ts';
import type { Gate, GateDecision, GateRequest } from '../safety/gate.ts';
import type { Clock } from '../util/clock.ts';
import type { Position } from './agent-machine.ts';
import type { PlannedCall } from './planned-call.ts';

/** One action that wants an approval, and the screen that it would be done on. */
interface Question {
  readonly planned: PlannedCall;
  readonly position: Position;
  readonly screenshot: Screenshot | undefined;
}

interface GatePorts {
  readonly runId: string;
  readonly gate: Gate;
  readonly gateDesktop?: GateDesktop | undefined;
  readonly clock: Clock;
  readonly decideMs: number;
}

/** Fails closed: what is not a clear answer in time is a denial. */
export async function askGate(
  { planned, position, screenshot }: Question,
  { clock, decideMs, gate, gateDesktop, runId }: GatePorts,
  { signal }: { readonly signal: AbortSignal },
): Promise<GateDecision> {
  if (planned.kind === 'impossible') return { decision: 'deny', by: 'validation', reason: planned.problem };
  if (screenshot === undefined)
    throw new InternalError('internal', 'The gate is asked before the first look.');
  const request: GateRequest = {
    runId,
    turn: position.turn,
    ...toAsked(planned),
    next: position.actionIndex,
    pendingSafetyChecks: pendingChecks(planned, position),
    screenshot,
    desktop: gateDesktop,
  };
  const over = new AbortController();
  const scope = AbortSignal.any([signal, over.signal]);
  const silence = clock.sleep(decideMs, { signal: scope }).then((): GateDecision => {
    return { decision: 'deny', by: gate.name, reason: `nobody answered within ${decideMs / 1000} s` };
  });
  try {
    return orDeny(await Promise.race([gate.decide(request, { signal: scope }), silence]), gate);
  } catch (error) {
    return { decision: 'deny', by: gate.name, reason: `the gate failed: ${toMessage(error)}` };
  } finally {
    over.abort();
  }
}

/** An approval that cannot be put down is none. */
export async function putDown(
  decision: GateDecision,
  { planned, position, screenshot }: Question,
  audit: AuditLog | undefined,
): Promise<GateDecision> {
  if (audit === undefined || !isWorthRecording(decision, position)) return decision;
  const { foreground: _, ...basis } = decision;
  try {
    await audit.append({
      type: 'decided',
      turn: position.turn,
      callId: planned.call.callId,
      index: position.actionIndex,
      ...basis,
      shown: {
        screenshot: screenshot?.sha256 ?? hashOf(null),
        call: hashOf(planned.call),
        checks: hashOf(pendingChecks(planned, position)),
      },
    });
    return decision;
  } catch (error) {
    return { decision: 'deny', by: 'audit', reason: `the decision was not recorded: ${toMessage(error)}` };
  }
}

/** Within a call, what nothing singles out is not worth a line. */
export function isWorthRecording({ decision, by }: GateDecision, { actionIndex }: Position): boolean {
  return actionIndex === 0 || decision !== 'approve' || by !== 'default';
}

/** The checks of a call are decided with its first action. */
export function pendingChecks({ call }: PlannedCall, { actionIndex }: Position): SafetyCheck[] {
  return call.type === 'computer_call' && actionIndex === 0 ? [...call.pendingSafetyChecks] : [];
}

/** What of a call the gate decides about. */
function toAsked(
  planned: Exclude<PlannedCall, { kind: 'impossible' }>,
): Pick<GateRequest, 'callId' | 'actions' | 'functionCall'> {
  const { callId } = planned.call;
  if (planned.kind === 'computer') return { callId, actions: planned.actions };
  return { callId, actions: [], functionCall: planned.functionCall };
}

/** Whatever is not one of the four is a denial: a gate may be a caller's own. */
function orDeny(decision: GateDecision, { name }: Gate): GateDecision {
  switch (decision.decision) {
    case 'approve':
    case 'deny':
    case 'terminate':
    case 'pause':
      return decision;
    default:
      decision satisfies never;
      return { decision: 'deny', by: name, reason: 'the gate gave no answer that is known' };
  }
}
