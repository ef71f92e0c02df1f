import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../recording/run-folder.ts';
import { toStorageError } from '../../recording/storage-error.ts';
import type { BatchHeader } from '../batch/ledger.ts';
import type { TrialRecord } from '../batch/trial.ts';
import { summarise, type Summary } from '../numbers/summary.ts';
import { toCsv } from './csv.ts';
import { toJunit } from './junit.ts';
import { THUMBNAIL } from './thumbnail.ts';
import { buildPage } from './page.ts';

export interface Batch {
  readonly header: BatchHeader;
  readonly records: readonly TrialRecord[];
}

export interface ReportPaths {
  readonly results: string;
  readonly summary: string;
  readonly junit: string;
  readonly csv: string;
  readonly page: string;
}

/** More pictures than these would make a page that no browser likes; those of trials that did not pass go first. */
const MOST_THUMBNAILS = 1_000;

/**
 * Writes all reports of a batch into its folder: results.jsonl, summary.json, junit.xml, results.csv and report.html.
 * @throws StorageError disk-full, write-failed
 */
export async function writeReports(folder: string, batch: Batch): Promise<ReportPaths> {
  const paths = toReportPaths(folder);
  const { header, records } = batch;
  const summary = summarise(records);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw toStorageError(error, `make the folder ${folder}`);
  });
  await replaceFile(paths.results, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  await replaceFile(paths.summary, `${JSON.stringify(toSummaryFile(header, summary), undefined, 2)}\n`);
  await replaceFile(paths.junit, toJunit(header.suite, records));
  await replaceFile(paths.csv, toCsv(records));
  const thumbnails = await readThumbnails(folder, records);
  await replaceFile(paths.page, buildPage({ header, records, summary, thumbnails }));
  return paths;
}

export function toReportPaths(folder: string): ReportPaths {
  return {
    results: join(folder, 'results.jsonl'),
    summary: join(folder, 'summary.json'),
    junit: join(folder, 'junit.xml'),
    csv: join(folder, 'results.csv'),
    page: join(folder, 'report.html'),
  };
}

function toSummaryFile({ suite, trials, shard, startedAt }: BatchHeader, summary: Summary): object {
  return { version: 1, suite, trials, ...(shard === undefined ? {} : { shard }), startedAt, ...summary };
}

async function readThumbnails(
  folder: string,
  records: readonly TrialRecord[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = records
    .toSorted((a, b) => Number(a.verdict === 'passed') - Number(b.verdict === 'passed'))
    .slice(0, MOST_THUMBNAILS);
  const thumbnails = new Map<string, string>();
  for (const { trial, folder: run } of wanted) {
    if (run === undefined) continue;
    const bytes = await readFile(join(folder, run, THUMBNAIL)).catch(() => undefined);
    if (bytes !== undefined) thumbnails.set(trial, bytes.toString('base64'));
  }
  return thumbnails;
}
