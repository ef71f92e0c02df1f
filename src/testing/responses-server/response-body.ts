import type { Usage } from '../../model/model-client.ts';
import type { WireItem } from '../../model/wire.ts';
import { invalidRequest } from './api-fault.ts';
import type { BrainReply, Draft } from './brain.ts';
import type { IdSource } from './ids.ts';
import type { PngImage } from './png.ts';
import type { ValidRequest } from './request-schema.ts';
import type { ServedModel } from './served-model.ts';

const ID_PREFIX: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  computer_call: 'cu',
  function_call: 'fc',
};
const PATCH_PX = 32;

/** Fills in what a draft leaves out, and gives a computer call the form of the model's tool. */
export function toOutputItem(
  draft: Draft,
  served: ServedModel,
  ids: IdSource,
  sendsSecret: boolean,
): WireItem {
  const id = ids.next(ID_PREFIX[draft.type] ?? 'item');
  if (draft.type === 'computer_call') return toComputerCall(draft, id, served, ids);
  if (draft.type === 'function_call') {
    return { id, call_id: ids.next('call'), status: 'completed', ...draft };
  }
  if (draft.type === 'reasoning') {
    return { id, ...(sendsSecret && { encrypted_content: ids.next('encrypted') }), ...draft };
  }
  return draft.type === 'message' ? { id, status: 'completed', ...draft } : { id, ...draft };
}

function toComputerCall(draft: Draft, id: string, served: ServedModel, ids: IdSource): WireItem {
  const filled = { id, call_id: ids.next('call'), status: 'completed', pending_safety_checks: [], ...draft };
  if (served.tool === 'computer' || !Array.isArray(draft['actions'])) return filled;
  const actions: readonly unknown[] = draft['actions'];
  if (actions.length !== 1) throw new Error('The computer_use_preview tool has one action in a call.');
  return { ...filled, action: actions[0], actions: undefined };
}

/** A rough count, of the documented kind: four characters a token for text, one token a patch for pictures. */
export function estimateUsage(
  context: readonly WireItem[],
  request: ValidRequest,
  images: readonly PngImage[],
  output: readonly WireItem[],
): Usage {
  const cachedInputTokens = textTokens(context);
  const patches = images.map(
    ({ width, height }) => Math.ceil(width / PATCH_PX) * Math.ceil(height / PATCH_PX),
  );
  const outputTokens = textTokens(output);
  return {
    inputTokens: cachedInputTokens + textTokens(request.items) + patches.reduce((sum, n) => sum + n, 0),
    cachedInputTokens,
    outputTokens,
    reasoningTokens: textTokens(output.filter(({ type }) => type === 'reasoning')),
  };
}

/** Nothing is cut off unless the request says so. @throws ApiFault context_length_exceeded */
export function checkContext(request: ValidRequest, served: ServedModel, inputTokens: number): void {
  const most = served.contextTokens ?? Infinity;
  if (inputTokens <= most || request.truncation === 'auto') return;
  throw invalidRequest(
    'Your input exceeds the context window of this model. Please adjust your input and try again.',
    { param: 'input', code: 'context_length_exceeded' },
  );
}

function textTokens(items: readonly WireItem[]): number {
  const isPicture = (value: unknown): boolean => typeof value === 'string' && value.startsWith('data:');
  const json = JSON.stringify(items, (_key, value: unknown) => (isPicture(value) ? '' : value));
  return Math.ceil(json.length / 4);
}

function toWireUsage(usage: Usage): object {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedInputTokens, cache_write_tokens: 0 },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}

export interface ResponseParts {
  readonly id: string;
  readonly request: ValidRequest;
  readonly reply: BrainReply;
  readonly output: readonly WireItem[];
  readonly usage: Usage;
}

/** The response object as documented, every field of it. */
export function toResponseBody({ id, request, reply, output, usage }: ResponseParts): object {
  const status = reply.status ?? 'completed';
  const now = Math.floor(Date.now() / 1_000);
  return {
    id,
    object: 'response',
    created_at: now,
    ...(status === 'completed' && { completed_at: now }),
    status,
    background: false,
    error: reply.error ?? null,
    incomplete_details:
      status === 'incomplete' ? { reason: reply.incompleteReason ?? 'max_output_tokens' } : null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    metadata: request.metadata ?? {},
    model: request.model,
    output,
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null },
    safety_identifier: null,
    service_tier: 'default',
    store: request.store ?? true,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: request.tools,
    top_p: 1,
    truncation: request.truncation ?? 'disabled',
    usage: toWireUsage(usage),
    user: null,
  };
}
