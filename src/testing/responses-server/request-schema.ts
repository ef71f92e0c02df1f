import { z } from 'zod';
import type { WireItem } from '../../model/wire.ts';
import { invalidRequest, invalidValue, missingParameter } from './api-fault.ts';
import { strictParse, toParam } from './strict-parse.ts';

/*
 * The documented fields of `POST /responses` (OpenAI API reference, Responses, create; types of openai 7.57).
 * Whatever is not here is refused as an unknown parameter.
 */

const text = z.string();
const count = z.number().int();
const status = z.enum(['in_progress', 'completed', 'incomplete']).nullish();
const detail = z.enum(['low', 'high', 'auto', 'original']).nullish();
const safetyCheck = z.strictObject({ id: text, code: text.nullish(), message: text.nullish() });

const toolSchemas = {
  computer: z.strictObject({ type: z.literal('computer') }),
  computer_use_preview: z.strictObject({
    type: z.literal('computer_use_preview'),
    display_width: count.positive(),
    display_height: count.positive(),
    environment: z.enum(['windows', 'mac', 'linux', 'ubuntu', 'browser']),
  }),
  function: z.strictObject({
    type: z.literal('function'),
    name: text.regex(/^[a-zA-Z0-9_-]{1,64}$/, {
      error: "expected a string of letters, digits, '_' and '-', at most 64",
    }),
    parameters: z.record(text, z.unknown()).nullable(),
    strict: z.boolean().nullable(),
    description: text.nullish(),
  }),
} as const;

export type Tool = z.infer<(typeof toolSchemas)[keyof typeof toolSchemas]>;

const partSchemas = {
  input_text: z.strictObject({ type: z.literal('input_text'), text }),
  input_image: z.strictObject({
    type: z.literal('input_image'),
    image_url: text.nullish(),
    file_id: text.nullish(),
    detail,
  }),
  output_text: z.strictObject({
    type: z.literal('output_text'),
    text,
    annotations: z.array(z.unknown()).optional(),
    logprobs: z.array(z.unknown()).nullish(),
  }),
  refusal: z.strictObject({ type: z.literal('refusal'), refusal: text }),
} as const;

const USER_PARTS = ['input_text', 'input_image'] as const;
const ASSISTANT_PARTS = ['output_text', 'refusal'] as const;

const messageSchema = z.strictObject({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.unknown().optional(),
  id: text.optional(),
  status,
  phase: z.enum(['commentary', 'final_answer']).nullish(),
});

const itemSchemas = {
  computer_call: z.strictObject({
    type: z.literal('computer_call'),
    id: text,
    call_id: text,
    status,
    pending_safety_checks: z.array(safetyCheck).nullish(),
    action: z.looseObject({ type: text }).optional(),
    actions: z.array(z.looseObject({ type: text })).optional(),
  }),
  computer_call_output: z.strictObject({
    type: z.literal('computer_call_output'),
    call_id: text,
    id: text.nullish(),
    status,
    output: z.strictObject({
      type: z.literal('computer_screenshot'),
      image_url: text.optional(),
      file_id: text.optional(),
      detail,
    }),
    acknowledged_safety_checks: z.array(safetyCheck).nullish(),
    current_url: text.nullish(),
  }),
  function_call: z.strictObject({
    type: z.literal('function_call'),
    id: text.optional(),
    call_id: text,
    name: text,
    arguments: text,
    status,
  }),
  function_call_output: z.strictObject({
    type: z.literal('function_call_output'),
    id: text.nullish(),
    call_id: text,
    output: z.union([text, z.array(z.unknown())]),
    status,
  }),
  reasoning: z.strictObject({
    type: z.literal('reasoning'),
    id: text,
    summary: z.array(z.strictObject({ type: z.literal('summary_text'), text })),
    content: z.array(z.strictObject({ type: z.literal('reasoning_text'), text })).optional(),
    encrypted_content: text.nullish(),
    status,
  }),
} as const;

const requestSchema = z.strictObject({
  model: text,
  input: z.unknown().optional(),
  instructions: text.nullish(),
  tools: z.array(z.unknown()).optional(),
  tool_choice: z.unknown().optional(),
  parallel_tool_calls: z.boolean().nullish(),
  previous_response_id: text.nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  background: z.boolean().nullish(),
  include: z
    .array(
      z.enum([
        'file_search_call.results',
        'web_search_call.results',
        'web_search_call.action.sources',
        'message.input_image.image_url',
        'computer_call_output.output.image_url',
        'code_interpreter_call.outputs',
        'reasoning.encrypted_content',
        'message.output_text.logprobs',
      ]),
    )
    .nullish(),
  reasoning: z
    .strictObject({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
      generate_summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
    })
    .nullish(),
  max_output_tokens: count.min(16).nullish(),
  max_tool_calls: count.nullish(),
  metadata: z.record(text, text).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  text: z.unknown().optional(),
  service_tier: text.nullish(),
  safety_identifier: text.nullish(),
  prompt_cache_key: text.nullish(),
  user: text.optional(),
});

