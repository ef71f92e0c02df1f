import { z } from 'zod';
import { StorageError } from '../../errors.ts';
import { shared } from '../trajectory.ts';
import type { DialogueEntry, Pictures } from './dialogue.ts';
import { FrameCollector, toImageUrl } from './image-url.ts';

type Item = Readonly<Record<string, unknown>>;

/**
 * A dialogue as items of OpenAI's Responses API, one a line: what `input` of a request would hold. A frame that was lost
 * leaves a text in its place.
 */
export function toResponsesItems(dialogue: readonly DialogueEntry[], pictures: Pictures): readonly Item[] {
  return dialogue.map((entry) => toItem(entry, pictures));
}

const NO_SCREEN = 'The screen was not recorded.';

function toItem(entry: DialogueEntry, pictures: Pictures): Item {
  switch (entry.kind) {
    case 'user':
      return { type: 'message', role: 'user', content: toContent(entry, pictures) };
    case 'reasoning':
      return { type: 'reasoning', summary: [{ type: 'summary_text', text: entry.text }] };
    case 'message':
      return { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: entry.text }] };
    case 'computer':
      return {
        type: 'computer_call',
        call_id: entry.callId,
        status: 'completed',
        actions: entry.actions,
        pending_safety_checks: entry.pendingSafetyChecks,
      };
    case 'function': {
      const { callId: call_id, name, arguments: given } = entry;
      return { type: 'function_call', call_id, name, arguments: given, status: 'completed' };
    }
    case 'screen':
      return {
        type: 'computer_call_output',
        call_id: entry.callId,
        output: toScreen(entry.frame, pictures),
        acknowledged_safety_checks: entry.acknowledgedSafetyChecks,
      };
    case 'output':
      return { type: 'function_call_output', call_id: entry.callId, output: entry.text };
  }
}

function urlOf(frame: string | undefined, pictures: Pictures): string | undefined {
  const png = frame === undefined ? undefined : pictures.get(frame);
  return png === undefined ? undefined : toImageUrl(png);
}

function toScreen(frame: string | undefined, pictures: Pictures): Item {
  const url = urlOf(frame, pictures);
  return { type: 'computer_screenshot', ...(url === undefined ? {} : { image_url: url }) };
}

function toContent({ texts, frame }: Extract<DialogueEntry, { kind: 'user' }>, pictures: Pictures) {
  const url = urlOf(frame, pictures);
  const isLost = frame !== undefined && url === undefined;
  return [
    ...texts.map((text) => ({ type: 'input_text', text })),
    ...(url === undefined ? [] : [{ type: 'input_image', image_url: url, detail: 'original' }]),
    ...(isLost ? [{ type: 'input_text', text: NO_SCREEN }] : []),
  ];
}

const { safetyCheck } = shared;
const text = z.string();

/** What `toResponsesItems` writes, read leniently where the API has more. */
const wire = z.union([
  z.looseObject({
    type: z.literal('message'),
    role: z.literal('user'),
    content: z.array(z.looseObject({ type: text, text: text.optional(), image_url: text.optional() })),
  }),
  z.looseObject({
    type: z.literal('message'),
    role: z.literal('assistant'),
    content: z.array(z.looseObject({ text: text.optional(), refusal: text.optional() })),
  }),
  z.looseObject({ type: z.literal('reasoning'), summary: z.array(z.looseObject({ text })) }),
  z.looseObject({
    type: z.literal('computer_call'),
    call_id: text,
    actions: z.array(z.unknown()),
    pending_safety_checks: z.array(safetyCheck).default([]),
  }),
  z.looseObject({ type: z.literal('function_call'), call_id: text, name: text, arguments: text }),
  z.looseObject({
    type: z.literal('computer_call_output'),
    call_id: text,
    output: z.looseObject({ image_url: text.optional() }),
    acknowledged_safety_checks: z.array(safetyCheck).default([]),
  }),
  z.looseObject({ type: z.literal('function_call_output'), call_id: text, output: text }),
]);

export interface ReadBack {
  readonly dialogue: readonly DialogueEntry[];
  readonly pictures: Pictures;
  /** How many pictures are not in the file itself, or no PNG. */
  readonly leftOut: number;
}

/** @throws StorageError read-failed with the line and what is wrong with it */
export function parseResponsesItems(lines: string): ReadBack {
  const frames = new FrameCollector();
  const dialogue = lines
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [toEntry(parseLine(line, index + 1), frames)]));
  return { dialogue, pictures: frames.pictures, leftOut: frames.leftOut };
}

function parseLine(line: string, number: number): z.infer<typeof wire> {
  const fail = (why: string): StorageError =>
    new StorageError('read-failed', `Line ${number} is not an item of the Responses API: ${why}.`);
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw fail('it is not JSON');
  }
  const parsed = wire.safeParse(json);
  if (parsed.success) return parsed.data;
  throw fail(whatIsWrong(parsed.error));
}

/** The first field that is wrong in the shape that the item says to be of. */
function whatIsWrong({ issues }: z.ZodError): string {
  const [issue] = issues;
  const shapes = issue?.code === 'invalid_union' ? issue.errors : [];
  const own = shapes.find((problems) => !problems.some(({ path: [at] }) => at === 'type' || at === 'role'));
  const [wrong] = own ?? [];
  if (wrong === undefined)
    return 'type: no such item is known, or its role is not that of a user or an assistant';
  return `${wrong.path.join('.')}: ${wrong.message}`;
}

function toEntry(item: z.infer<typeof wire>, frames: FrameCollector): DialogueEntry {
  switch (item.type) {
    case 'message':
      return item.role === 'user'
        ? toUser(item.content, frames)
        : { kind: 'message', text: saidIn(item.content) };
    case 'reasoning':
      return { kind: 'reasoning', text: item.summary.map(({ text }) => text).join('\n\n') };
    case 'computer_call': {
      const { call_id: callId, actions, pending_safety_checks: pendingSafetyChecks } = item;
      return { kind: 'computer', callId, actions, pendingSafetyChecks };
    }
    case 'function_call':
      return { kind: 'function', callId: item.call_id, name: item.name, arguments: item.arguments };
    case 'computer_call_output': {
      const { call_id: callId, output, acknowledged_safety_checks: acknowledgedSafetyChecks } = item;
      const frame = output.image_url === undefined ? undefined : frames.add(output.image_url);
      return { kind: 'screen', callId, ...(frame === undefined ? {} : { frame }), acknowledgedSafetyChecks };
    }
    case 'function_call_output':
      return { kind: 'output', callId: item.call_id, text: item.output };
  }
}

function saidIn(
  parts: readonly { readonly text?: string | undefined; readonly refusal?: string | undefined }[],
): string {
  return parts.map(({ text, refusal }) => text ?? refusal ?? '').join('');
}

function toUser(
  parts: readonly { readonly text?: string | undefined; readonly image_url?: string | undefined }[],
  frames: FrameCollector,
): DialogueEntry {
  const texts = parts.flatMap(({ text }) => (text === undefined ? [] : [text]));
  const url = parts.find(({ image_url: image }) => image !== undefined)?.image_url;
  const frame = url === undefined ? undefined : frames.add(url);
  return { kind: 'user', texts, ...(frame === undefined ? {} : { frame }) };
}
