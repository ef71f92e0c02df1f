import type { z } from 'zod';
import { invalidRequest, invalidValue, missingParameter, unknownParameter } from './api-fault.ts';
import type { ApiFault } from './api-fault.ts';

type Path = readonly (string | number)[];
type Issue = z.core.$ZodIssue;

/** `['input', 0, 'output']` is `input[0].output`, as in the API's messages. */
export function toParam(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Reflect.get(found, part);
  }
  return found;
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function toFault(issue: Issue, value: unknown, prefix: Path): ApiFault {
  const inner = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const path = [...prefix, ...inner];
  const found = valueAt(value, inner);
  if (issue.code === 'unrecognized_keys') return unknownParameter(toParam([...path, issue.keys[0] ?? '']));
  if (found === undefined) return missingParameter(toParam(path));
  if (issue.code === 'invalid_value') return invalidValue(toParam(path), found, issue.values);
  const param = toParam(path);
  if (issue.code === 'invalid_type') {
    return invalidRequest(
      `Invalid type for '${param}': expected ${issue.expected}, but got ${nameOf(found)} instead.`,
      { param, code: 'invalid_type' },
    );
  }
  return invalidRequest(`Invalid '${param}': ${issue.message}.`, { param, code: 'invalid_value' });
}

/** @throws ApiFault for the first thing that is wrong, with its path from the request's root. */
export function strictParse<T>(schema: z.ZodType<T>, value: unknown, prefix: Path = []): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw issue === undefined ? invalidRequest('Invalid request.') : toFault(issue, value, prefix);
}
