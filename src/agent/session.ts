import { describeAction } from '../action/describe.ts';
import { describeFunctionCall } from '../action/function-call.ts';
import { toWireAction } from '../action/parse.ts';
import type { Screenshot } from '../action/screenshot.ts';
import { ActionError, type DeskhandError, InternalError, toDeskhandError } from '../errors.ts';
import type { CallResult, Conversation } from '../model/model-client.ts';
import type { CostOf } from '../model/prices/pricing.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { EventOf } from '../recording/trajectory.ts';
import type { AuditLog } from '../safety/audit/audit-log.ts';
import type { Gate } from '../safety/gate.ts';
import type { TaskSecrets } from '../safety/task-secrets.ts';
import type { GateDesktop } from '../safety/gate-desktop.ts';
import type { Clock } from '../util/clock.ts';
import type { ActSummary, DecisionSummary, ObserveSummary, Position, TurnSummary } from './agent-machine.ts';
import { askGate, isWorthRecording, pendingChecks, putDown } from './ask-gate.ts';
import { type Made, toResults } from './call-results.ts';
import { endingOf } from './ending.ts';
import { LoopGuard, tellLoop } from './loop-guard.ts';
import { executeAction } from './executor.ts';
import { callFunction } from './functions/call-function.ts';
import type { FunctionTool } from './functions/function-tool.ts';
import { type PlannedCall, type PlannedFunctionCall, planCalls } from './planned-call.ts';
import { readCurrentUrl } from './current-url.ts';
import type { Desktop } from './desktop.ts';
import type { CurrentUrlSource } from './run-ports.ts';
import { WorkingTime } from './working-time.ts';

export interface SessionPorts {
  readonly runId: string;
  readonly conversation: Conversation;
  readonly desktop: Desktop;
  /** What the model may call beside the computer tool, by name. */
  readonly functions: ReadonlyMap<string, FunctionTool>;
  /** Absent: the desktop has no browser whose address the model should know. */
  readonly currentUrl?: CurrentUrlSource | undefined;
  readonly gate: Gate;
  /** What the gate may ask of the desktop and do with it. */
  readonly gateDesktop?: GateDesktop | undefined;
  /** Where each decision is put down before it counts. */
  readonly audit?: AuditLog | undefined;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** ms that the gate has to answer; silence is a denial. */
  readonly decideMs: number;
  /** What the model may type by name and never sees. */
  readonly secrets?: TaskSecrets | undefined;
  /** Said to the model with its instruction. */
  readonly openingNotes?: readonly string[] | undefined;
  /** Absent: what the model costs is not known. */
  readonly costOf?: CostOf | undefined;
  /** After so many turns in a row that do the same to no effect the run ends; half-way the model is told. */
  readonly repeatLimit?: number | undefined;
  /** Said to the model with the first request. */
  readonly notes?: readonly string[] | undefined;
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
  readonly #workingTime: WorkingTime;
  #screen: Screenshot | undefined;
  #calls: readonly PlannedCall[] = [];
  /** By call id. A call that is not there did not run. */
  #made = new Map<string, Made>();
  #denials = new Map<string, string>();
  #notes: string[];
  #lastAct: Act | undefined;
  /** The screen that the last action was done on, where nothing recorded it yet. */
  #before: Screenshot | undefined;
  readonly #guard = new LoopGuard();

  constructor(ports: SessionPorts) {
    this.#ports = ports;
    this.#notes = [...(ports.openingNotes ?? []), ...(ports.notes ?? [])];
    this.#workingTime = new WorkingTime(ports.clock);
  }

  get times(): SessionTimes {
    return this.#times;
  }

  async wallTime({ limitMs }: { readonly limitMs: number }, { signal }: Cancellable): Promise<void> {
    await this.#workingTime.reached(limitMs, { signal });
  }

