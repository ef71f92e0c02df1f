import type { TrialRecord } from '../batch/trial.ts';

type Value = string | number | undefined;

const COLUMNS: readonly (readonly [string, (record: TrialRecord) => Value])[] = [
  ['task', ({ task }) => task],
  ['model', ({ model }) => model],
  ['number', ({ number }) => number],
  ['tags', ({ tags }) => tags.join(' ')],
  ['verdict', ({ verdict }) => verdict],
  ['score', ({ score }) => score],
  ['outcome', ({ outcome }) => outcome],
  ['reason', ({ reason }) => reason],
  ['turns', ({ turns }) => turns],
  ['steps', ({ steps }) => steps],
  ['total_ms', ({ times }) => round(times['total'])],
  ['model_ms', ({ times }) => round(times['model'])],
  ['act_ms', ({ times }) => round(times['act'])],
  ['settle_ms', ({ times }) => round(times['settle'])],
  ['input_tokens', ({ usage }) => usage.inputTokens],
  ['cached_input_tokens', ({ usage }) => usage.cachedInputTokens],
  ['output_tokens', ({ usage }) => usage.outputTokens],
  ['cost_usd', ({ costUsd }) => costUsd],
  ['machinery_failures', ({ failures }) => failures.length],
  ['folder', ({ folder }) => folder],
  ['started_at', ({ startedAt }) => startedAt],
  ['finished_at', ({ finishedAt }) => finishedAt],
];

/** A line a trial (RFC 4180). */
export function toCsv(records: readonly TrialRecord[]): string {
  const lines = [
    COLUMNS.map(([name]) => name),
    ...records.map((record) => COLUMNS.map(([, read]) => toCell(read(record)))),
  ];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

function toCell(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  // What a model wrote must not be a formula where the file is opened in a spreadsheet.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function round(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms);
}
