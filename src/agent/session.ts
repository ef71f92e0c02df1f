import type { Action } from '../action/action.ts';
import { describeAction } from '../action/describe.ts';
import { toWireAction } from '../action/parse.ts';
import type { Screenshot } from '../action/screenshot.ts';
import type { Display } from '../display/display.ts';
import { type DeskhandError, InternalError, toDeskhandError, toMessage } from '../errors.ts';
import type { CallResult, Conversation } from '../model/model-client.ts';
import type { CostOf } from '../model/prices/pricing.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { Gate, GateDecision } from '../safety/gate.ts';
import type { Clock } from '../util/clock.ts';
import type { ActSummary, DecisionSummary, Position, TurnSummary } from './agent-machine.ts';
import { endingOf } from './ending.ts';
import { executeAction } from './executor.ts';
import { type PlannedCall, planCalls } from './planned-call.ts';

export interface SessionPorts {
  readonly runId: string;
  readonly conversation: Conversation;
  readonly display: Display;
  readonly gate: Gate;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** ms that the gate has to answer; silence is a denial. */
  readonly decideMs: number;
  /** Absent: what the model costs is not known. */
  readonly costOf?: CostOf | undefined;
}

/** ms spent in each part of the loop. */
export type SessionTimes = Readonly<Record<'model' | 'gate' | 'act' | 'settle', number>>;

interface Act {
  readonly action: Action;
  readonly actMs: number;
  readonly error?: DeskhandError;
}

interface Cancellable {
  readonly signal: AbortSignal;
}

