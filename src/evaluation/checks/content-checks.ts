import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { toPrintable } from '../../util/printable.ts';
import type { ContentKind, ContentKinds } from '../content/content.ts';
import { endingsOf, isReadable, type Reading } from '../content/formats.ts';
import { jsonValue } from '../json-value.ts';
import { sandboxPath } from '../task/command-schema.ts';
import { type CheckContext, commonFields, failed, type Finding, passed } from './check.ts';
import { readOrFail } from './read-or-fail.ts';
import { readSandboxFile } from './sandbox-file.ts';
import { findFault, showText } from './text-rule.ts';
import { hasClause, ruleClauses, ruleRefusals, textRuleSchema } from './text-rule-schema.ts';

/** A path whose ending says how it is read. */
function readablePath(reading: Reading) {
  return sandboxPath.refine((path) => isReadable(reading, path), {
    error: `expected a path that ends with ${endingsOf(reading)}`,
  });
}

export const documentCheck = z
  .strictObject({ document: readablePath('text'), ...ruleClauses, not: ruleRefusals, ...commonFields })
  .refine(hasClause, { error: 'expected at least one of equals, contains, matches, not' })
  .transform(({ document: path, equals, contains, matches, not, ...common }) => ({
    kind: 'document' as const,
    path,
    rule: { equals, contains, matches, not },
    ...common,
  }));

const nodeClauses = ['equals', 'values', 'count', 'text'] as const;

export const dataCheck = z
  .strictObject({
    data: readablePath('nodes'),
    at: z.string().startsWith('$', { error: 'expected a JSONPath, which starts with $' }).default('$').meta({
      description: 'A JSONPath (RFC 9535). Default $: the whole.',
    }),
    equals: jsonValue.optional().meta({ description: 'The one value that is found there.' }),
    values: z.array(jsonValue).optional().meta({ description: 'All values that are found, in order.' }),
    count: z.int().min(0).optional().meta({ description: 'How many values are found.' }),
    text: textRuleSchema.optional().meta({ description: 'What is wanted of the one text that is found.' }),
    ...commonFields,
  })
  .refine((check) => nodeClauses.some((clause) => check[clause] !== undefined), {
    error: 'expected at least one of equals, values, count, text',
  })
  .transform(({ data: path, ...check }) => ({ kind: 'data' as const, path, ...check }));

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const CELL_NAME = /^([A-Z]{1,3})([1-9]\d*)$/;

export const tableCheck = z
  .strictObject({
    table: readablePath('sheets'),
    sheet: z.string().min(1).optional().meta({ description: 'The name of the sheet. Default: the first.' }),
    cells: z
      .record(z.string().regex(CELL_NAME, { error: 'expected a cell such as B2' }), cell)
      .optional()
      .meta({ description: 'Cells by their names, such as B2, and what is in them.' }),
    rows: z.array(z.array(cell)).optional().meta({ description: 'All rows, from the first.' }),
    rowCount: z.int().min(0).optional(),
    ...commonFields,
  })
  .refine(({ cells, rows, rowCount }) => [cells, rows, rowCount].some((clause) => clause !== undefined), {
    error: 'expected at least one of cells, rows, rowCount',
  })
  .transform(({ table: path, ...check }) => ({ kind: 'table' as const, path, ...check }));

export const databaseCheck = z
  .strictObject({
    database: sandboxPath.meta({ description: 'An SQLite file.' }),
    query: z.string().min(1).meta({ description: 'One SELECT.' }),
    rows: z.array(z.array(cell)).meta({ description: 'All rows that it finds, in order.' }),
    ...commonFields,
  })
  .transform(({ database: path, ...check }) => ({ kind: 'database' as const, path, ...check }));

export const archiveCheck = z
  .strictObject({
    archive: readablePath('entries'),
    files: z.record(z.string().min(1), z.union([z.boolean(), textRuleSchema])).meta({
      description: 'Paths in the archive: true, false (is not there), or what is wanted of the text.',
    }),
    only: z.boolean().default(false).meta({ description: 'Whether there must be no other files.' }),
    ...commonFields,
  })
  .transform(({ archive: path, ...check }) => ({ kind: 'archive' as const, path, ...check }));

type DocumentCheck = z.output<typeof documentCheck>;
type DataCheck = z.output<typeof dataCheck>;
type TableCheck = z.output<typeof tableCheck>;
type DatabaseCheck = z.output<typeof databaseCheck>;
type ArchiveCheck = z.output<typeof archiveCheck>;

/** Reads a file of the sandbox and judges what is in it; that there is no such file, or another one, is a failure. */
async function judge<K extends ContentKind>(
  path: string,
  reading: { readonly kind: K; readonly with: Omit<ContentKinds[K]['request'], 'name' | 'bytes'> },
  context: CheckContext,
  toFinding: (value: ContentKinds[K]['value']) => Finding,
): Promise<Finding> {
  const found = await readSandboxFile(path, context);
  if ('fault' in found) return failed(found.fault);
  const request = { ...reading.with, name: path, bytes: found.bytes } as ContentKinds[K]['request'];
  const value = await readOrFail(path, () =>
    context.readContent(reading.kind, request, { signal: context.signal }),
  );
  return 'fault' in value ? value.fault : toFinding(value.content);
}

export async function findInDocument({ path, rule }: DocumentCheck, context: CheckContext): Promise<Finding> {
  return await judge(path, { kind: 'text', with: {} }, context, (text) => {
    const fault = findFault(text, rule);
    return fault === undefined ? passed(`${path} has ${showText(text)}`) : failed(`${path}: ${fault}`);
  });
}

