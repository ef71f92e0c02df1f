import type { Usage } from '../../model/model-client.ts';
import type { WireItem } from '../../model/wire.ts';
import type { PngImage } from './png.ts';
import type { Tool } from './request-schema.ts';

/** What decides an answer: one request that has passed every check. */
export interface BrainRequest {
  /** Requests that reached the brain, from 1. */
  readonly number: number;
  /** The id that the answer will have. */
  readonly responseId: string;
  readonly previousResponseId: string | undefined;
  readonly model: string;
  readonly tools: readonly Tool[];
  readonly instructions: string | undefined;
  /** The items before this request; of stored responses only. */
  readonly context: readonly WireItem[];
  readonly input: readonly WireItem[];
  /** The newest picture in the input. */
  readonly screenshot: PngImage | undefined;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/** An output item without what the server fills in: `id`, `status`, for calls `call_id` and the list of checks. */
export type Draft = Readonly<Record<string, unknown>> & { readonly type: string };

export interface BrainReply {
  readonly output: readonly Draft[];
  /** Default `completed`. */
  readonly status?: 'completed' | 'incomplete' | 'failed';
  readonly incompleteReason?: string | undefined;
  readonly error?: { readonly code: string; readonly message: string };
  /** Default: estimated from the request. */
  readonly usage?: Usage;
}

/** What stands behind the server: a script, or a model of ours. */
export interface Brain {
  answer(request: BrainRequest): BrainReply | Promise<BrainReply>;
}

export function messageDraft(text: string): Draft {
  return {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
  };
}

export function refusalDraft(refusal: string): Draft {
  return { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal }] };
}

export function reasoningDraft(...summary: readonly string[]): Draft {
  return { type: 'reasoning', summary: summary.map((text) => ({ type: 'summary_text', text })) };
}

/** A computer call of these wire actions; the server sends them as the model's tool has it. */
export function callDraft(actions: readonly object[], extra: Readonly<Record<string, unknown>> = {}): Draft {
  return { type: 'computer_call', actions, ...extra };
}

export function functionCallDraft(name: string, args: object): Draft {
  return { type: 'function_call', name, arguments: JSON.stringify(args) };
}
