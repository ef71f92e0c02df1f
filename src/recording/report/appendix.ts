import { formatCost, formatUsd } from '../../util/money.ts';
import type { EventOf } from '../trajectory.ts';
import { capitalise, formatCount, formatMs } from './format.ts';
import { html, paragraph } from './html.ts';
import type { Html } from './html.ts';
import type { ReportModel } from './report-model.ts';

type Entry = readonly [name: string, value: string | undefined];

/** What stands below the steps: the task, totals, where it ran, what went wrong on the way. */
export function appendix(model: ReportModel): Html {
  const { start, end, damage } = model.reading;
  return html`<div class="appendix">
    ${
      start &&
      html`<section class="task">
        <h2>Task</h2>
        ${paragraph(start.task.instruction, 'text')}
      </section>`
    }
    ${
      end &&
      html`<section>
        <h2>Time and tokens</h2>
        ${table(totals(end))}
      </section>`
    }
    <section>
      <h2>Environment</h2>
      ${table(environment(model))}
    </section>
    ${
      (model.warnings.length > 0 || damage !== undefined) &&
      html`<section>
        <h2>Warnings</h2>
        ${damage && html`<p class="problem">The recording is damaged at line ${damage.line}: ${damage.reason}. What follows is not shown.</p>`}
        ${model.warnings.map(({ code, message }) => html`<p dir="auto"><code>${code}</code> ${message}</p>`)}
      </section>`
    }
  </div>`;
}

function table(entries: readonly Entry[]): Html {
  const rows = entries.map(
    ([name, value]) =>
      value !== undefined &&
      html`<div>
        <dt>${name}</dt>
        <dd dir="auto">${value}</dd>
      </div>`,
  );
  return html`<dl class="table">${rows}</dl>`;
}

function totals({ times, usage, costUsd }: EventOf<'run-finished'>): readonly Entry[] {
  const { total, ...parts } = times;
  const hasTokens = usage.inputTokens + usage.outputTokens > 0;
  return [
    ...Object.entries(parts).map(([name, ms]): Entry => [capitalise(name), formatMs(ms)]),
    ['Total', total === undefined ? undefined : formatMs(total)],
    [
      'Input tokens',
      `${formatCount(usage.inputTokens)} (${formatCount(usage.cachedInputTokens)} from the cache)`,
    ],
    [
      'Output tokens',
      `${formatCount(usage.outputTokens)} (${formatCount(usage.reasoningTokens)} of reasoning)`,
    ],
    ['Cost', hasTokens ? (costUsd === undefined ? 'unknown' : formatCost(costUsd)) : undefined],
  ];
}

function environment({ reading, sandbox }: ReportModel): readonly Entry[] {
  const { start } = reading;
  const limits = start?.limits;
  return [
    ['Image', sandbox && `${sandbox.image.reference}\n${sandbox.image.id}`],
    ['Sandbox', sandbox?.sandboxId],
    ['Network', sandbox?.network],
    [
      'Start',
      sandbox &&
        Object.entries(sandbox.phases)
          .map(([name, ms]) => `${name} ${formatMs(ms)}`)
          .join(', '),
    ],
    ['Display', start && `${start.display.width} × ${start.display.height}`],
    ['Model', start && `${start.model.name} (${start.model.provider}), tool ${start.model.tool}`],
    ['Limits', limits && limitsText(limits)],
    ...Object.entries(start?.versions ?? {}).map(([name, version]): Entry => [capitalise(name), version]),
  ];
}

function limitsText({ turns, wallTimeMs, tokens, budgetUsd }: EventOf<'run-started'>['limits']): string {
  const parts = [`${formatCount(turns)} turns`, formatMs(wallTimeMs)];
  if (tokens !== undefined) parts.push(`${formatCount(tokens)} tokens`);
  if (budgetUsd !== undefined) parts.push(formatUsd(budgetUsd));
  return parts.join(', ');
}
