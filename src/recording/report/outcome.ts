import type { EventOf, RunOutcome } from '../trajectory.ts';
import { counted } from './format.ts';
import { html, paragraph } from './html.ts';
import type { Html } from './html.ts';
import type { ReportModel } from './report-model.ts';

type Tone = 'good' | 'plain' | 'bad';

export interface Verdict {
  readonly tone: Tone;
  readonly words: string;
  readonly reason: string;
}

const WORDS: Readonly<Record<Exclude<RunOutcome, 'completed'>, string>> = {
  refused: 'Refused',
  stopped: 'Stopped',
  'limit-reached': 'Limit reached',
  failed: 'Failed',
};

/** How the run ended, in the words of the banner. */
export function toVerdict({ reading, checks }: Pick<ReportModel, 'reading' | 'checks'>): Verdict {
  const { end, damage } = reading;
  if (end === undefined) {
    const reason =
      damage === undefined
        ? 'The recording has no end: the run was killed, or is still going on.'
        : `The recording cannot be read beyond line ${damage.line}: ${damage.reason}.`;
    return { tone: 'bad', words: 'Interrupted', reason };
  }
  const { reason } = end;
  if (end.outcome !== 'completed') return { tone: 'bad', words: WORDS[end.outcome], reason };
  const passed = checks.filter(({ result }) => result === 'passed').length;
  if (end.verification === 'passed') {
    return {
      tone: 'good',
      words: `Done and verified, ${passed} of ${counted(checks.length, 'check')}`,
      reason,
    };
  }
  if (end.verification === 'unverified') return { tone: 'plain', words: 'Done, not verified', reason };
  return {
    tone: 'bad',
    words: `Done, but only ${passed} of ${counted(checks.length, 'check')} passed`,
    reason,
  };
}

/** The last scene's text: how it ended, the model's last words, the checks. */
export function summaryOfEnd(model: ReportModel): Html {
  const { end } = model.reading;
  const { tone, words, reason } = toVerdict(model);
  return html`<p class="verdict ${tone}">${words}</p>
    <p dir="auto">${reason}</p>
    ${end?.error && html`<p class="problem"><strong>${end.error.message}</strong>${end.error.hint && html` ${end.error.hint}`} <code>${end.error.code}</code></p>`}
    ${
      end?.finalMessage !== undefined &&
      html`<section class="words">
        <h4>Model</h4>
        ${paragraph(end.finalMessage, 'text')}
      </section>`
    }
    ${
      model.checks.length > 0 &&
      html`<section>
        <h4>Checks</h4>
        <ul class="checks">
          ${model.checks.map(checkLine)}
        </ul>
      </section>`
    }`;
}

const SIGNS = { passed: '✓', failed: '✗', error: '!' } as const;

function checkLine({ name, result, detail }: EventOf<'check'>): Html {
  return html`<li class="${result}">
    <span class="sign" aria-hidden="true">${SIGNS[result]}</span>
    <span
      ><span dir="auto">${name}</span>
      <span class="result">${result}</span>${detail !== '' && html`<small dir="auto">${detail}</small>`}</span
    >
  </li>`;
}
