import type { z } from 'zod';
import { nearestName } from '../util/nearest.ts';

/** One thing that is wrong with a value, and where in it. */
export interface ValueProblem {
  readonly path: readonly PropertyKey[];
  /** Set for an unknown field: the path is that of the field itself, and its key is what is wrong. */
  readonly isAboutKey: boolean;
  /** The end of a sentence about the field: `expected …; has …`. */
  readonly message: string;
}

export type Validation<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly ValueProblem[] };

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

const MAX_SHOWN = 60;
const KNOWN_FIELDS = '\u0000';
const ZOD_DEFAULT = 'Invalid input';

/** Validates with messages that say what is expected and what is there; every problem is reported. */
export function validate<S extends z.ZodType>(schema: S, value: unknown): Validation<z.output<S>> {
  const result = schema.safeParse(value, { error: toText });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: result.error.issues.flatMap((issue) => toProblems(issue, value, [])) };
}

/** `checks[0].stdout`, from a path. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

/** A value in a message: short, on one line. */
function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'nothing',
};

function toText(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return expectation(TYPE_NAMES[issue.expected] ?? issue.expected, issue.input);
    case 'invalid_value':
      return unknownValue(issue.values.map(String), issue.input);
    case 'too_small':
      return expectation(amount(issue.origin, issue.minimum, 'at least'), issue.input);
    case 'too_big':
      return expectation(amount(issue.origin, issue.maximum, 'at most'), issue.input);
    case 'unrecognized_keys':
      return knownFields(issue).join(KNOWN_FIELDS);
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return undefined;
  }
}

/** `expected …; has …`, or that the value is missing. */
export function expectation(expected: string, input: unknown): string {
  return input === undefined
    ? `is missing; expected ${expected}`
    : `expected ${expected}; has ${showValue(input)}`;
}

function unknownValue(values: readonly string[], input: unknown): string {
  const text = expectation(values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`, input);
  const near = typeof input === 'string' ? nearestName(input, values) : undefined;
  return near === undefined ? text : `${text}; did you mean ${near}?`;
}

function amount(origin: string, limit: number | bigint, bound: string): string {
  if (origin === 'string') return limit === 1 ? 'some text' : `${bound} ${limit} characters`;
  if (origin === 'array') return `${bound} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  return `${bound} ${limit}`;
}

function knownFields(issue: RawIssue): readonly string[] {
  const definition: unknown = issue.inst?._zod.def;
  const shape =
    typeof definition === 'object' && definition !== null && 'shape' in definition ? definition.shape : {};
  return Object.keys(shape ?? {});
}

function toProblems(issue: Issue, value: unknown, base: readonly PropertyKey[]): readonly ValueProblem[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.split(KNOWN_FIELDS);
    return issue.keys.map((key) => ({
      path: [...path, key],
      isAboutKey: true,
      message: unknownField(key, known),
    }));
  }
  // A union that has words of its own keeps them.
  const isSilentUnion = issue.code === 'invalid_union' && issue.message === ZOD_DEFAULT;
  if (isSilentUnion) return toUnionProblems(issue, value, path);
  return [{ path, isAboutKey: false, message: issue.message }];
}

function unknownField(key: string, known: readonly string[]): string {
  const near = nearestName(key, known);
  const expected = `expected one of ${known.join(', ')}`;
  return near === undefined
    ? `unknown field; ${expected}`
    : `unknown field; did you mean ${near}? ${expected}`;
}

/** Of the alternatives of a union, the problems of the one that the value was most likely meant to be. */
function toUnionProblems(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  value: unknown,
  path: readonly PropertyKey[],
): readonly ValueProblem[] {
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const best = Math.min(...branches.map(strangeness));
  const likely = branches.filter((branch) => strangeness(branch) === best);
  const [first, ...others] = likely;
  if (first === undefined) return [{ path, isAboutKey: false, message: issue.message }];
  if (others.length === 0) return first.flatMap((inner) => toProblems(inner, value, path));
  return toTiedProblems(likely, value, path);
}

/** The value may be meant for any of several alternatives: what would fit any of them is expected. */
function toTiedProblems(
  branches: readonly (readonly Issue[])[],
  value: unknown,
  path: readonly PropertyKey[],
): readonly ValueProblem[] {
  const issues = branches.flat();
  const unknown = issues.filter((issue) => issue.code === 'unrecognized_keys');
  if (unknown.length > 0) {
    const known = unique(unknown.flatMap(({ message }) => message.split(KNOWN_FIELDS)));
    const keys = unique(unknown.flatMap((issue) => issue.keys)).filter((key) => !known.includes(key));
    return keys.map((key) => ({ path: [...path, key], isAboutKey: true, message: unknownField(key, known) }));
  }
  const isLacking = issues.every((issue) => issue.path.length > 0 && isMissing(issue));
  const fields = unique(issues.map((issue) => formatPath(issue.path)));
  const message = isLacking
    ? `expected one of the fields ${fields.join(', ')}`
    : expectation(unique(issues.map(toExpected)).join(' or '), lookUp(value, path));
  return [{ path, isAboutKey: false, message }];
}

function toExpected({ message }: Issue): string {
  return /expected (?<what>[^;]+)/.exec(message)?.groups?.['what'] ?? message;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

/** How far a value is from an alternative: of another type, then lacking a field, then having an unknown one. */
function strangeness(branch: readonly Issue[]): number {
  return branch.reduce((sum, issue) => {
    if (issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value'))
      return sum + 100;
    if (issue.code === 'unrecognized_keys') return sum + 5 * issue.keys.length;
    return sum + (isMissing(issue) ? 10 : 1);
  }, 0);
}

function isMissing(issue: Issue): boolean {
  if (issue.code !== 'invalid_union') return issue.message.startsWith('is missing');
  return issue.errors.flat().every((inner) => inner.path.length === 0 && isMissing(inner));
}

function lookUp(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}
