import { mkdtemp, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { SaxesParser } from 'saxes';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BatchHeader } from '../../../../src/evaluation/batch/ledger.ts';
import { mergeBatches } from '../../../../src/evaluation/report/merge-batches.ts';
import { writeReports } from '../../../../src/evaluation/report/write-reports.ts';
import { record, trial } from '../batch/results.ts';

const HOSTILE = '</script><img src=x onerror=alert(1)>\u0000\u001b[2J,"=1+1"\nnext';
const HEADER: BatchHeader = {
  type: 'batch',
  version: 1,
  suite: 'office',
  suiteFile: '/s/suite.yaml',
  fingerprint: 'f',
  pairs: [],
  trials: 2,
  startedAt: '2026-01-01T00:00:00.000Z',
};
const RECORDS = [
  record(trial('a', 1)),
  record(trial('a', 2), {
    verdict: 'failed',
    reason: HOSTILE,
    score: 0.5,
    checks: [{ name: 'file /a', result: 'failed', detail: HOSTILE }],
  }),
  record(trial('b', 1), { verdict: 'invalid', reason: '=cmd()', folder: '../../etc' }),
  record(trial('b', 2), { verdict: 'ungraded', reason: 'no checks' }),
];

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-reports-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const read = async (path: string): Promise<string> => await readFile(path, 'utf8');

test('results.jsonl has a trial a line, and summary.json the numbers', async () => {
  const paths = await writeReports(folder, { header: HEADER, records: RECORDS });
  const lines = (await read(paths.results)).trimEnd().split('\n');
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(RECORDS);
  expect(JSON.parse(await read(paths.summary))).toMatchObject({
    version: 1,
    suite: 'office',
    all: { trials: 4, graded: 2, passRate: 0.5 },
    byTask: { a: { trials: 2 }, b: { trials: 2, graded: 0 } },
  });
});

test('the CSV is read back as it was written, and holds no formula', async () => {
  const paths = await writeReports(folder, { header: HEADER, records: RECORDS });
  const rows = parse(await read(paths.csv), { columns: true, recordDelimiter: '\r\n' });
  expect(rows).toMatchObject([
    { task: 'a', number: '1', verdict: 'passed', score: '1', total_ms: '1000' },
    { reason: HOSTILE, score: '0.5' },
    { verdict: 'invalid', reason: "'=cmd()" },
    { verdict: 'ungraded' },
  ]);
});

test('the JUnit XML is well-formed and counts each verdict as what it is', async () => {
  const paths = await writeReports(folder, { header: HEADER, records: RECORDS });
  const elements: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => void elements.push([name, attributes]));
  parser.write(await read(paths.junit)).close();
  const counts = { tests: '4', failures: '1', errors: '1', skipped: '1', time: '4.000' };
  expect(elements[0]).toEqual(['testsuites', { name: 'office', ...counts }]);
  expect(elements[1]).toEqual(['testsuite', { name: 'office local', ...counts }]);
  expect(elements.map(([name]) => name).slice(2)).toEqual([
    'testcase',
    'testcase',
    'failure',
    'testcase',
    'error',
    'testcase',
    'skipped',
  ]);
});

describe('the page', () => {
  test('has no markup of a run in it, and links only into the batch', async () => {
    const paths = await writeReports(folder, { header: HEADER, records: RECORDS });
    const page = await read(paths.page);
    expect(page).not.toContain('<img src=x');
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(page).toContain(`default-src 'none'`);
    expect(page).not.toMatch(/https?:\/\//);
  });

  test('shows the last screen of a run', async () => {
    await mkdir(join(folder, 'runs/r'), { recursive: true });
    await writeFile(join(folder, 'runs/r/thumbnail.webp'), 'picture');
    const paths = await writeReports(folder, { header: HEADER, records: [record(trial('a'))] });
    expect(await read(paths.page)).toContain(Buffer.from('picture').toString('base64'));
  });
});

describe('shards', () => {
  const shard = (index: number) => ({
    header: { ...HEADER, shard: { index, count: 2 } },
    records: new Map([[`${index}`, record(trial('a', index))]]),
    folder: `/evals/part-${index}`,
  });

  test('are one batch, whose report leads to the runs of both', () => {
    const { header, records } = mergeBatches([shard(1), shard(2)], '/evals/all');
    expect(header).toEqual(HEADER);
    expect(records.map((it) => it.folder)).toEqual(['../part-1/runs/r', '../part-2/runs/r']);
  });

  test('of another suite are refused', () => {
    const other = { ...shard(2), header: { ...HEADER, fingerprint: 'g' } };
    expect(() => mergeBatches([shard(1), other], '/evals/all')).toThrow(/are not of the same suite/);
  });
});
