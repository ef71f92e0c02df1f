import {
  type Attributes,
  context,
  diag,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Screenshot } from '../action/screenshot.ts';
import type { Display } from '../display/display.ts';
import { toDeskhandError, toMessage } from '../errors.ts';
import type { EventOf, TrajectoryEvent } from '../recording/trajectory.ts';
import type { Clock } from '../util/clock.ts';
import { createRunMetrics, type RunMetrics } from './run-metrics.ts';

/** Names of the GenAI conventions for providers; others stand for themselves. */
const PROVIDERS: Readonly<Record<string, string>> = { openai: 'openai', azure: 'azure.ai.openai' };

/**
 * Turns what a run records into OpenTelemetry spans and metrics, after the GenAI conventions: run, turn, model call,
 * decision, action, screenshot. Never instructions, texts, pictures or keys: names, ids, counts and times alone.
 */
export class RunTelemetry {
  readonly #clock: Clock;
  readonly #metrics: RunMetrics = createRunMetrics();
  readonly #tracer = trace.getTracer('deskhand');
  /** What was active when the run began: spans of an application that runs deskhand are the parents. */
  readonly #outer = context.active();
  #model: Attributes = {};
  #run: Span | undefined;
  #startedAt = 0;
  #turn: Span | undefined;
  #call: { readonly span: Span; readonly startedAt: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A listener for the run's events. */
  readonly onEvent = (event: TrajectoryEvent): void => {
    safely(() => this.#take(event));
  };

  #take(event: TrajectoryEvent): void {
    switch (event.type) {
      case 'run-started':
        return this.#startRun(event);
      case 'sandbox-ready':
        return this.#noteSandbox(event);
      case 'request':
        return this.#startTurn(event);
      case 'response':
        return this.#endCall(event);
      case 'decision':
        return this.#addDecision(event);
      case 'step':
        return this.#addStep(event);
      case 'check':
        return this.#addCheck(event);
      case 'prepared':
      case 'run-resumed':
        return;
      case 'warning':
        this.#run?.addEvent('warning', { 'deskhand.warning.code': event.code }, this.#now());
        return;
      case 'run-finished':
        return this.#finishRun(event);
    }
  }

  /** The same display, with its screenshots measured. */
  watch(display: Display): Display {
    const screenshot: Display['screenshot'] = async (options) => {
      const startedAt = this.#clock.now();
      const span = safely(() => this.#child('screenshot', this.#now()));
      try {
        const taken = await display.screenshot(options);
        safely(() => this.#endScreenshot(span, taken, this.#clock.now() - startedAt));
        return taken;
      } catch (error) {
        safely(() => span !== undefined && fail(span, toDeskhandError(error).code));
        safely(() => span?.end(this.#now()));
        throw error;
      }
    };
    const { size, pointer, keyboard, lost } = display;
    return {
      size,
      pointer,
      keyboard,
      lost,
      screenshot,
      settle: (options) => display.settle(options),
      ready: (options) => display.ready(options),
      conceal: (act, options) => display.conceal(act, options),
      releaseAll: () => display.releaseAll(),
      [Symbol.asyncDispose]: () => display[Symbol.asyncDispose](),
    };
  }

  #endScreenshot(span: Span | undefined, { width, height, png }: Screenshot, durationMs: number): void {
    span?.setAttributes({
      'deskhand.screenshot.width': width,
      'deskhand.screenshot.height': height,
      'deskhand.screenshot.bytes': png.byteLength,
    });
    span?.end(this.#now());
    this.#metrics.screenshot(durationMs / 1000, {});
  }

  #now(): Date {
    return new Date(this.#clock.wall());
  }

  #ago(ms: number): Date {
    return new Date(this.#clock.wall() - ms);
  }

  #child(
    name: string,
    startTime: Date,
    attributes: Attributes = {},
    kind = SpanKind.INTERNAL,
  ): Span | undefined {
    const parent = this.#turn ?? this.#run;
    if (parent === undefined) return undefined;
    return this.#tracer.startSpan(name, { startTime, attributes, kind }, trace.setSpan(this.#outer, parent));
  }

  #startRun({ runId, task, model, display, gate }: EventOf<'run-started'>): void {
    this.#startedAt = this.#clock.now();
    this.#model = {
      'gen_ai.provider.name': PROVIDERS[model.provider] ?? model.provider,
      'gen_ai.request.model': model.name,
    };
    const attributes: Attributes = {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'deskhand',
      'gen_ai.conversation.id': runId,
      ...this.#model,
      'deskhand.tool': model.tool,
      'deskhand.gate': gate,
      'deskhand.display.width': display.width,
      'deskhand.display.height': display.height,
      ...(task.id !== undefined && { 'deskhand.task.id': task.id }),
    };
    this.#run = this.#tracer.startSpan(
      'invoke_agent deskhand',
      { startTime: this.#now(), attributes, kind: SpanKind.INTERNAL },
      this.#outer,
    );
  }

  #noteSandbox({ sandboxId, image, network, phases }: EventOf<'sandbox-ready'>): void {
    const times = Object.entries(phases).map(([phase, ms]) => [
      `deskhand.sandbox.${phase.replaceAll('-', '_')}_ms`,
      ms,
    ]);
    const attributes: Attributes = {
      'deskhand.sandbox.id': sandboxId,
      'deskhand.sandbox.image': image.reference,
      'deskhand.sandbox.network': network,
      ...Object.fromEntries(times),
    };
    this.#child('sandbox', this.#ago(this.#clock.now() - this.#startedAt), attributes)?.end(this.#now());
  }

