import { formatUsd } from '../../util/money.ts';
import { toEnding } from '../result.ts';
import { counted, formatCount, formatMs, formatTime } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { toVerdict } from './outcome.ts';
import type { ReportModel } from './report-model.ts';

const MAX_HEADLINE = 160;

/** The task on one line: its title, else its instruction, cut when it is long. A list of steps goes by its id. */
export function headlineOf({ reading }: ReportModel): string {
  const { id, title, instruction = 'A run' } = reading.start?.task ?? {};
  const lines = instruction.trim().split('\n');
  const [text = ''] = [title, lines.length > 1 ? id : undefined, lines[0]].filter(
    (part) => part !== undefined,
  );
  const characters = [...text];
  return characters.length <= MAX_HEADLINE ? text : `${characters.slice(0, MAX_HEADLINE).join('')}…`;
}

/** What was to be done, how it ended, and the figures of the run. */
export function pageHeader(model: ReportModel): Html {
  const { start, lines } = model.reading;
  const { tone, words, reason } = toVerdict(model);
  const about = [start?.task.id, start?.runId, lines[0] && formatTime(lines[0].at)].filter(
    (part) => part !== undefined,
  );
  return html`<header class="top">
    <p class="about">
      <span class="brand">deskhand</span> ${about.map((part) => html`<span>${part}</span>`)}
    </p>
    <h1 dir="auto">${headlineOf(model)}</h1>
    <div class="facts">
      <p class="banner ${tone}"><strong>${words}</strong> <span dir="auto">${reason}</span></p>
      <dl class="figures">
        ${figures(model).map(
          ([name, value]) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
    </div>
  </header>`;
}

function figures({ reading }: ReportModel): readonly (readonly [name: string, value: string])[] {
  const { start } = reading;
  const { turns, steps, usage, costUsd, times } = toEnding(reading);
  const hasTokens = usage.inputTokens + usage.outputTokens > 0;
  const entries: readonly (readonly [string, string | false | undefined])[] = [
    // A run that was imported tells of no times.
    ['Time', times['total'] ? formatMs(times['total']) : undefined],
    ['Work', `${counted(turns, 'turn')}, ${counted(steps, 'step')}`],
    ['Tokens', hasTokens && `${formatCount(usage.inputTokens)} in, ${formatCount(usage.outputTokens)} out`],
    ['Cost', hasTokens && costUsd && formatUsd(costUsd.total)],
    ['Model', start && `${start.model.name} (${start.model.provider})`],
    ['Gate', start?.gate === 'auto' ? 'auto: nobody decided, all was approved' : start?.gate],
  ];
  return entries.flatMap(([name, value]) => (value ? [[name, value] as const] : []));
}
