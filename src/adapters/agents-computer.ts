import type { Display } from '../display/display.ts';
import { ActionError, type DeskhandError, toDeskhandError } from '../errors.ts';
import { createDenyGate } from '../safety/deny-gate.ts';
import type { Gate } from '../safety/gate.ts';
import type { Clock } from '../util/clock.ts';
import { performAction } from './perform-action.ts';
import { type ForeignCall, requireApproval } from './require-approval.ts';

type Button = 'left' | 'right' | 'wheel' | 'back' | 'forward';

/**
 * The shape of `Computer` in the OpenAI Agents SDK 0.20. Typed by structure, so that deskhand itself does not need
 * the SDK. Coordinates are px of the declared size; `screenshot` gives a PNG in base64 without a `data:` prefix.
 */
export interface AgentsComputer {
  readonly environment: 'ubuntu';
  readonly dimensions: [width: number, height: number];
  screenshot(): Promise<string>;
  click(x: number, y: number, button: Button): Promise<void>;
  doubleClick(x: number, y: number): Promise<void>;
  scroll(x: number, y: number, scrollX: number, scrollY: number): Promise<void>;
  type(text: string): Promise<void>;
  wait(): Promise<void>;
  move(x: number, y: number): Promise<void>;
  keypress(keys: string[]): Promise<void>;
  drag(path: [number, number][]): Promise<void>;
}

interface SafetyCheckRequest {
  readonly pendingSafetyChecks: readonly {
    readonly id: string;
    readonly code?: string | null;
    readonly message?: string | null;
  }[];
  readonly toolCall: {
    readonly callId: string;
    readonly action?: unknown;
    readonly actions?: readonly unknown[] | undefined;
  };
}

/** What `computerTool` of the SDK takes, and a signal for `run`. */
export interface AgentsComputerTool {
  readonly computer: AgentsComputer;
  /** Where the SDK announces a call's actions; never asks the SDK to interrupt its run. */
  readonly needsApproval: (context: unknown, action: unknown, callId?: string) => Promise<boolean>;
  readonly onSafetyCheck: (request: SafetyCheckRequest) => Promise<true>;
  /** Give it to `run`: it aborts when the caller's signal does, and when the display is lost. */
  readonly signal: AbortSignal;
}

export interface AgentsComputerOptions {
  /** Decides on every call. Default: calls with safety checks are denied, others approved. */
  readonly gate?: Gate;
  /** Names the work to the gate. */
  readonly runId?: string;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** Told of an action that could not be done: the SDK has no way to tell its model. */
  readonly onFailure?: (error: DeskhandError) => void;
}

interface AnnouncedCall {
  readonly callId: string;
  /** All actions as the model sent them. */
  readonly actions: unknown[];
  /** Those that are still to come, without screenshots: for them the SDK calls nothing. */
  readonly expected: Record<string, unknown>[];
  approval?: Promise<void>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Whether an announced action is the one that a method was called for; `keys` is what only the former has. */
function isSame(announced: Record<string, unknown>, called: Record<string, unknown>): boolean {
  return Object.entries(called).every(
    ([name, value]) => JSON.stringify(announced[name]) === JSON.stringify(value),
  );
}

class AgentsDesktop {
  readonly #display: Display;
  readonly #options: AgentsComputerOptions;
  readonly #gate: Gate;
  readonly #lost = new AbortController();
  readonly signal: AbortSignal;
  #calls = 0;
  #call: AnnouncedCall | undefined;
  /** An action failed: nothing more runs until the model has seen the screen. */
  #isAbandoned = false;

  constructor(display: Display, options: AgentsComputerOptions) {
    this.#display = display;
    this.#options = options;
    this.#gate = options.gate ?? createDenyGate();
    const { signal } = this.#lost;
    this.signal = options.signal === undefined ? signal : AbortSignal.any([options.signal, signal]);
    void display.lost.then((reason) => this.#lost.abort(reason));
  }

  /** The SDK announces all actions of a call at once, then calls the methods one by one. */
  async announce(action: unknown, callId: string): Promise<boolean> {
    if (this.#call?.callId !== callId || this.#call.approval !== undefined) {
      this.#call = { callId, actions: [], expected: [] };
    }
    const call = this.#call;
    call.actions.push(action);
    if (isRecord(action) && action['type'] !== 'screenshot') call.expected.push(action);
    await Promise.resolve();
    await (call.approval ??= this.#approve({ callId, actions: call.actions, checks: [] }));
    return false;
  }

  async approveChecks({ toolCall, pendingSafetyChecks: checks }: SafetyCheckRequest): Promise<true> {
    const { callId, action, actions = action === undefined ? [] : [action] } = toolCall;
    const known = checks.map(({ id, code = null, message = null }) => ({ id, code, message }));
    await this.#approve({ callId, actions, checks: known });
    return true;
  }

  async act(called: Record<string, unknown>): Promise<void> {
    const next = this.#call?.expected.shift();
    if (this.#isAbandoned) return;
    const action = next !== undefined && isSame(next, called) ? next : called;
    const { clock } = this.#options;
    try {
      await performAction(action, this.#display, { clock, signal: this.signal });
    } catch (thrown) {
      this.#fail(toDeskhandError(thrown));
    }
  }

  async screenshot(): Promise<string> {
    this.#isAbandoned = false;
    try {
      const { png } = await this.#display.screenshot({ signal: this.signal });
      return Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString('base64');
    } catch (error) {
      this.#lost.abort(error);
      throw error;
    }
  }

  #approve(call: Omit<ForeignCall, 'turn'>): Promise<void> {
    const { runId } = this.#options;
    const desktop = { gate: this.#gate, display: this.#display, runId };
    return requireApproval(desktop, { ...call, turn: ++this.#calls }, { signal: this.signal });
  }

  /** What the model asked for wrongly, it sees on the next screenshot; anything else ends the run. */
  #fail(error: DeskhandError): void {
    this.#isAbandoned = true;
    this.#options.onFailure?.(error);
    if (error instanceof ActionError) return;
    this.#lost.abort(error);
    throw error;
  }
}

/**
 * A desktop as the computer of the OpenAI Agents SDK: `computerTool(createAgentsComputer(display, { gate }))`.
 * Keys held during a mouse action are kept, which the SDK does not hand to a computer by itself.
 */
export function createAgentsComputer(
  display: Display,
  options: AgentsComputerOptions = {},
): AgentsComputerTool {
  const desktop = new AgentsDesktop(display, options);
  const computer: AgentsComputer = {
    environment: 'ubuntu',
    dimensions: [display.size.width, display.size.height],
    screenshot: () => desktop.screenshot(),
    click: (x, y, button) => desktop.act({ type: 'click', x, y, button }),
    doubleClick: (x, y) => desktop.act({ type: 'double_click', x, y }),
    scroll: (x, y, scrollX, scrollY) =>
      desktop.act({ type: 'scroll', x, y, scroll_x: scrollX, scroll_y: scrollY }),
    type: (text) => desktop.act({ type: 'type', text }),
    wait: () => desktop.act({ type: 'wait' }),
    move: (x, y) => desktop.act({ type: 'move', x, y }),
    keypress: (keys) => desktop.act({ type: 'keypress', keys }),
    drag: (path) => desktop.act({ type: 'drag', path: path.map(([x, y]) => ({ x, y })) }),
  };
  return {
    computer,
    needsApproval: (_context, action, callId = '') => desktop.announce(action, callId),
    onSafetyCheck: (request) => desktop.approveChecks(request),
    signal: desktop.signal,
  };
}
