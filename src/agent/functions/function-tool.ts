import { z } from 'zod';
import type { FunctionDeclaration } from '../../action/function-call.ts';
import { ActionError, InputError } from '../../errors.ts';
import type { Desktop } from '../desktop.ts';
import { isStrictSchema } from './strict-schema.ts';

/** What a function may work with while it runs. */
export interface FunctionContext {
  readonly desktop: Desktop;
  /** Aborts when the run is stopped or the function's time is over. */
  readonly signal: AbortSignal;
}

type Arguments = Readonly<Record<string, unknown>>;

/** A function that the model may call: every call is decided by the gate before it runs. */
export interface FunctionTool {
  readonly declaration: FunctionDeclaration;
  /** ms that one call may take. */
  readonly timeoutMs: number;
  /** Checks the arguments that the model gave. @throws ActionError invalid-action */
  parse(given: unknown): Arguments;
  /** What the model is told. Whatever is thrown is told to it too, and the rest of its turn does not run. */
  run(given: Arguments, context: FunctionContext): Promise<string>;
}

/** JSON Schema of an object: `{ type: 'object', properties: { … } }`. */
export type ObjectSchema = Readonly<Record<string, unknown>> & { readonly type: 'object' };

export interface FunctionOptions<Given> {
  /** Letters, digits, dashes and underscores, at most 64. */
  readonly name: string;
  /** Tells the model what the function does and when to use it. */
  readonly description: string;
  /** ms that one call may take. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** A result that is not a text is given to the model as JSON. */
  readonly run: (given: Given, context: FunctionContext) => unknown;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * A function for the model, with its parameters as a zod object or as JSON Schema.
 * @throws InputError when the name or the parameters are nothing that the API takes
 */
export function defineFunction<Schema extends z.ZodObject>(
  options: FunctionOptions<z.output<Schema>> & { readonly parameters: Schema },
): FunctionTool;
export function defineFunction(
  options: FunctionOptions<Arguments> & { readonly parameters: ObjectSchema },
): FunctionTool;
export function defineFunction(
  options: FunctionOptions<never> & { readonly parameters: z.ZodObject | ObjectSchema },
): FunctionTool {
  const { name, description, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if (!NAME.test(name)) {
    throw new InputError('invalid-option', `"${name}" is no name of a function.`, {
      hint: 'Use letters, digits, dashes and underscores, at most 64.',
    });
  }
  const { schema, parameters } = toSchemas(options.parameters, name);
  const run: (given: never, context: FunctionContext) => unknown = options.run;
  return {
    declaration: { name, description, parameters, strict: isStrictSchema(parameters) },
    timeoutMs,
    parse: (given) => parseArguments(schema, given),
    run: async (given, context) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `parse` returns is what `run` takes
      const result = await run(given as never, context);
      return typeof result === 'string' ? result : (JSON.stringify(result) ?? 'Done.');
    },
  };
}

/** @throws InputError when two functions have one name. */
export function toFunctionTable(functions: readonly FunctionTool[]): ReadonlyMap<string, FunctionTool> {
  const table = new Map(functions.map((one) => [one.declaration.name, one]));
  if (table.size === functions.length) return table;
  throw new InputError('invalid-option', 'Two functions have the same name.', {
    details: { names: functions.map(({ declaration }) => declaration.name) },
  });
}

function toSchemas(
  parameters: z.ZodObject | ObjectSchema,
  name: string,
): { readonly schema: z.ZodType; readonly parameters: FunctionDeclaration['parameters'] } {
  try {
    if (!(parameters instanceof z.ZodObject)) {
      return { schema: z.fromJSONSchema(parameters), parameters };
    }
    const { $schema: _, ...json } = z.toJSONSchema(parameters, { io: 'input' });
    return { schema: parameters, parameters: { ...json, additionalProperties: false } };
  } catch (cause) {
    throw new InputError('invalid-option', `The parameters of the function "${name}" are no JSON Schema.`, {
      cause,
    });
  }
}

function parseArguments(schema: z.ZodType, given: unknown): Arguments {
  const parsed = schema.safeParse(given);
  const value: unknown = parsed.data;
  if (parsed.success && isObject(value)) return value;
  const issues = parsed.error?.issues ?? [];
  const told = issues.map(({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`).join('; ');
  throw new ActionError('invalid-action', `Its arguments do not fit: ${told || 'an object is expected'}.`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
