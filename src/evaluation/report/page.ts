import { type Html, html, verbatim } from '../../recording/report/html.ts';
import type { BatchHeader } from '../batch/ledger.ts';
import type { TrialRecord } from '../batch/trial.ts';
import type { Statistics, Summary } from '../numbers/summary.ts';
import { formatCount, formatMs, formatPercent, formatRange, formatCost } from './page-format.ts';
import { histogramOf, rateBar, timeBar } from './plots.ts';
import { SCRIPT } from './page-script.ts';
import { STYLE } from './page-style.ts';

export interface PageParts {
  readonly header: BatchHeader;
  readonly records: readonly TrialRecord[];
  readonly summary: Summary;
  /** By trial: a small WebP picture of the last screen, base64. */
  readonly thumbnails: ReadonlyMap<string, string>;
}

/** One page that needs nothing else: numbers, plots, and all trials to sort and to filter. */
export function buildPage({ header, records, summary, thumbnails }: PageParts): string {
  const { all } = summary;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
        />
        <title>${header.suite} · deskhand</title>
        <style>
          ${verbatim(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>${header.suite}</h1>
          <p class="quiet">${describeBatch(header, all)}</p>
        </header>
        <main>
          ${tiles(all)} ${table('Models', summary.byModel)} ${table('Tags', summary.byTag)}
          ${table('Tasks', summary.byTask)}
          <section>
            <h2>Time of a trial</h2>
            ${histogramOf(records)}
          </section>
          ${trialsSection(records)}
        </main>
        <script type="application/json" id="trials">
          ${verbatim(toScriptJson(records.map((record) => toRow(record, thumbnails.get(record.trial)))))}
        </script>
        <script>
          ${verbatim(SCRIPT)};
        </script>
      </body>
    </html>`;
  return page.source;
}

function describeBatch({ startedAt, trials, shard }: BatchHeader, all: Statistics): string {
  const part = shard === undefined ? '' : `, part ${shard.index} of ${shard.count}`;
  return `${startedAt.slice(0, 16).replace('T', ' ')} UTC · ${all.trials} trials, ${trials} of each task and model${part}`;
}

function tiles(all: Statistics): Html {
  const { failed, ungraded, invalid } = all.verdicts;
  const without = ungraded + invalid;
  return html`<section class="tiles">
    ${tile('Pass rate', formatPercent(all.passRate), formatRange(all.interval))}
    ${tile('Passed', formatCount(all.verdicts.passed), `${failed} failed`)}
    ${tile('No verdict', formatCount(without), `${ungraded} ungraded, ${invalid} invalid`)}
    ${tile('Score', all.score === undefined ? '–' : all.score.toFixed(2), 'mean of graded trials')}
    ${tile('Flips', formatPercent(all.flipRate), 'two trials of a task differ')}
    ${tile('Time', formatMs(all.durationMs), `median; ${all.turns} turns, ${all.steps} steps`)}
    ${tile('Cost', formatCost(all.costUsd), `${formatCount(all.tokens.input + all.tokens.output)} tokens`)}
  </section>`;
}

function tile(name: string, value: string, note: string): Html {
  return html`<div class="tile">
    <div class="quiet">${name}</div>
    <div class="value">${value}</div>
    <div class="quiet">${note}</div>
  </div>`;
}

function table(title: string, groups: Readonly<Record<string, Statistics>>): Html {
  const longest = Math.max(1, ...Object.values(groups).map(({ durationMs }) => durationMs));
  const rows = Object.entries(groups).map(([name, numbers]) => groupRow(name, numbers, longest));
  return html`<section>
    <h2>${title}</h2>
    <table class="sortable">
      <thead>
        <tr>
          <th>${title.slice(0, -1)}</th>
          <th class="number">Trials</th>
          <th class="number">Pass rate</th>
          <th>95 %</th>
          <th class="number">pass@k</th>
          <th class="number">pass^k</th>
          <th class="number">Flips</th>
          <th class="number">Turns</th>
          <th class="number">Steps</th>
          <th class="number">Time</th>
          <th>model · act · settle · sandbox</th>
          <th class="number">Tokens</th>
          <th class="number">Cost</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </section>`;
}

function groupRow(name: string, numbers: Statistics, longest: number): Html {
  const { tokens, graded, trials } = numbers;
  const count = graded === trials ? String(trials) : `${graded} of ${trials}`;
  return html`<tr>
    <td>${name}</td>
    <td class="number" data-value="${graded}">${count}</td>
    <td class="number" data-value="${numbers.passRate ?? -1}">${formatPercent(numbers.passRate)}</td>
    <td data-value="${numbers.interval?.low ?? -1}">${rateBar(numbers)}</td>
    <td class="number">${lastOf(numbers.passAtK)}</td>
    <td class="number">${lastOf(numbers.passHatK)}</td>
    <td class="number" data-value="${numbers.flipRate ?? -1}">${formatPercent(numbers.flipRate)}</td>
    <td class="number">${numbers.turns}</td>
    <td class="number">${numbers.steps}</td>
    <td class="number" data-value="${numbers.durationMs}">${formatMs(numbers.durationMs)}</td>
    <td data-value="${numbers.durationMs}">${timeBar(numbers, longest)}</td>
    <td class="number" data-value="${tokens.input + tokens.output}">
      ${formatCount(tokens.input + tokens.output)}
    </td>
    <td class="number" data-value="${numbers.costUsd ?? -1}">${formatCost(numbers.costUsd)}</td>
  </tr>`;
}

/** Of the largest k that there are trials for. */
function lastOf(byK: Readonly<Record<number, number>>): Html {
  const entry = Object.entries(byK).at(-1);
  return entry === undefined
    ? html`–`
    : html`${formatPercent(entry[1])} <span class="quiet">k=${entry[0]}</span>`;
}

function trialsSection(records: readonly TrialRecord[]): Html {
  const options = (values: readonly string[]): readonly Html[] =>
    [...new Set(values)].toSorted().map((value) => html`<option>${value}</option>`);
  return html`<section>
    <h2>Trials</h2>
    <form id="filters">
      <input type="search" name="text" placeholder="task, reason, …" aria-label="Search" />
      <select name="verdict" aria-label="Verdict">
        <option value="">every verdict</option>
        ${options(records.map(({ verdict }) => verdict))}
      </select>
      <select name="model" aria-label="Model">
        <option value="">every model</option>
        ${options(records.map(({ model }) => model))}
      </select>
      <select name="tag" aria-label="Tag">
        <option value="">every tag</option>
        ${options(records.flatMap(({ tags }) => tags))}
      </select>
      <output id="count"></output>
    </form>
    <table id="trial-table">
      <thead>
        <tr>
          <th></th>
          <th data-key="task" tabindex="0">Task</th>
          <th data-key="model" tabindex="0">Model</th>
          <th data-key="number" tabindex="0" class="number">No.</th>
          <th data-key="verdict" tabindex="0">Verdict</th>
          <th data-key="score" tabindex="0" class="number">Score</th>
          <th data-key="turns" tabindex="0" class="number">Turns</th>
          <th data-key="steps" tabindex="0" class="number">Steps</th>
          <th data-key="ms" tabindex="0" class="number">Time</th>
          <th data-key="cost" tabindex="0" class="number">Cost</th>
          <th>Reason</th>
        </tr>
      </thead>
      <tbody></tbody>
    </table>
    <button id="more" type="button" hidden>Show more</button>
  </section>`;
}

/** What the script needs of a trial. */
function toRow(record: TrialRecord, picture: string | undefined): Readonly<Record<string, unknown>> {
  return {
    task: record.task,
    model: record.model,
    number: record.number,
    verdict: record.verdict,
    score: record.score,
    turns: record.turns,
    steps: record.steps,
    ms: Math.round(record.times['total'] ?? 0),
    cost: record.costUsd,
    reason: record.reason.slice(0, 300),
    tags: record.tags,
    retried: record.failures.length || undefined,
    run: record.folder,
    picture,
  };
}

/** No text inside can end the element that it stands in. */
function toScriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`);
}
