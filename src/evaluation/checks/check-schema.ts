import { z } from 'zod';
import { nearestName } from '../../util/nearest.ts';
import { browserCheck } from './browser-check.ts';
import { commandCheck } from './command-check.ts';
import { type CommonFields, commonFields } from './check.ts';
import { archiveCheck, databaseCheck, dataCheck, documentCheck, tableCheck } from './content-checks.ts';
import { clipboardCheck, messageCheck, processCheck, windowCheck } from './desktop-checks.ts';
import { fileCheck } from './file-check.ts';
import { judgeCheck } from './judge-check.ts';
import { imageCheck, screenCheck } from './picture-checks.ts';
import { scriptCheck } from './script-check.ts';

const plainCheck = z.union([
  commandCheck,
  fileCheck,
  screenCheck,
  documentCheck,
  dataCheck,
  tableCheck,
  databaseCheck,
  archiveCheck,
  imageCheck,
  windowCheck,
  processCheck,
  clipboardCheck,
  messageCheck,
  scriptCheck,
  judgeCheck,
  browserCheck,
]);

export type PlainCheck = z.output<typeof plainCheck>;

/** Checks put together. */
interface GroupCheck extends CommonFields {
  readonly kind: 'all' | 'any' | 'none';
  readonly checks: readonly Check[];
}

export type Check = PlainCheck | GroupCheck;

// Recursive: what a check is made of are checks.
const inner: z.ZodType<Check> = z.lazy(() => checkSchema);
const inners = z.array(inner).min(1);

const allCheck = z
  .strictObject({ all: inners.meta({ description: 'All of these.' }), ...commonFields })
  .transform(({ all: checks, ...common }): GroupCheck => ({ kind: 'all', checks, ...common }));

const anyCheck = z
  .strictObject({ any: inners.meta({ description: 'At least one of these.' }), ...commonFields })
  .transform(({ any: checks, ...common }): GroupCheck => ({ kind: 'any', checks, ...common }));

const notCheck = z
  .strictObject({ not: inner.meta({ description: 'This does not hold.' }), ...commonFields })
  .transform(({ not: check, ...common }): GroupCheck => ({ kind: 'none', checks: [check], ...common }));

/** How a task's outcome is told from the state of the machine; the model never sees it. */
export const checkSchema: z.ZodType<Check> = z
  .union([plainCheck, allCheck, anyCheck, notCheck], { error: ({ input }) => problemOfKind(input) })
  .meta({ id: 'check' });

/** The field that says of what kind a check is. */
const KIND_FIELDS = [
  'command',
  'file',
  'screen',
  'document',
  'data',
  'table',
  'database',
  'archive',
  'image',
  'window',
  'process',
  'clipboard',
  'message',
  'script',
  'judge',
  'browser',
  'all',
  'any',
  'not',
];

/** Nothing where the kind can be told: then the schema of that kind says what is wrong. */
function problemOfKind(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return undefined;
  const isTold = Object.keys(input).some((field) => nearestName(field, KIND_FIELDS) !== undefined);
  return isTold ? undefined : `expected one of the fields ${KIND_FIELDS.join(', ')}`;
}

/** All plain checks, those inside groups among them, with their paths. */
export function* plainChecksOf(
  checks: readonly Check[],
  path: readonly PropertyKey[] = [],
): Generator<{ readonly check: PlainCheck; readonly path: readonly PropertyKey[] }> {
  for (const [index, check] of checks.entries()) {
    if (!('checks' in check)) {
      yield { check, path: [...path, index] };
      continue;
    }
    if (check.kind === 'none') {
      for (const { check: only, path: below } of plainChecksOf(check.checks)) {
        yield { check: only, path: [...path, index, 'not', ...below.slice(1)] };
      }
    } else {
      yield* plainChecksOf(check.checks, [...path, index, check.kind]);
    }
  }
}