export interface ValidRequest extends Omit<z.infer<typeof requestSchema>, 'input' | 'tools'> {
  readonly items: readonly WireItem[];
  readonly tools: readonly Tool[];
}

type Path = readonly (string | number)[];

function typeAt(value: unknown, path: Path): string {
  const type: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'type') : undefined;
  if (typeof type === 'string') return type;
  throw missingParameter(toParam([...path, 'type']));
}

function hasKey<T extends object>(table: T, key: string): key is string & keyof T {
  return Object.hasOwn(table, key);
}

function parseTool(value: unknown, path: Path): Tool {
  const type = typeAt(value, path);
  if (hasKey(toolSchemas, type)) {
    const tool = strictParse<Tool>(toolSchemas[type], value, path);
    if (tool.type === 'function') checkParameters(tool, path);
    return tool;
  }
  throw invalidValue(toParam([...path, 'type']), type, Object.keys(toolSchemas));
}

type FunctionTool = Extract<Tool, { type: 'function' }>;

/** With `strict`, the schema has to be one that the server can hold the model to. */
function checkParameters({ name, parameters, strict }: FunctionTool, path: Path): void {
  const param = toParam([...path, 'parameters']);
  const refuse = (why: string): Error =>
    invalidRequest(`Invalid schema for function '${name}': ${why}`, {
      param,
      code: 'invalid_function_parameters',
    });
  if (parameters !== null && parameters['type'] !== 'object') {
    throw refuse(
      `schema must be a JSON Schema of 'type: "object"', got 'type: "${String(parameters['type'])}"'.`,
    );
  }
  if (strict !== true || parameters === null) return;
  if (parameters['additionalProperties'] !== false) {
    throw refuse("In context=(), 'additionalProperties' is required to be supplied and to be false.");
  }
  const { properties, required } = parameters;
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  const asked: readonly unknown[] = Array.isArray(required) ? required : [];
  const missing = names.find((one) => !asked.includes(one));
  if (missing === undefined) return;
  throw refuse(
    `In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`,
  );
}

function parsePart(value: unknown, path: Path, allowed: readonly (keyof typeof partSchemas)[]): void {
  const type = typeAt(value, path);
  const known = allowed.find((name) => name === type);
  if (known === undefined) throw invalidValue(toParam([...path, 'type']), type, allowed);
  strictParse<unknown>(partSchemas[known], value, path);
}

function parseMessage(value: unknown, path: Path): WireItem {
  const message = strictParse(messageSchema, value, path);
  const isAssistant = message.role === 'assistant';
  const type = isAssistant ? 'output_text' : 'input_text';
  const { content } = message;
  if (content === undefined) throw missingParameter(toParam([...path, 'content']));
  if (typeof content === 'string') {
    return { ...message, type: 'message', content: [{ type, text: content }] };
  }
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  if (parts.length === 0) {
    const param = toParam([...path, 'content']);
    throw invalidRequest(`Invalid '${param}': expected a string or an array with content.`, { param });
  }
  const allowed = isAssistant ? ASSISTANT_PARTS : USER_PARTS;
  parts.forEach((part, index) => parsePart(part, [...path, 'content', index], allowed));
  return { ...message, type: 'message', content: parts };
}

function parseItem(value: unknown, path: Path): WireItem {
  const hasRole = typeof value === 'object' && value !== null && 'role' in value && !('type' in value);
  const type = hasRole ? 'message' : typeAt(value, path);
  if (type === 'message') return parseMessage(value, path);
  if (hasKey(itemSchemas, type)) return strictParse<WireItem>(itemSchemas[type], value, path);
  throw invalidValue(toParam([...path, 'type']), type, ['message', ...Object.keys(itemSchemas)]);
}

function parseInput(input: unknown): readonly WireItem[] {
  if (typeof input === 'string') {
    return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
  }
  if (input === undefined) throw missingParameter('input');
  if (Array.isArray(input)) return input.map((item: unknown, index) => parseItem(item, ['input', index]));
  throw invalidRequest("Invalid type for 'input': expected a string or an array of items.", {
    param: 'input',
    code: 'invalid_type',
  });
}

/** @throws ApiFault */
export function parseRequest(body: unknown): ValidRequest {
  const { input, tools, ...rest } = strictParse(requestSchema, body);
  return {
    ...rest,
    tools: (tools ?? []).map((tool, index) => parseTool(tool, ['tools', index])),
    items: parseInput(input),
  };
}