  #startTurn({ turn }: EventOf<'request'>): void {
    this.#turn?.end(this.#now());
    this.#turn = undefined;
    this.#turn = this.#child(`turn ${turn}`, this.#now(), { 'deskhand.turn': turn });
    const name = `chat ${String(this.#model['gen_ai.request.model'])}`;
    const attributes = { 'gen_ai.operation.name': 'chat', ...this.#model };
    const span = this.#child(name, this.#now(), attributes, SpanKind.CLIENT);
    if (span !== undefined) this.#call = { span, startedAt: this.#clock.now() };
  }

  #endCall({ responseId, status, usage, incompleteReason, durationMs }: EventOf<'response'>): void {
    const span = this.#call?.span;
    this.#call = undefined;
    span?.setAttributes({
      'gen_ai.response.id': responseId,
      'gen_ai.response.finish_reasons': [incompleteReason ?? status],
      'gen_ai.usage.input_tokens': usage.inputTokens,
      'gen_ai.usage.output_tokens': usage.outputTokens,
      'gen_ai.usage.cache_read.input_tokens': usage.cachedInputTokens,
      'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens,
    });
    span?.end(this.#now());
    const attributes = { 'gen_ai.operation.name': 'chat', ...this.#model };
    this.#metrics.modelCall(durationMs / 1000, attributes);
    this.#metrics.tokens(usage.inputTokens, { ...attributes, 'gen_ai.token.type': 'input' });
    this.#metrics.tokens(usage.outputTokens, { ...attributes, 'gen_ai.token.type': 'output' });
  }

  #addDecision({ callId, decision, by, pendingSafetyChecks, durationMs }: EventOf<'decision'>): void {
    const attributes: Attributes = {
      'gen_ai.tool.call.id': callId,
      'deskhand.decision': decision,
      'deskhand.decision.by': by,
      'deskhand.safety_checks': pendingSafetyChecks.length,
    };
    this.#child('decide', this.#ago(durationMs), attributes)?.end(this.#now());
  }

  #addStep({ callId, step, index, action, actMs, settle, error }: EventOf<'step'>): void {
    const settleMs = settle?.waitedMs ?? 0;
    const kind = { 'deskhand.action.type': action.type };
    const tool = action.type === 'function_call' ? String(action['name']) : 'computer';
    const attributes: Attributes = {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': tool,
      'gen_ai.tool.call.id': callId,
      ...kind,
      'deskhand.step': step,
      'deskhand.action.index': index,
      'deskhand.action.act_ms': actMs,
      'deskhand.action.settle_ms': settleMs,
      ...(settle !== undefined && { 'deskhand.action.settle_reason': settle.reason }),
    };
    const span = this.#child(`execute_tool ${tool}`, this.#ago(actMs + settleMs), attributes);
    if (span !== undefined && error !== undefined) fail(span, error.code);
    span?.end(this.#now());
    this.#metrics.action(actMs / 1000, { ...kind, ...(error !== undefined && { 'error.type': error.code }) });
  }

  #addCheck({ name, result, durationMs }: EventOf<'check'>): void {
    const attributes = { 'deskhand.check.name': name, 'deskhand.check.result': result };
    this.#child('check', this.#ago(durationMs), attributes)?.end(this.#now());
  }

  #finishRun({ outcome, verification, turns, steps, usage, costUsd, error }: EventOf<'run-finished'>): void {
    this.#abandonCall(error?.code ?? outcome);
    this.#turn?.end(this.#now());
    this.#turn = undefined;
    const ended: Attributes = {
      'deskhand.outcome': outcome,
      'deskhand.verification': verification,
      ...(error !== undefined && { 'error.type': error.code }),
    };
    this.#run?.setAttributes({
      ...ended,
      'deskhand.turns': turns,
      'deskhand.steps': steps,
      'gen_ai.usage.input_tokens': usage.inputTokens,
      'gen_ai.usage.output_tokens': usage.outputTokens,
      ...(costUsd !== undefined && { 'deskhand.cost_usd': costUsd.total }),
    });
    if (this.#run !== undefined && error !== undefined) fail(this.#run, error.code);
    this.#run?.end(this.#now());
    this.#run = undefined;
    this.#metrics.run((this.#clock.now() - this.#startedAt) / 1000, { ...this.#model, ...ended });
  }

  /** A model call that no response ended. */
  #abandonCall(code: string): void {
    if (this.#call === undefined) return;
    const { span, startedAt } = this.#call;
    this.#call = undefined;
    fail(span, code);
    span.end(this.#now());
    const attributes = { 'gen_ai.operation.name': 'chat', ...this.#model, 'error.type': code };
    this.#metrics.modelCall((this.#clock.now() - startedAt) / 1000, attributes);
  }
}

/** A fault of whatever collects never touches the run; it goes to OpenTelemetry's own log. */
function safely<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    diag.error('deskhand could not hand over telemetry', toMessage(error));
    return undefined;
  }
}

/** The code alone: a message can quote what a task or a screen says. */
function fail(span: Span, code: string): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}
