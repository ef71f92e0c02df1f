import { z } from 'zod';
import type { SafetyCheck } from '../action/action.ts';
import type { Screenshot } from '../action/screenshot.ts';
import { ModelError } from '../errors.ts';
import { DataUrl } from './data-url.ts';
import type { CallResult, CallStatus, ComputerCallResult, Turn, TurnItem } from './model-client.ts';
import { parseUsage } from './usage.ts';

/** An item as the Responses API returns it in `output[]`; it may be sent back as input. */
export type WireItem = Readonly<Record<string, unknown>> & { readonly type: string };

export interface InputText {
  readonly type: 'input_text';
  readonly text: string;
}

/** `detail: 'original'` asks for the image without scaling; the documentation advises it for the computer tool. */
export interface InputImage {
  readonly type: 'input_image';
  readonly image_url: DataUrl;
  readonly detail?: 'original' | undefined;
}

export interface UserMessage {
  readonly type: 'message';
  readonly role: 'user';
  readonly content: readonly (InputText | InputImage)[];
}

export interface ComputerCallOutput {
  readonly type: 'computer_call_output';
  readonly call_id: string;
  readonly output: {
    readonly type: 'computer_screenshot';
    readonly image_url: DataUrl;
    readonly detail?: 'original' | undefined;
  };
  readonly acknowledged_safety_checks?: readonly SafetyCheck[];
  /** Preview tool only. Source: Azure OpenAI documentation, computer use, the sample with a browser. */
  readonly current_url?: string | undefined;
}

export interface FunctionCallOutput {
  readonly type: 'function_call_output';
  readonly call_id: string;
  readonly output: string;
}

/** What deskhand sends in `input[]` (OpenAI API reference, Responses, create). */
export type InputItem = UserMessage | ComputerCallOutput | FunctionCallOutput | WireItem;

export function isComputerCallOutput(item: InputItem): item is ComputerCallOutput {
  return item.type === 'computer_call_output';
}

export function isUserMessage(item: InputItem): item is UserMessage {
  return item.type === 'message' && 'role' in item && item.role === 'user';
}

/** A user's message of these texts, with the screen after them where one is given. */
export function toUserMessage(texts: readonly string[], screenshot?: Screenshot): UserMessage {
  const content: (InputText | InputImage)[] = texts.map((text) => ({ type: 'input_text', text }));
  if (screenshot !== undefined) {
    content.push({ type: 'input_image', image_url: new DataUrl(screenshot), detail: 'original' });
  }
  return { type: 'message', role: 'user', content };
}

export function toCallOutput(result: CallResult): ComputerCallOutput | FunctionCallOutput {
  if (result.type === 'computer') return toComputerCallOutput(result);
  return { type: 'function_call_output', call_id: result.callId, output: result.output };
}

export function toComputerCallOutput(result: ComputerCallResult): ComputerCallOutput {
  const { callId, screenshot, acknowledgedSafetyChecks, currentUrl } = result;
  return {
    type: 'computer_call_output',
    call_id: callId,
    output: { type: 'computer_screenshot', image_url: new DataUrl(screenshot), detail: 'original' },
    ...(acknowledgedSafetyChecks.length > 0 && { acknowledged_safety_checks: acknowledgedSafetyChecks }),
    ...(currentUrl !== undefined && { current_url: currentUrl }),
  };
}

const text = z.string();
const safetyCheck = z
  .looseObject({ id: text, code: text.nullish(), message: text.nullish() })
  .transform(({ id, code, message }) => ({ id, code: code ?? null, message: message ?? null }));

const contentPart = z.looseObject({ type: text, text: text.optional(), refusal: text.optional() });

const itemSchemas = {
  message: z.looseObject({ content: z.array(contentPart) }),
  reasoning: z.looseObject({ summary: z.array(z.looseObject({ text })).nullish() }),
  computer_call: z.looseObject({
    call_id: text.min(1),
    status: text.nullish(),
    action: z.unknown().optional(),
    actions: z.array(z.unknown()).nullish(),
    pending_safety_checks: z.array(safetyCheck).nullish(),
  }),
  function_call: z.looseObject({ call_id: text.min(1), status: text.nullish(), name: text, arguments: text }),
} as const;

const anyItem = z.looseObject({ type: text });

function toMessageItems(item: z.infer<typeof itemSchemas.message>): readonly TurnItem[] {
  const texts: string[] = [];
  const others: TurnItem[] = [];
  for (const part of item.content) {
    if (part.type === 'output_text' && part.text !== undefined) texts.push(part.text);
    else if (part.type === 'refusal' && part.refusal !== undefined) {
      others.push({ type: 'refusal', text: part.refusal });
    } else others.push({ type: 'unknown', wireType: `message.${part.type}`, wire: part });
  }
  return texts.length === 0 ? others : [{ type: 'message', text: texts.join('') }, ...others];
}