  async hold({ signal }: Cancellable): Promise<never> {
    const release = this.#workingTime.hold();
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => aborted.reject(toDeskhandError(signal.reason)), { once: true });
    return await aborted.promise.finally(release);
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
    const input = { results, notes: [...this.#notes, ...this.#tellLoop()], screenshot };
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

  async decide(position: Position, { signal }: Cancellable): Promise<DecisionSummary> {
    const planned = this.#planned(position.callIndex);
    const startedAt = this.#ports.clock.now();
    const release = this.#workingTime.hold();
    const question = { planned, position, screenshot: this.#screen };
    const asked = await askGate(question, this.#ports, { signal }).finally(release);
    const decision = await putDown(asked, question, this.#ports.audit);
    const durationMs = this.#spent('gate', startedAt);
    if (isWorthRecording(decision, position)) {
      this.#ports.recorder.record({
        type: 'decision',
        turn: position.turn,
        callId: planned.call.callId,
        index: position.actionIndex,
        ...decision,
        pendingSafetyChecks: pendingChecks(planned, position),
        durationMs,
      });
    }
    if (decision.decision === 'approve') return { decision: 'approve', reason: '' };
    const { reason } = decision;
    if (decision.decision !== 'pause') this.#noteDenial(planned, position.actionIndex, reason);
    return { decision: decision.decision, reason };
  }

  async act({ callIndex, actionIndex }: Position, { signal }: Cancellable): Promise<ActSummary> {
    // Should this process be killed now, the trajectory tells of everything but this one action.
    await this.#ports.recorder.flush();
    const planned = this.#planned(callIndex);
    if (planned.kind === 'function') return await this.#callFunction(planned, signal);
    const { clock, desktop, secrets } = this.#ports;
    const action = planned.kind === 'computer' ? planned.actions[actionIndex] : undefined;
    if (planned.kind !== 'computer' || action === undefined)
      throw new InternalError('internal', `No action ${actionIndex} in call ${callIndex}.`);
    const done = {
      action: { type: action.type, ...toWireAction(action) },
      description: describeAction(action),
    };
    const startedAt = clock.now();
    try {
      this.#before = await this.#screenBefore(signal);
      await executeAction(action, desktop.display, { clock, secrets, signal });
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

  async observe(
    { turn, step, callIndex, actionIndex }: Position,
    { signal }: Cancellable,
  ): Promise<ObserveSummary> {
    const { clock, desktop, recorder } = this.#ports;
    const { display } = desktop;
    const { callId } = this.#planned(callIndex).call;
    const [act, before] = [this.#lastAct, this.#before];
    this.#before = undefined;
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
      ...(before === undefined ? {} : { before: recorder.keep(before) }),
      ...(act.output === undefined ? {} : { output: act.output }),
      settle,
      pointer: display.pointer.position,
      ...(act.error === undefined ? {} : { error: toErrorRecord(act.error) }),
      frame: recorder.keep(screenshot),
    });
    this.#guard.note(act.action, screenshot.sha256);
    return { repeats: this.#guard.repeats };
  }

  #tellLoop(): readonly string[] {
    const { repeatLimit } = this.#ports;
    const repeats = this.#guard.endTurn();
    const told = repeatLimit === undefined ? undefined : tellLoop(repeats, repeatLimit);
    return told === undefined ? [] : [told];
  }

  #currentUrl(signal: AbortSignal): Promise<string | undefined> {
    const { currentUrl, desktop } = this.#ports;
    return readCurrentUrl(currentUrl, desktop.sandbox, { signal });
  }

  /** The model and the gate take their time, and a screen goes on meanwhile. An unchanged one is not encoded again. */
  async #screenBefore(signal: AbortSignal): Promise<Screenshot | undefined> {
    const screenshot = await this.#ports.desktop.display.screenshot({ signal });
    return screenshot.sha256 === this.#screen?.sha256 ? undefined : screenshot;
  }

  #noteDenial(planned: PlannedCall, index: number, reason: string): void {
    const { callId } = planned.call;
    this.#denials.set(callId, reason);
    // The output of a function says it where it belongs.
    if (planned.call.type !== 'computer_call') return;
    this.#notes.push(
      planned.kind === 'computer' && index > 0
        ? describeStop(
            planned,
            index,
            (what) => `The next one was not allowed: ${what}: ${asSentence(reason)}`,
          )
        : `The computer call ${callId} was not run: ${reason}`,
    );
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

type PlannedComputerCall = Extract<PlannedCall, { kind: 'computer' }>;

/** A person's or a rule's words end as they will. */
function asSentence(words: string): string {
  return /[.!?]$/u.test(words) ? words : `${words}.`;
}

/** What ran of a call, what of it did not, and why. */
function describeStop(
  { call, actions }: PlannedComputerCall,
  index: number,
  why: (what: string) => string,
): string {
  const action = actions[index];
  const left = actions.length - index - 1;
  return [
    `In the computer call ${call.callId}, ${index} of ${actions.length} actions ran.`,
    why(action === undefined ? 'An action' : describeAction(action)),
    left > 0 ? `The ${left} after it did not run.` : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function describeFailure(planned: PlannedComputerCall, failedIndex: number, error: DeskhandError): string {
  const hint = error.hint === undefined ? '' : ` ${error.hint}`;
  return describeStop(
    planned,
    failedIndex,
    (what) => `The next one failed and is not repeated: ${what}: ${error.message}${hint}`,
  );
}
