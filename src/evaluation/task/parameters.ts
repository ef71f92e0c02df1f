import { createHash } from 'node:crypto';
import { z } from 'zod';
import { jsonValue } from '../json-value.ts';

const NAME = /^[A-Za-z]\w*$/;
const named = z.string().regex(NAME, { error: 'expected a name of letters, digits and underscores' });

const integerRange = z
  .strictObject({ integer: z.strictObject({ from: z.int(), to: z.int() }) })
  .refine(({ integer: { from, to } }) => from <= to, { error: 'expected from not to be greater than to' });
const choice = z.strictObject({ oneOf: z.array(jsonValue).min(1) });

/** What `{{name}}` stands for: a value, or one that is drawn anew for each seed. */
export const parametersSchema = z
  .record(named, z.union([choice, integerRange, z.string(), z.number(), z.boolean()]))
  .meta({
    description:
      'What {{name}} stands for in the other fields: a value, { oneOf: [...] } or { integer: { from, to } }.',
  });

/** Tasks of their own that differ in some parameters only. */
export const variantsSchema = z
  .record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, { error: 'expected letters, digits, dots and dashes' }),
    z.record(named, jsonValue),
  )
  .refine((variants) => Object.keys(variants).length > 0, { error: 'expected at least one variant' })
  .meta({ description: 'Tasks that differ in parameters: names, each with its parameters.' });

/** The part of a task file that makes several tasks of it. */
export const familySchema = z.looseObject({
  parameters: parametersSchema.optional(),
  variants: variantsSchema.optional(),
});

export type Family = z.output<typeof familySchema>;

export interface Draw {
  readonly variant?: string | undefined;
  /** The same seed draws the same values, on every machine. */
  readonly seed: number;
}

/** The values that a draw gives to the parameters of a task. */
export function drawParameters(family: Family, { variant, seed }: Draw): ReadonlyMap<string, unknown> {
  const drawn = Object.entries(family.parameters ?? {}).map(
    ([name, parameter]) => [name, drawValue(parameter, `${seed} ${name}`)] as const,
  );
  const own = variant === undefined ? {} : (family.variants?.[variant] ?? {});
  return new Map<string, unknown>([...drawn, ...Object.entries(own)]);
}

type Parameter = z.output<typeof parametersSchema>[string];

function drawValue(parameter: Parameter, key: string): unknown {
  if (typeof parameter !== 'object') return parameter;
  if ('oneOf' in parameter) return parameter.oneOf[drawIndex(parameter.oneOf.length, key)];
  const { from, to } = parameter.integer;
  return from + drawIndex(to - from + 1, key);
}

/** Even to within 2^-48 of a choice, for as many as anybody writes down. */
function drawIndex(count: number, key: string): number {
  return createHash('sha256').update(key).digest().readUIntBE(0, 6) % count;
}

const PLACEHOLDER = /\{\{\s*([A-Za-z][\w.]*)\s*\}\}/g;
const WHOLE = /^\{\{\s*([A-Za-z][\w.]*)\s*\}\}$/;

/**
 * A task with its parameters filled in. A text that is a placeholder and nothing else becomes the value itself, so that a
 * number stays a number. What is no parameter stays as it is: other notations use double braces too.
 */
export function fillIn(raw: unknown, values: ReadonlyMap<string, unknown>): unknown {
  if (values.size === 0) return withoutFamily(raw);
  return fillValue(withoutFamily(raw), values);
}

function withoutFamily(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  return Object.fromEntries(
    Object.entries(raw).filter(([name]) => name !== 'parameters' && name !== 'variants'),
  );
}

function fillValue(value: unknown, values: ReadonlyMap<string, unknown>): unknown {
  if (typeof value === 'string') return fillText(value, values);
  if (Array.isArray(value)) return value.map((item) => fillValue(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [String(fillText(name, values)), fillValue(item, values)]),
  );
}

function fillText(text: string, values: ReadonlyMap<string, unknown>): unknown {
  const whole = WHOLE.exec(text)?.[1];
  const found = whole === undefined ? undefined : lookUp(whole, values);
  if (found !== undefined) return found;
  return text.replace(PLACEHOLDER, (placeholder, path: string) => {
    const value = lookUp(path, values);
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return isPlain ? String(value) : placeholder;
  });
}

/** `sum.left` is the field `left` of the parameter `sum`. */
function lookUp(path: string, values: ReadonlyMap<string, unknown>): unknown {
  const [name = '', ...fields] = path.split('.');
  return fields.reduce<unknown>(
    (value, field) => (typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined),
    values.get(name),
  );
}
