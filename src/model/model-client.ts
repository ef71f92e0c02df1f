import type { SafetyCheck } from '../action/action.ts';
import type { FunctionDeclaration } from '../action/function-call.ts';
import type { Screenshot } from '../action/screenshot.ts';
import type { Size } from '../util/geometry.ts';

export type ComputerTool = 'computer' | 'computer_use_preview';
export type Environment = 'linux' | 'ubuntu' | 'browser' | 'windows' | 'mac';

/** What a conversation is about; fixed for the whole run. */
export interface TaskBrief {
  readonly instruction: string;
  /** Declared size of every screenshot, px. */
  readonly display: Size;
  readonly environment: Environment;
  /** What may be called beside the computer tool. Absent: nothing. */
  readonly functions?: readonly FunctionDeclaration[];
}

/** Tokens of one turn or of a whole run. Cached are part of input, reasoning part of output. */
export interface Usage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

export type CallStatus = 'completed' | 'in_progress' | 'incomplete';

export interface ComputerCall {
  readonly type: 'computer_call';
  readonly callId: string;
  readonly status: CallStatus;
  /** As on the wire, not yet validated: parse with `parseAction`. `action` and `actions[]` both end up here. */
  readonly actions: readonly unknown[];
  readonly pendingSafetyChecks: readonly SafetyCheck[];
}

/** A call of a function, offered or not. */
export interface FunctionCallItem {
  readonly type: 'function_call';
  readonly callId: string;
  readonly status: CallStatus;
  readonly name: string;
  /** JSON as the model wrote it, not yet read. */
  readonly arguments: string;
}

export type TurnItem =
  | { readonly type: 'message'; readonly text: string }
  | { readonly type: 'refusal'; readonly text: string }
  | { readonly type: 'reasoning'; readonly summary: string }
  | ComputerCall
  | FunctionCallItem
  | { readonly type: 'unknown'; readonly wireType: string; readonly wire: unknown };

/** One model response. */
export interface Turn {
  readonly responseId: string;
  readonly status: 'completed' | 'incomplete';
  /** Set when incomplete: `max_output_tokens`, `content_filter`. */
  readonly incompleteReason?: string;
  readonly items: readonly TurnItem[];
  readonly usage: Usage;
}

/** What happened to one computer call of the turn before. */
export interface ComputerCallResult {
  readonly type: 'computer';
  readonly callId: string;
  /** `refused`: the gate said no before any action of the call ran. */
  readonly outcome: 'executed' | 'refused';
  /** The screen after the call. */
  readonly screenshot: Screenshot;
  /** The checks that a gate approved, echoed exactly as they came. */
  readonly acknowledgedSafetyChecks: readonly SafetyCheck[];
  /** What the desktop's browser showed; sent where the tool takes it. */
  readonly currentUrl?: string | undefined;
}

/** What happened to one function call of the turn before. */
export interface FunctionCallResult {
  readonly type: 'function';
  readonly callId: string;
  readonly outcome: 'executed' | 'refused';
  /** What the function gave, or why it did not run. */
  readonly output: string;
}

/** Every call of the turn before is answered, in order. */
export type CallResult = ComputerCallResult | FunctionCallResult;

export interface TurnInput {
  readonly results: readonly CallResult[];
  /** Said to the model as a user's message: what failed, what was refused and why. */
  readonly notes: readonly string[];
  /** The screen as it is now; sent by itself only where no call is answered (the first turn). */
  readonly screenshot: Screenshot;
}

/** One run's exchange with a model. Not shared between runs. */
export interface Conversation {
  /**
   * Sends the results of the last turn and returns the next. Retries by itself where that is safe.
   * @throws ModelError, CancelledError
   */
  respond(input: TurnInput, options?: { readonly signal?: AbortSignal }): Promise<Turn>;
}

/** A model that can use a computer: openai, azure, local, replay. */
export interface ModelClient extends AsyncDisposable {
  readonly provider: string;
  /** Model or deployment name. */
  readonly model: string;
  readonly tool: ComputerTool;
  /**
   * Finds out, before there is a desktop, what the model's server would refuse whatever it is asked: the sign-in, the
   * model's name. Takes no tokens, and lets pass what is not certain. Absent: there is nothing to find out.
   * @throws ModelError, CancelledError
   */
  check?(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** @throws ModelError when the task cannot be given to this model at all. */
  start(brief: TaskBrief): Conversation;
}