export async function findInData(check: DataCheck, context: CheckContext): Promise<Finding> {
  const { path, at } = check;
  return await judge(path, { kind: 'nodes', with: { at } }, context, (nodes) => {
    const fault = findNodeFault(check, nodes);
    const where = `${path} ${at}`;
    return fault === undefined ? passed(`${where} has ${showValue(nodes)}`) : failed(`${where}: ${fault}`);
  });
}

function findNodeFault(check: DataCheck, nodes: readonly unknown[]): string | undefined {
  const { count, values, equals, text } = check;
  if (count !== undefined && nodes.length !== count) return `expected ${count} values; has ${nodes.length}`;
  if (values !== undefined && !isDeepStrictEqual(nodes, values)) return misfit(values, nodes);
  if (equals === undefined && text === undefined) return undefined;
  if (nodes.length !== 1) return `expected one value; has ${nodes.length}`;
  const [node] = nodes;
  if (equals !== undefined && !isDeepStrictEqual(node, equals)) return misfit(equals, node);
  if (text === undefined) return undefined;
  return typeof node === 'string' ? findFault(node, text) : `expected a text; has ${showValue(node)}`;
}

export async function findInTable(check: TableCheck, context: CheckContext): Promise<Finding> {
  const { path, sheet: wanted } = check;
  return await judge(path, { kind: 'sheets', with: {} }, context, (sheets) => {
    const sheet = wanted === undefined ? sheets[0] : sheets.find(({ name }) => name === wanted);
    if (sheet === undefined) {
      const names = sheets.map(({ name }) => showText(name)).join(', ') || 'none';
      return failed(`${path}: expected a sheet ${showText(wanted ?? '')}; has ${names}`);
    }
    const fault = findTableFault(check, sheet.rows);
    return fault === undefined ? passed(`${path} is as wanted`) : failed(`${path}: ${fault}`);
  });
}

type Cell = z.output<typeof cell>;

function findTableFault(check: TableCheck, rows: readonly (readonly Cell[])[]): string | undefined {
  const { cells = {}, rows: wantedRows, rowCount } = check;
  if (rowCount !== undefined && rows.length !== rowCount)
    return `expected ${rowCount} rows; has ${rows.length}`;
  for (const [name, wanted] of Object.entries(cells)) {
    const found = cellAt(rows, name);
    if (!isSameCell(found, wanted)) return `${name}: ${misfit(wanted, found)}`;
  }
  const isSame =
    wantedRows === undefined ||
    (wantedRows.length === rows.length && wantedRows.every((row, at) => isSameRow(row, rows[at] ?? [])));
  return isSame ? undefined : misfit(wantedRows, rows);
}

function cellAt(rows: readonly (readonly Cell[])[], name: string): Cell {
  const [, letters = '', digits = ''] = CELL_NAME.exec(name) ?? [];
  const column = [...letters].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0);
  return rows[Number(digits) - 1]?.[column - 1] ?? null;
}

function isSameRow(wanted: readonly Cell[], found: readonly Cell[]): boolean {
  const length = Math.max(wanted.length, found.length);
  return Array.from({ length }, (_, at) => at).every((at) =>
    isSameCell(found[at] ?? null, wanted[at] ?? null),
  );
}

/** Text files hold no numbers, and sums are not exact: `12.5` is 12.5, and 0.1 + 0.2 is 0.3. */
function isSameCell(found: Cell, wanted: Cell): boolean {
  if (typeof wanted !== 'number') return String(found ?? '').trim() === String(wanted ?? '').trim();
  const number = typeof found === 'string' && found.trim() !== '' ? Number(found) : found;
  if (typeof number !== 'number') return false;
  return Math.abs(number - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted));
}

export async function findInDatabase(check: DatabaseCheck, context: CheckContext): Promise<Finding> {
  const { path, query, rows: wanted } = check;
  return await judge(path, { kind: 'rows', with: { query } }, context, (rows) =>
    isDeepStrictEqual(rows, wanted)
      ? passed(`${path} has ${showValue(rows)}`)
      : failed(`${path}: ${misfit(wanted, rows)}`),
  );
}

export async function findInArchive(check: ArchiveCheck, context: CheckContext): Promise<Finding> {
  const { path, files, only } = check;
  return await judge(path, { kind: 'entries', with: {} }, context, (entries) => {
    const texts = new Map(entries.map((entry) => [entry.path, entry.content]));
    const names = entries.map((entry) => entry.path).join(', ') || 'nothing';
    for (const [name, wanted] of Object.entries(files)) {
      const content = texts.get(name);
      const isWanted = wanted !== false;
      if ((content !== undefined) !== isWanted) {
        return failed(`${path}: expected ${name}${isWanted ? '' : ' not'} to be in it; has ${names}`);
      }
      if (content === undefined || typeof wanted === 'boolean') continue;
      const fault = findFault(Buffer.from(content).toString('utf8'), wanted);
      if (fault !== undefined) return failed(`${path}, ${name}: ${fault}`);
    }
    const other = only ? entries.find((entry) => !(entry.path in files)) : undefined;
    if (other !== undefined) return failed(`${path}: expected no ${other.path} in it`);
    return passed(`${path} has ${names}`);
  });
}

function misfit(wanted: unknown, found: unknown): string {
  return `expected ${showValue(wanted)}; has ${showValue(found)}`;
}

const MAX_SHOWN = 300;

function showValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return showText(value);
  const json = JSON.stringify(value);
  return toPrintable(json.length <= MAX_SHOWN ? json : `${json.slice(0, MAX_SHOWN)}…`);
}