function toReasoningItems(item: z.infer<typeof itemSchemas.reasoning>): readonly TurnItem[] {
  const summary = (item.summary ?? []).map((part) => part.text).join('\n\n');
  return summary === '' ? [] : [{ type: 'reasoning', summary }];
}

/** A call without a status counts as completed only where the whole response is. */
function toCallStatus(status: string | null | undefined, isComplete: boolean): CallStatus {
  if (status === 'completed' || status === 'in_progress') return status;
  return (status === null || status === undefined) && isComplete ? 'completed' : 'incomplete';
}

function toComputerCall(
  item: z.infer<typeof itemSchemas.computer_call>,
  isComplete: boolean,
): readonly TurnItem[] {
  const single = item.action === undefined || item.action === null ? [] : [item.action];
  const batch = item.actions ?? [];
  return [
    {
      type: 'computer_call',
      callId: item.call_id,
      status: toCallStatus(item.status, isComplete),
      actions: batch.length > 0 ? batch : single,
      pendingSafetyChecks: item.pending_safety_checks ?? [],
    },
  ];
}

function toTurnItems(item: WireItem, isComplete: boolean): readonly TurnItem[] {
  switch (item.type) {
    case 'message':
      return toMessageItems(read(itemSchemas.message, item, item.type));
    case 'reasoning':
      return toReasoningItems(read(itemSchemas.reasoning, item, item.type));
    case 'computer_call':
      return toComputerCall(read(itemSchemas.computer_call, item, item.type), isComplete);
    case 'function_call': {
      const call = read(itemSchemas.function_call, item, item.type);
      const { call_id: callId, name, arguments: given } = call;
      const status = toCallStatus(call.status, isComplete);
      return [{ type: 'function_call', callId, status, name, arguments: given }];
    }
    default:
      return [{ type: 'unknown', wireType: item.type, wire: item }];
  }
}

/** Fails closed: a call whose checks or id cannot be read must not run, so the whole response is refused. */
function read<T>(schema: z.ZodType<T>, wire: unknown, path = ''): T {
  const parsed = schema.safeParse(wire);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = [path, ...(issue?.path ?? [])].filter((part) => part !== '').join('.');
  const what = `${where === '' ? 'the response' : where}: ${issue?.message ?? 'invalid'}`;
  throw new ModelError(
    'model-invalid-response',
    `The model's server answered what cannot be read (${what}).`,
    {
      details: { path: where },
      hint: 'Check that the endpoint serves the OpenAI Responses API.',
    },
  );
}

const wireResponse = z.looseObject({
  id: text.min(1),
  status: text.nullish(),
  error: z.looseObject({ code: text.nullish(), message: text.nullish() }).nullish(),
  incomplete_details: z.looseObject({ reason: text.nullish() }).nullish(),
  output: z.array(anyItem),
  usage: z.unknown().optional(),
});

/** A response whose generation failed: `response.error`. */
interface WireFailure {
  readonly code: string | undefined;
  readonly message: string;
}

export type WireReading =
  | { readonly kind: 'turn'; readonly turn: Turn; readonly output: readonly WireItem[] }
  | { readonly kind: 'failure'; readonly failure: WireFailure };

/**
 * Reads the body of a response. Unknown fields and items are tolerated: an unknown item is kept as such.
 * Source: OpenAI API reference, Responses, the response object.
 * @throws ModelError model-invalid-response
 */
export function parseResponse(body: unknown): WireReading {
  const wire = read(wireResponse, body);
  const status = wire.status ?? 'completed';
  if (status === 'failed' || (wire.error !== null && wire.error !== undefined)) {
    const { code, message } = wire.error ?? {};
    return { kind: 'failure', failure: { code: code ?? undefined, message: message ?? 'no reason given' } };
  }
  if (status !== 'completed' && status !== 'incomplete') {
    throw new ModelError('model-invalid-response', `The model's server answered with status "${status}".`, {
      details: { responseId: wire.id, status },
    });
  }
  const output: readonly WireItem[] = wire.output;
  const turn: Turn = {
    responseId: wire.id,
    status,
    ...(status === 'incomplete' && { incompleteReason: wire.incomplete_details?.reason ?? 'unknown' }),
    items: output.flatMap((item) => toTurnItems(item, status === 'completed')),
    usage: parseUsage(wire.usage),
  };
  return { kind: 'turn', turn, output };
}
