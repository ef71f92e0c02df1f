import { z } from 'zod';
import { StorageError } from '../../errors.ts';
import { shared } from '../trajectory.ts';
import type { DialogueEntry, Pictures } from './dialogue.ts';
import { FrameCollector, toImageUrl } from './image-url.ts';
import type { ReadBack } from './responses-items.ts';

const text = z.string();
const part = z.union([
  z.strictObject({ type: z.literal('text'), text }),
  z.strictObject({ type: z.literal('image_url'), image_url: z.strictObject({ url: text }) }),
]);
const toolCall = z.strictObject({
  id: text,
  type: z.literal('function'),
  function: z.strictObject({ name: text, arguments: text }),
});
/** The messages of a chat, as fine-tuning takes them: images stand in user messages only. */
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('user'), content: z.array(part) }),
  z.strictObject({
    role: z.literal('assistant'),
    content: text.nullable(),
    /** The model's summary of its reasoning, where there is one. */
    reasoning: text.optional(),
    tool_calls: z.array(toolCall).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: text, content: text }),
]);
const example = z.strictObject({ messages: z.array(message), tools: z.array(z.looseObject({})) });

export type ChatExample = z.infer<typeof example>;
type ChatMessage = z.infer<typeof message>;
type Assistant = Extract<ChatMessage, { role: 'assistant' }>;

/** The computer tool as a function, since a chat has no other kind. */
const COMPUTER_TOOL = {
  type: 'function',
  function: {
    name: 'computer',
    description: 'Acts on the desktop: a list of actions as in the Responses API, done in order.',
    parameters: {
      type: 'object',
      properties: {
        actions: { type: 'array', items: { type: 'object' } },
        pending_safety_checks: { type: 'array', items: { type: 'object' } },
      },
      required: ['actions'],
    },
  },
} as const;

/** The answer to a call of the computer tool: the screen follows in a user message. */
const done = z.strictObject({
  executed: z.literal(true),
  acknowledged_safety_checks: z.array(shared.safetyCheck),
});

/** A dialogue as one example for supervised fine-tuning in the shape of chat messages with images. */
export function toChatExample(dialogue: readonly DialogueEntry[], pictures: Pictures): ChatExample {
  const messages: ChatMessage[] = [];
  for (const entry of dialogue) append(entry, messages, pictures);
  return { messages, tools: [COMPUTER_TOOL] };
}

function append(entry: DialogueEntry, messages: ChatMessage[], pictures: Pictures): void {
  switch (entry.kind) {
    case 'user':
      messages.push(userMessage(entry.texts, entry.frame, pictures));
      return;
    case 'screen': {
      const { callId, acknowledgedSafetyChecks: acknowledged_safety_checks } = entry;
      const content = JSON.stringify({ executed: true, acknowledged_safety_checks });
      messages.push({ role: 'tool', tool_call_id: callId, content });
      messages.push(userMessage([], entry.frame, pictures));
      return;
    }
    case 'output':
      messages.push({ role: 'tool', tool_call_id: entry.callId, content: entry.text });
      return;
    case 'reasoning':
      messages.push({ role: 'assistant', content: null, reasoning: entry.text });
      return;
    case 'message':
      messages.push({ role: 'assistant', content: entry.text });
      return;
    case 'computer': {
      const given = { actions: entry.actions, pending_safety_checks: entry.pendingSafetyChecks };
      addCall(messages, toToolCall(entry.callId, 'computer', JSON.stringify(given)));
      return;
    }
    case 'function':
      addCall(messages, toToolCall(entry.callId, entry.name, entry.arguments));
  }
}

function toToolCall(id: string, name: string, given: string): z.infer<typeof toolCall> {
  return { id, type: 'function', function: { name, arguments: given } };
}

/** A call belongs to the message before it, where that is the model's. */
function addCall(messages: ChatMessage[], call: z.infer<typeof toolCall>): void {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') messages.push({ role: 'assistant', content: null, tool_calls: [call] });
  else messages[messages.length - 1] = { ...last, tool_calls: [...(last.tool_calls ?? []), call] };
}

