import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InputError, toMessage } from '../../errors.ts';

/** Raised when a reader of the version before could not read the file. */
export const CASSETTE_VERSION = 1;

const text = z.string();
const count = z.number().int().nonnegative();
const size = z.strictObject({ width: count, height: count });
const safetyCheck = z.strictObject({ id: text, code: text.nullable(), message: text.nullable() });

const screen = z.strictObject({
  sha256: text.regex(/^[0-9a-f]{64}$/),
  width: count,
  height: count,
  cells: text.optional(),
});

const brief = z.strictObject({
  instruction: text,
  display: size,
  environment: z.enum(['linux', 'ubuntu', 'browser', 'windows', 'mac']),
  functions: z
    .array(
      z.strictObject({
        name: text,
        description: text,
        parameters: z.record(text, z.unknown()),
        strict: z.boolean(),
      }),
    )
    .exactOptional(),
});

const outcome = z.enum(['executed', 'refused']);

const request = z.strictObject({
  results: z.array(
    z.union([
      z.strictObject({ callId: text, outcome, acknowledgedSafetyChecks: z.array(safetyCheck), screen }),
      z.strictObject({ callId: text, outcome, output: text }),
    ]),
  ),
  notes: z.array(text),
  screen,
});

const callStatus = z.enum(['completed', 'in_progress', 'incomplete']);

const turnItem = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('message'), text }),
  z.strictObject({ type: z.literal('refusal'), text }),
  z.strictObject({ type: z.literal('reasoning'), summary: text }),
  z.strictObject({
    type: z.literal('computer_call'),
    callId: text,
    status: callStatus,
    actions: z.array(z.unknown()),
    pendingSafetyChecks: z.array(safetyCheck),
  }),
  z.strictObject({
    type: z.literal('function_call'),
    callId: text,
    // Recordings from before functions were offered have none.
    status: callStatus.default('completed'),
    name: text,
    arguments: text,
  }),
  z.strictObject({ type: z.literal('unknown'), wireType: text, wire: z.unknown() }),
]);

const response = z.strictObject({
  responseId: text,
  status: z.enum(['completed', 'incomplete']),
  incompleteReason: text.exactOptional(),
  items: z.array(turnItem),
  usage: z.strictObject({
    inputTokens: count,
    cachedInputTokens: count,
    outputTokens: count,
    reasoningTokens: count,
  }),
});

const failure = z.strictObject({
  code: z.enum([
    'model-authentication',
    'model-not-found',
    'model-rejected-request',
    'model-rate-limited',
    'model-unavailable',
    'model-timeout',
    'model-invalid-response',
    'model-step-failed',
  ]),
  message: text,
  hint: text.optional(),
});

const opening = z.strictObject({
  type: z.literal('cassette'),
  version: z.literal(CASSETTE_VERSION),
  model: z.strictObject({
    provider: text,
    name: text,
    tool: z.enum(['computer', 'computer_use_preview']),
  }),
  brief,
});
const exchange = z.strictObject({
  type: z.literal('exchange'),
  turn: count,
  request,
  /** How long the model took. */
  durationMs: z.number().nonnegative(),
  reply: z.union([z.strictObject({ response }), z.strictObject({ failure })]),
});
const ending = z.strictObject({ type: z.literal('end'), turns: count });
const line = z.discriminatedUnion('type', [opening, exchange, ending]);

export type CassetteLine = z.output<typeof line>;
type CassetteOpening = z.output<typeof opening>;
export type Exchange = z.output<typeof exchange>;
export type RecordedRequest = Exchange['request'];
export type RecordedFailure = z.output<typeof failure>;

/** A recorded conversation, whole. */
export interface Cassette extends Omit<CassetteOpening, 'type' | 'version'> {
  readonly exchanges: readonly Exchange[];
}

export function encodeCassetteLine(value: CassetteLine): string {
  return `${JSON.stringify(value)}\n`;
}

/** The codes of the errors that a cassette can give back. */
export function isRecordable(code: string): code is RecordedFailure['code'] {
  return failure.shape.code.safeParse(code).success;
}

/**
 * Reads a cassette and checks that it is whole.
 * @throws InputError not-found; invalid-file: no cassette, of another version, damaged or cut off
 */
export async function readCassette(path: string): Promise<Cassette> {
  const content = await readFile(path, 'utf8').catch((cause: unknown) => {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (isMissing) throw new InputError('not-found', `There is no cassette ${path}.`, { cause });
    throw new InputError('invalid-file', `The cassette ${path} cannot be read: ${toMessage(cause)}.`, {
      cause,
    });
  });
  const lines = content.split('\n');
  const rest = lines.pop();
  const [first, ...others] = lines.map((json, index) => parseLine(json, path, index + 1));
  if (first?.type !== 'cassette') throw noCassette(path, 'it has no first line that says so');
  if (rest !== '') throw cutOff(path, lines.length + 1, 'the line has no end');
  return { model: first.model, brief: first.brief, exchanges: toExchanges(others, path) };
}

function parseLine(json: string, path: string, number: number): CassetteLine {
  const raw = parseJson(json);
  const parsed = line.safeParse(raw);
  if (parsed.success) return parsed.data;
  if (number === 1) throw noCassette(path, toProblem(raw, parsed.error));
  throw new InputError(
    'invalid-file',
    `The cassette ${path} is damaged at line ${number}: ${toProblem(raw, parsed.error)}.`,
  );
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function toProblem(raw: unknown, error: z.ZodError): string {
  if (raw === undefined) return 'it is not JSON';
  const version: unknown = typeof raw === 'object' && raw !== null ? Reflect.get(raw, 'version') : undefined;
  if (typeof version === 'number' && version > CASSETTE_VERSION) {
    return `it has format ${version}; this deskhand reads formats up to ${CASSETTE_VERSION}`;
  }
  const issue = error.issues[0];
  return `${issue?.path.join('.') || 'the line'}: ${issue?.message}`;
}

function toExchanges(lines: readonly CassetteLine[], path: string): readonly Exchange[] {
  const end = lines.at(-1);
  const exchanges = lines.filter((one) => one.type === 'exchange');
  if (end?.type !== 'end')
    throw cutOff(path, lines.length + 2, `after turn ${exchanges.length} nothing comes`);
  const isInOrder = exchanges.every(({ turn }, index) => turn === index + 1);
  if (isInOrder && exchanges.length === lines.length - 1 && end.turns === exchanges.length) return exchanges;
  throw new InputError(
    'invalid-file',
    `The cassette ${path} is damaged: its turns are not 1 to ${end.turns}.`,
  );
}

function noCassette(path: string, why: string): InputError {
  return new InputError('invalid-file', `${path} is no cassette: ${why}.`, {
    hint: 'Record one with `deskhand run TASK --record-model FILE`.',
  });
}

function cutOff(path: string, number: number, what: string): InputError {
  return new InputError('invalid-file', `The cassette ${path} is cut off at line ${number}: ${what}.`, {
    hint: 'Record it again: a run that was killed leaves a cassette without its end.',
  });
}
