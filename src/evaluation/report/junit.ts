import type { TrialRecord } from '../batch/trial.ts';

/** A suite for each model and a case for each trial, as CI systems read it (the common dialect of JUnit XML). */
export function toJunit(suite: string, records: readonly TrialRecord[]): string {
  const models = [...new Set(records.map(({ model }) => model))];
  const suites = models.map((model) =>
    toSuite(
      `${suite} ${model}`,
      records.filter((record) => record.model === model),
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${toAttributes({ name: suite, ...countsOf(records) })}>\n${suites.join('')}</testsuites>\n`;
}

function toSuite(name: string, records: readonly TrialRecord[]): string {
  return `  <testsuite${toAttributes({ name, ...countsOf(records) })}>\n${records.map(toCase).join('')}  </testsuite>\n`;
}

function countsOf(records: readonly TrialRecord[]): Readonly<Record<string, string>> {
  const count = (...verdicts: readonly string[]): string =>
    String(records.filter(({ verdict }) => verdicts.includes(verdict)).length);
  const seconds = records.reduce((sum, { times }) => sum + (times['total'] ?? 0) / 1000, 0);
  return {
    tests: String(records.length),
    failures: count('failed'),
    errors: count('invalid'),
    skipped: count('ungraded'),
    time: seconds.toFixed(3),
  };
}

const ELEMENTS = { failed: 'failure', invalid: 'error', ungraded: 'skipped' } as const;

function toCase({ task, model, number, verdict, reason, times, folder, checks }: TrialRecord): string {
  const time = ((times['total'] ?? 0) / 1000).toFixed(3);
  const attributes = toAttributes({ name: `${task} ${number}`, classname: `${model}.${task}`, time });
  if (verdict === 'passed') return `    <testcase${attributes}/>\n`;
  const element = ELEMENTS[verdict];
  const detail = checks.map(({ name, result, detail: found }) => `${result}: ${name}: ${found}`).join('\n');
  const text = escape(folder === undefined ? detail : `${detail}\n${folder}`);
  return `    <testcase${attributes}><${element}${toAttributes({ message: reason })}>${text}</${element}></testcase>\n`;
}

function toAttributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escape(value)}"`)
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

/** XML 1.0 has no place for control characters, not even as entities. */
const FORBIDDEN =
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function escape(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"\n]/g, (character) => ENTITIES[character] ?? '');
}