/** The effects of the loop and the data that they hand on: agent-machine.ts says when each of them happens. */
export class AgentSession {
  readonly #ports: SessionPorts;
  readonly #times = { model: 0, gate: 0, act: 0, settle: 0 };
  #screen: Screenshot | undefined;
  #calls: readonly PlannedCall[] = [];
  /** By call id: the screen after what ran of a call. A call without one did not run. */
  #screens = new Map<string, Screenshot>();
  #notes: string[] = [];
  #lastAct: Act | undefined;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
  }

  get times(): SessionTimes {
    return this.#times;
  }

  async look({ signal }: Cancellable): Promise<void> {
    this.#screen = await this.#ports.display.screenshot({ signal });
  }

  async request({ turn }: Pick<Position, 'turn'>, { signal }: Cancellable): Promise<TurnSummary> {
    const { clock, conversation, costOf, display, recorder } = this.#ports;
    const screenshot = await display.screenshot({ signal });
    const input = { results: this.#results(screenshot), notes: this.#notes, screenshot };
    const sent = input.results.map(({ screenshot: _screenshot, ...result }) => ({
      ...result,
      acknowledgedSafetyChecks: [...result.acknowledgedSafetyChecks],
    }));
    recorder.record({
      type: 'request',
      turn,
      results: sent,
      notes: [...input.notes],
      frame: recorder.keep(screenshot),
    });
    const startedAt = clock.now();
    const response = await conversation.respond(input, { signal });
    const durationMs = this.#spent('model', startedAt);
    const cost = costOf === undefined ? {} : { costUsd: costOf(response.usage) };
    const items = response.items.map(toRecord);
    recorder.record({ type: 'response', turn, ...response, items, ...cost, durationMs });
    this.#screen = screenshot;
    this.#calls = planCalls(response.items, display.size);
    this.#screens = new Map();
    this.#notes = [];
    return {
      calls: this.#calls.map(({ call, actions }) => ({ callId: call.callId, actionCount: actions.length })),
      ending: endingOf(response),
      usage: response.usage,
      ...cost,
    };
  }

  async decide({ turn, callIndex }: Position, { signal }: Cancellable): Promise<DecisionSummary> {
    const { clock, recorder } = this.#ports;
    const planned = this.#planned(callIndex);
    const startedAt = clock.now();
    const decision = await this.#ask(planned, turn, signal);
    const durationMs = this.#spent('gate', startedAt);
    recorder.record({
      type: 'decision',
      turn,
      callId: planned.call.callId,
      ...decision,
      pendingSafetyChecks: [...planned.call.pendingSafetyChecks],
      durationMs,
    });
    if (decision.decision === 'approve') return { decision: 'approve', reason: '' };
    this.#notes.push(`The computer call ${planned.call.callId} was not run: ${decision.reason}`);
    return { decision: decision.decision, reason: decision.reason };
  }

  async act({ callIndex, actionIndex }: Position, { signal }: Cancellable): Promise<ActSummary> {
    const { clock, display } = this.#ports;
    const planned = this.#planned(callIndex);
    const action = planned.actions[actionIndex];
    if (action === undefined)
      throw new InternalError('internal', `No action ${actionIndex} in call ${callIndex}.`);
    const startedAt = clock.now();
    try {
      await executeAction(action, display, { clock, signal });
      this.#lastAct = { action, actMs: this.#spent('act', startedAt) };
      return { next: 'continue' };
    } catch (thrown) {
      const error = toDeskhandError(thrown);
      if (error.code === 'cancelled' || error.code === 'internal') throw error;
      await display.releaseAll();
      this.#lastAct = { action, actMs: this.#spent('act', startedAt), error };
      this.#notes.push(describeFailure(planned, actionIndex, error));
      return { next: 'abandon' };
    }
  }

  async observe({ turn, step, callIndex, actionIndex }: Position, { signal }: Cancellable): Promise<void> {
    const { clock, display, recorder } = this.#ports;
    const { callId } = this.#planned(callIndex).call;
    const act = this.#lastAct;
    if (act === undefined) throw new InternalError('internal', 'Nothing was done that could be observed.');
    const startedAt = clock.now();
    const settle = await display.settle({ signal });
    this.#spent('settle', startedAt);
    const screenshot = await display.screenshot({ signal });
    this.#screen = screenshot;
    this.#screens.set(callId, screenshot);
    recorder.record({
      type: 'step',
      turn,
      step,
      callId,
      index: actionIndex,
      action: { type: act.action.type, ...toWireAction(act.action) },
      description: describeAction(act.action),
      actMs: act.actMs,
      settle,
      pointer: display.pointer.position,
      ...(act.error === undefined ? {} : { error: toErrorRecord(act.error) }),
      frame: recorder.keep(screenshot),
    });
  }

  /** Every call of the turn before is answered, in order; the last one with the screen as it is now. */
  #results(now: Screenshot): readonly CallResult[] {
    return this.#calls.map(({ call }, index) => {
      const after = this.#screens.get(call.callId);
      const isLast = index === this.#calls.length - 1;
      return {
        callId: call.callId,
        outcome: after === undefined ? 'refused' : 'executed',
        screenshot: isLast ? now : (after ?? now),
        acknowledgedSafetyChecks: after === undefined ? [] : call.pendingSafetyChecks,
      };
    });
  }

  /** Fails closed: what is not a clear answer in time is a denial. */
  async #ask(planned: PlannedCall, turn: number, signal: AbortSignal): Promise<GateDecision> {
    const { clock, decideMs, gate, runId } = this.#ports;
    if (planned.problem !== undefined) return { decision: 'deny', by: 'validation', reason: planned.problem };
    if (this.#screen === undefined)
      throw new InternalError('internal', 'The gate is asked before the first look.');
    const { call, actions } = planned;
    const { callId, pendingSafetyChecks } = call;
    const request = { runId, turn, callId, actions, pendingSafetyChecks, screenshot: this.#screen };
    const over = new AbortController();
    const scope = AbortSignal.any([signal, over.signal]);
    const silence = clock.sleep(decideMs, { signal: scope }).then((): GateDecision => {
      return { decision: 'deny', by: gate.name, reason: `nobody answered within ${decideMs / 1000} s` };
    });
    try {
      return await Promise.race([gate.decide(request, { signal: scope }), silence]);
    } catch (error) {
      return { decision: 'deny', by: gate.name, reason: `the gate failed: ${toMessage(error)}` };
    } finally {
      over.abort();
    }
  }

  #planned(index: number): PlannedCall {
    const planned = this.#calls[index];
    if (planned === undefined) throw new InternalError('internal', `No call ${index} in this turn.`);
    return planned;
  }

  #spent(part: keyof SessionTimes, startedAt: number): number {
    const ms = this.#ports.clock.now() - startedAt;
    this.#times[part] += ms;
    return ms;
  }
}

function toRecord(item: { readonly type: string }): { type: string; [field: string]: unknown } {
  return { ...item };
}

export function toErrorRecord(error: DeskhandError): { code: string; message: string; hint?: string } {
  const { code, message, hint } = error;
  return hint === undefined ? { code, message } : { code, message, hint };
}

function describeFailure({ call, actions }: PlannedCall, failedIndex: number, error: DeskhandError): string {
  const action = actions[failedIndex];
  const what = action === undefined ? 'An action' : describeAction(action);
  const left = actions.length - failedIndex - 1;
  return [
    `In the computer call ${call.callId}, ${failedIndex} of ${actions.length} actions ran.`,
    `The next one failed and is not repeated: ${what}: ${error.message}`,
    error.hint ?? '',
    left > 0 ? `The ${left} after it did not run.` : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}