function userMessage(texts: readonly string[], frame: string | undefined, pictures: Pictures): ChatMessage {
  const png = frame === undefined ? undefined : pictures.get(frame);
  return {
    role: 'user',
    content: [
      ...texts.map((said) => ({ type: 'text' as const, text: said })),
      ...(png === undefined ? [] : [{ type: 'image_url' as const, image_url: { url: toImageUrl(png) } }]),
    ],
  };
}

/** Reads back what `toChatExample` made. @throws StorageError read-failed with what is wrong */
export function parseChatExample(line: string): ReadBack {
  const { messages } = parseExample(line.trim());
  const frames = new FrameCollector();
  const dialogue: DialogueEntry[] = [];
  for (const [index, one] of messages.entries()) {
    if (one.role === 'assistant') dialogue.push(...fromAssistant(one, index));
    else if (one.role === 'tool') dialogue.push(fromTool(one));
    else
      addUser(dialogue, one, {
        frames,
        isScreen:
          messages[index - 1]?.role === 'tool' && one.content.every(({ type }) => type === 'image_url'),
      });
  }
  return { dialogue, pictures: frames.pictures, leftOut: frames.leftOut };
}

function parseExample(line: string): ChatExample {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    const count = line.split('\n').length;
    const why =
      count === 1
        ? 'The example is not JSON.'
        : `One example is expected, in one line; there are ${count} lines.`;
    throw new StorageError('read-failed', why);
  }
  const parsed = example.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'the example';
  throw new StorageError('read-failed', `The example is no chat: ${where}: ${issue?.message}.`);
}

const computerArguments = z.object({
  actions: z.array(z.unknown()),
  pending_safety_checks: z.array(shared.safetyCheck).default([]),
});

function fromAssistant(
  { content, reasoning, tool_calls: calls = [] }: Assistant,
  at: number,
): readonly DialogueEntry[] {
  return [
    ...(reasoning === undefined ? [] : [{ kind: 'reasoning' as const, text: reasoning }]),
    ...(content === null ? [] : [{ kind: 'message' as const, text: content }]),
    ...calls.map(({ id: callId, function: { name, arguments: given } }, index): DialogueEntry => {
      if (name !== 'computer') return { kind: 'function', callId, name, arguments: given };
      const parsed = computerArguments.safeParse(tryJson(given));
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        const where = `messages.${at}.tool_calls.${index}.function.arguments`;
        const why = `${[where, ...(issue?.path ?? [])].join('.')}: ${issue?.message}`;
        throw new StorageError('read-failed', `The example is no chat: ${why}.`);
      }
      const { actions, pending_safety_checks: pendingSafetyChecks } = parsed.data;
      return { kind: 'computer', callId, actions, pendingSafetyChecks };
    }),
  ];
}

function fromTool({ tool_call_id: callId, content }: Extract<ChatMessage, { role: 'tool' }>): DialogueEntry {
  const answer = done.safeParse(tryJson(content));
  if (!answer.success) return { kind: 'output', callId, text: content };
  return { kind: 'screen', callId, acknowledgedSafetyChecks: answer.data.acknowledged_safety_checks };
}

function tryJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

/** A user's message of nothing but a picture after the answer of the computer tool is that tool's screen. */
function addUser(
  dialogue: DialogueEntry[],
  { content }: Extract<ChatMessage, { role: 'user' }>,
  { frames, isScreen }: { readonly frames: FrameCollector; readonly isScreen: boolean },
): void {
  const urls = content.flatMap((one) => (one.type === 'image_url' ? [one.image_url.url] : []));
  const frame = urls[0] === undefined ? undefined : frames.add(urls[0]);
  const shown = frame === undefined ? {} : { frame };
  const last = dialogue.at(-1);
  if (isScreen && last?.kind === 'screen') {
    dialogue[dialogue.length - 1] = { ...last, ...shown };
    return;
  }
  const texts = content.flatMap((one) => (one.type === 'text' ? [one.text] : []));
  dialogue.push({ kind: 'user', texts, ...shown });
}
