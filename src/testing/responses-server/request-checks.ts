import { z } from 'zod';
import type { WireItem } from '../../model/wire.ts';
import { invalidRequest, unknownParameter } from './api-fault.ts';
import { parseImageUrl } from './png.ts';
import type { PngImage } from './png.ts';
import type { ValidRequest } from './request-schema.ts';
import type { ResponseStore } from './response-store.ts';
import type { ServedModel } from './served-model.ts';

/** The parts of an item that the checks look at, in whatever item they are. */
const view = z.looseObject({
  type: z.string(),
  id: z.string().optional(),
  call_id: z.string().optional(),
  encrypted_content: z.string().nullish(),
  output: z.unknown().optional(),
  content: z.unknown().optional(),
  pending_safety_checks: z.array(z.looseObject({ id: z.string() })).nullish(),
  acknowledged_safety_checks: z.array(z.looseObject({ id: z.string() })).nullish(),
});
const screenshotView = z.looseObject({ image_url: z.string().optional(), detail: z.unknown().optional() });
const contentView = z.array(
  z.looseObject({ type: z.string(), image_url: z.string().nullish(), text: z.string().optional() }),
);

const CALLS: Readonly<Record<string, string>> = { computer_call: 'computer', function_call: 'function' };
const OUTPUTS: Readonly<Record<string, string>> = {
  computer_call_output: 'computer_call',
  function_call_output: 'function_call',
};

/** @throws ApiFault where the model does not take the tools of the request. */
export function checkTools(request: ValidRequest, served: ServedModel): void {
  const wrong = request.tools.find(({ type }) => type !== 'function' && type !== served.tool);
  if (wrong !== undefined) {
    throw invalidRequest(`Tool '${wrong.type}' is not supported with ${request.model}.`, { param: 'tools' });
  }
  const isPreview = served.tool === 'computer_use_preview';
  const withUrl = request.items.findIndex((item) => item['current_url'] !== undefined);
  if (withUrl >= 0 && !isPreview) throw unknownParameter(`input[${withUrl}].current_url`);
  if (isPreview && request.truncation !== 'auto') {
    throw invalidRequest("The computer_use_preview tool requires 'truncation' to be 'auto'.", {
      param: 'truncation',
    });
  }
  const summary = request.reasoning?.summary ?? request.reasoning?.generate_summary;
  if (summary !== undefined && summary !== null && !served.givesSummaries) {
    throw invalidRequest('Your organization must be verified to generate reasoning summaries.', {
      param: 'reasoning.summary',
      code: 'unsupported_value',
    });
  }
}

/**
 * The pictures of the request, in order.
 * @throws ApiFault for one that is no picture of a screen.
 */
export function checkImages(request: ValidRequest, served: ServedModel): readonly PngImage[] {
  return request.items.flatMap((item, index) => {
    const { type, output, content } = view.parse(item);
    const path = `input[${index}]`;
    if (type === 'computer_call_output') {
      const screenshot = screenshotView.parse(output);
      if (screenshot.detail !== undefined && screenshot.detail !== null && !served.takesDetail) {
        throw unknownParameter(`${path}.output.detail`);
      }
      return [parseImageUrl(screenshot.image_url, `${path}.output.image_url`)];
    }
    const parts = type === 'message' ? contentView.parse(content) : [];
    return parts.flatMap((part, at) =>
      part.type === 'input_image' ? [parseImageUrl(part.image_url, `${path}.content[${at}].image_url`)] : [],
    );
  });
}

/**
 * Every call before the end has exactly one output, and every check of an answered call is acknowledged.
 * @throws ApiFault
 */
export function checkCalls(items: readonly { readonly type: string }[]): void {
  const open = new Map<string, z.infer<typeof view>>();
  for (const wire of items) {
    const item = view.parse(wire);
    const callId = item.call_id ?? '';
    if (CALLS[item.type] !== undefined) open.set(callId, item);
    const answers = OUTPUTS[item.type];
    if (answers === undefined) continue;
    const call = open.get(callId);
    if (call?.type !== answers) {
      const kind = CALLS[answers];
      throw invalidRequest(`No tool call found for ${kind} call output with call_id ${callId}.`, {
        param: 'input',
      });
    }
    checkAcknowledged(call, item);
    open.delete(callId);
  }
  for (const [callId, { type }] of open) {
    throw invalidRequest(`No tool output found for ${CALLS[type]} call ${callId}.`, { param: 'input' });
  }
}

function checkAcknowledged(call: z.infer<typeof view>, output: z.infer<typeof view>): void {
  const acknowledged = new Set((output.acknowledged_safety_checks ?? []).map(({ id }) => id));
  const missing = (call.pending_safety_checks ?? []).filter(({ id }) => !acknowledged.has(id));
  if (missing.length === 0) return;
  const list = missing.map(({ id }) => `'${id}'`).join(', ');
  throw invalidRequest(`Computer tool has unacknowledged safety check for [${list}]`, { param: 'input' });
}

/**
 * Reasoning that is sent back has to be whole, and an item that reasoning led to must come right after it.
 * @throws ApiFault
 */
export function checkResentItems(input: readonly WireItem[], store: ResponseStore): void {
  const items = input.map((item) => view.parse(item));
  items.forEach((item, index) => {
    const id = item.id ?? '';
    if (item.type === 'reasoning' && !store.hasItem(id) && typeof item.encrypted_content !== 'string') {
      throw invalidRequest(
        `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false.`,
        { status: 404, param: 'input' },
      );
    }
    const needed = store.reasoningOf(id);
    if (needed !== undefined && items[index - 1]?.id !== needed) {
      throw invalidRequest(
        `Item '${id}' of type '${item.type}' was provided without its required 'reasoning' item: '${needed}'.`,
        { param: 'input' },
      );
    }
    const next = items[index + 1];
    const isFollowed = next !== undefined && store.reasoningOf(next.id ?? '') === id;
    if (item.type === 'reasoning' && !isFollowed) {
      throw invalidRequest(
        `Item '${id}' of type 'reasoning' was provided without its required following item.`,
        { param: 'input' },
      );
    }
  });
}

/** What the user says in these items. */
export function userTexts(items: readonly WireItem[]): readonly string[] {
  return items
    .filter((item) => item.type === 'message' && item['role'] === 'user')
    .flatMap((item) => contentView.parse(item['content']))
    .flatMap(({ text }) => (text === undefined ? [] : [text]));
}
