import type { SafetyCheck } from '../action/action.ts';
import { describeAction } from '../action/describe.ts';
import { describeFunctionCall } from '../action/function-call.ts';
import { toWireAction } from '../action/parse.ts';
import type { Screenshot } from '../action/screenshot.ts';
import { ActionError, type DeskhandError, InternalError, toDeskhandError, toMessage } from '../errors.ts';
import type { CallResult, Conversation } from '../model/model-client.ts';
import type { CostOf } from '../model/prices/pricing.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { EventOf } from '../recording/trajectory.ts';
import type { Gate, GateDecision, GateRequest } from '../safety/gate.ts';
import type { Clock } from '../util/clock.ts';
import type { ActSummary, DecisionSummary, Position, TurnSummary } from './agent-machine.ts';
import { type Made, toResults } from './call-results.ts';
import { endingOf } from './ending.ts';
import { executeAction } from './executor.ts';
import { callFunction } from './functions/call-function.ts';
import type { FunctionTool } from './functions/function-tool.ts';
import { type PlannedCall, type PlannedFunctionCall, planCalls } from './planned-call.ts';
import { readCurrentUrl } from './current-url.ts';
import type { CurrentUrlSource, Desktop } from './run-ports.ts';

export interface SessionPorts {
  readonly runId: string;
  readonly conversation: Conversation;
  readonly desktop: Desktop;
  /** What the model may call beside the computer tool, by name. */
  readonly functions: ReadonlyMap<string, FunctionTool>;
  /** Absent: the desktop has no browser whose address the model should know. */
  readonly currentUrl?: CurrentUrlSource | undefined;
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

/** What was done, as a step records it. */
interface Act {
  readonly action: { readonly type: string; readonly [field: string]: unknown };
  readonly description: string;
  readonly actMs: number;
  /** Of a function: what the model is told. */
  readonly output?: string;
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
  /** By call id. A call that is not there did not run. */
  #made = new Map<string, Made>();
  #denials = new Map<string, string>();
  #notes: string[] = [];
  #lastAct: Act | undefined;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
  }

  get times(): SessionTimes {
    return this.#times;
  }

  async look({ signal }: Cancellable): Promise<void> {
    this.#screen = await this.#ports.desktop.display.screenshot({ signal });
  }

  async request({ turn }: Pick<Position, 'turn'>, { signal }: Cancellable): Promise<TurnSummary> {
    const { clock, conversation, costOf, desktop, functions, recorder } = this.#ports;
    const { display } = desktop;
    const screenshot = await display.screenshot({ signal });
    const now = { screenshot, currentUrl: await this.#currentUrl(signal) };
    const results = toResults(this.#calls, { made: this.#made, denials: this.#denials }, now);
    const input = { results, notes: this.#notes, screenshot };
    recorder.record({
      type: 'request',
      turn,
      results: results.map(toResultRecord),
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
    this.#calls = planCalls(response.items, { display: display.size, functions });
    this.#made = new Map();
    this.#denials = new Map();
    this.#notes = [];
    return {
      calls: this.#calls.map(toCallSummary),
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
      pendingSafetyChecks: checksOf(planned),
      durationMs,
    });
    if (decision.decision === 'approve') return { decision: 'approve', reason: '' };
    this.#noteDenial(planned, decision.reason);
    return { decision: decision.decision, reason: decision.reason };
  }

  async act({ callIndex, actionIndex }: Position, { signal }: Cancellable): Promise<ActSummary> {
    const planned = this.#planned(callIndex);
    if (planned.kind === 'function') return await this.#callFunction(planned, signal);
    const { clock, desktop } = this.#ports;
    const action = planned.kind === 'computer' ? planned.actions[actionIndex] : undefined;
    if (planned.kind !== 'computer' || action === undefined)
      throw new InternalError('internal', `No action ${actionIndex} in call ${callIndex}.`);
    const done = {
      action: { type: action.type, ...toWireAction(action) },
      description: describeAction(action),
    };
    const startedAt = clock.now();
    try {
      await executeAction(action, desktop.display, { clock, signal });
      this.#lastAct = { ...done, actMs: this.#spent('act', startedAt) };
      return { next: 'continue' };
    } catch (thrown) {
      const error = toDeskhandError(thrown);
      if (error.code === 'cancelled' || error.code === 'internal') throw error;
      await desktop.display.releaseAll();
      this.#lastAct = { ...done, actMs: this.#spent('act', startedAt), error };
      this.#notes.push(describeFailure(planned, actionIndex, error));
      return { next: 'abandon' };
    }
  }

  /** What a function gives, or why it failed, is its output: no note is needed. */
  async #callFunction({ functionCall, tool }: PlannedFunctionCall, signal: AbortSignal): Promise<ActSummary> {
    const { clock, desktop } = this.#ports;
    const action = { type: 'function_call', name: functionCall.name, arguments: functionCall.arguments };
    const done = { action, description: describeFunctionCall(functionCall) };
    const startedAt = clock.now();
    try {
      const output = await callFunction(tool, functionCall.arguments, { desktop, clock, signal });
      this.#lastAct = { ...done, actMs: this.#spent('act', startedAt), output };
      return { next: 'continue' };
    } catch (thrown) {
      if (!(thrown instanceof ActionError)) throw thrown;
      const output = JSON.stringify({ error: thrown.message });
      this.#lastAct = { ...done, actMs: this.#spent('act', startedAt), output, error: thrown };
      return { next: 'abandon' };
    }
  }

  async observe({ turn, step, callIndex, actionIndex }: Position, { signal }: Cancellable): Promise<void> {
    const { clock, desktop, recorder } = this.#ports;
    const { display } = desktop;
    const { callId } = this.#planned(callIndex).call;
    const act = this.#lastAct;
    if (act === undefined) throw new InternalError('internal', 'Nothing was done that could be observed.');
    const startedAt = clock.now();
    const settle = await display.settle({ signal });
    this.#spent('settle', startedAt);
    const screenshot = await display.screenshot({ signal });
    this.#screen = screenshot;
    this.#made.set(callId, { screenshot, output: act.output, currentUrl: await this.#currentUrl(signal) });
    recorder.record({
      type: 'step',
      turn,
      step,
      callId,
      index: actionIndex,
      action: act.action,
      description: act.description,
      actMs: act.actMs,
      ...(act.output === undefined ? {} : { output: act.output }),
      settle,
      pointer: display.pointer.position,
      ...(act.error === undefined ? {} : { error: toErrorRecord(act.error) }),
      frame: recorder.keep(screenshot),
    });
  }

  #currentUrl(signal: AbortSignal): Promise<string | undefined> {
    const { currentUrl, desktop } = this.#ports;
    return readCurrentUrl(currentUrl, desktop.sandbox, { signal });
  }

  #noteDenial(planned: PlannedCall, reason: string): void {
    const { callId, type } = planned.call;
    this.#denials.set(callId, reason);
    // The output of a function says it where it belongs.
    if (type === 'computer_call') this.#notes.push(`The computer call ${callId} was not run: ${reason}`);
  }

  /** Fails closed: what is not a clear answer in time is a denial. */
  async #ask(planned: PlannedCall, turn: number, signal: AbortSignal): Promise<GateDecision> {
    const { clock, decideMs, gate, runId } = this.#ports;
    if (planned.kind === 'impossible') return { decision: 'deny', by: 'validation', reason: planned.problem };
    if (this.#screen === undefined)
      throw new InternalError('internal', 'The gate is asked before the first look.');
    const request = { runId, turn, ...toAsked(planned), screenshot: this.#screen };
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

/** What of a call the gate decides about. */
function toAsked(
  planned: Exclude<PlannedCall, { kind: 'impossible' }>,
): Pick<GateRequest, 'callId' | 'actions' | 'functionCall' | 'pendingSafetyChecks'> {
  const { callId } = planned.call;
  const pendingSafetyChecks = checksOf(planned);
  if (planned.kind === 'computer') return { callId, actions: planned.actions, pendingSafetyChecks };
  return { callId, actions: [], functionCall: planned.functionCall, pendingSafetyChecks };
}

function checksOf({ call }: PlannedCall): SafetyCheck[] {
  return call.type === 'computer_call' ? [...call.pendingSafetyChecks] : [];
}

function toCallSummary(planned: PlannedCall): TurnSummary['calls'][number] {
  const { callId } = planned.call;
  switch (planned.kind) {
    case 'computer':
      return { callId, actionCount: planned.actions.length };
    case 'function':
      return { callId, actionCount: 1, actMs: planned.tool.timeoutMs };
    case 'impossible':
      return { callId, actionCount: 0 };
  }
}

function toResultRecord(result: CallResult): EventOf<'request'>['results'][number] {
  const { callId, outcome } = result;
  if (result.type === 'function')
    return { callId, outcome, acknowledgedSafetyChecks: [], output: result.output };
  return { callId, outcome, acknowledgedSafetyChecks: [...result.acknowledgedSafetyChecks] };
}

function toRecord(item: { readonly type: string }): { type: string; [field: string]: unknown } {
  return { ...item };
}

export function toErrorRecord(error: DeskhandError): { code: string; message: string; hint?: string } {
  const { code, message, hint } = error;
  return hint === undefined ? { code, message } : { code, message, hint };
}

function describeFailure(
  { call, actions }: Extract<PlannedCall, { kind: 'computer' }>,
  failedIndex: number,
  error: DeskhandError,
): string {
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
