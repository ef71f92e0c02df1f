import type { Action } from '../../action/action.ts';
import { describeAction } from '../../action/describe.ts';
import type { EventOf, SafetyCheckRecord } from '../trajectory.ts';
import type { Changes } from './changes.ts';
import { capitalise, counted, formatMs } from './format.ts';
import { html, paragraph } from './html.ts';
import type { Html } from './html.ts';
import { summaryOfEnd } from './outcome.ts';
import { picture } from './picture.ts';
import { changesOf } from './report-model.ts';
import type { ReportModel } from './report-model.ts';
import type { Scene } from './scenes.ts';
import { timeBar, timeList, totalOf } from './times.ts';
import type { ModelItem, TurnRecord } from './turns.ts';

/** A picture with everything that is known about it. */
export function sceneView(scene: Scene, index: number, model: ReportModel, longestMs: number): Html {
  const place = [
    scene.turn && `Turn ${scene.turn.number}`,
    scene.step && `Step ${scene.step.step}`,
    `at ${formatMs(scene.atMs)}`,
  ].filter((part) => part !== undefined);
  return html`<li>
    <article class="scene" id="scene-${index + 1}" data-title="${capitalise(scene.title)}">
      <figure>${picture(scene, model)}</figure>
      <div class="story">
        <p class="place">${place.join(' · ')}</p>
        <h3 dir="auto">${capitalise(scene.title)}</h3>
        ${scene.step && scene.actions.map(typed)}${scene.step && called(scene.step)}
        ${scene.kind === 'end' ? summaryOfEnd(model) : whatHappened(scene, changesOf(scene, model.frames))}
        ${scene.turn && words(scene.turn, scene.isFirstOfTurn)} ${scene.decisions.map(gate)}
        ${totalOf(scene.times) > 0 && time(scene, longestMs)}
      </div>
    </article>
  </li>`;
}

/** What is typed stands in full beside the picture: on it there is room for one line only. */
function typed(action: Action): Html | undefined {
  return action.type === 'type' ? paragraph(action.text, 'typed text') : undefined;
}

/** A function call with all that it was given and gave. */
function called({ action, output }: EventOf<'step'>): Html | undefined {
  if (action.type !== 'function_call') return undefined;
  return html`${paragraph(JSON.stringify(action['arguments'], undefined, 2), 'typed text')}
  ${
    output !== undefined &&
    html`<h4>Result</h4>
      ${paragraph(output, 'typed text')}`
  }`;
}

function whatHappened({ step, call, kind, actions }: Scene, changes: Changes | undefined): Html {
  const error =
    step?.error &&
    html`<p class="problem">
      <strong>${step.error.message}</strong>${step.error.hint && html` ${step.error.hint}`}
      <code>${step.error.code}</code>
    </p>`;
  const left = call === undefined || step === undefined ? 0 : call.actions.length - call.steps.length;
  const isLast = call?.steps.at(-1)?.event === step;
  const rest =
    left > 0 &&
    isLast &&
    html`<p class="problem">${counted(left, 'more action')} of this call did not run.</p>`;
  const wanted =
    kind === 'refused-call' &&
    actions.length > 0 &&
    html`<p class="note">Asked for, and drawn on the picture:</p>
      <ol class="wanted">
        ${actions.map((action) => html`<li dir="auto">${capitalise(describeAction(action))}</li>`)}
      </ol>`;
  return html`${error}${rest}${wanted}${changes && html`<p class="note change-note">${changeText(changes)}</p>`}`;
}

function changeText({ share, regions }: Changes): string {
  if (regions.length === 0) return 'Nothing changed on the screen.';
  const percent = share * 100;
  return `${percent < 1 ? 'Less than 1' : Math.round(percent)} % of the screen changed.`;
}

function words({ items, request, response }: TurnRecord, isFirst: boolean): Html | undefined {
  const said = items.map(itemView).filter((item) => item !== undefined);
  const notes = request.notes.map((text) => paragraph(text, 'told text'));
  const broken =
    response?.status === 'incomplete' &&
    html`<p class="problem">The answer was cut off: ${response.incompleteReason ?? 'no reason given'}.</p>`;
  if (said.length + notes.length === 0 && !broken) return undefined;
  return html`<section class="words${!isFirst && ' again'}">
    ${
      notes.length > 0 &&
      html`<h4>Told to the model</h4>
        ${notes}`
    }
    ${
      (said.length > 0 || broken) &&
      html`<h4>Model</h4>
        ${said}${broken}`
    }
  </section>`;
}

function itemView(item: ModelItem): Html | undefined {
  switch (item.type) {
    case 'message':
      return paragraph(item.text, 'text');
    case 'refusal':
      return paragraph(item.text, 'refusal text');
    case 'reasoning':
      return item.summary === '' ? undefined : paragraph(item.summary, 'reasoning text');
    case 'function_call':
      return html`<p class="note">Called <code>${item.name}</code> with <code>${item.arguments}</code></p>`;
    case 'other':
      return html`<p class="note">An item of type <code>${item.name}</code></p>`;
    case 'computer_call':
      return undefined;
  }
}

const DECISIONS = {
  approve: 'Approved',
  deny: 'Denied',
  terminate: 'Run ended',
  pause: 'Paused',
} as const;

function gate(decision: EventOf<'decision'>): Html {
  const { rule, reason, heldMs } = decision;
  return html`<section class="gate">
    <h4>Safety gate</h4>
    <p class="decision ${decision.decision}">
      <strong>${DECISIONS[decision.decision]}</strong> ·
      ${decision.by}${rule !== undefined && html` · rule <code>${rule}</code>`}
    </p>
    ${reason !== undefined && html`<p dir="auto">${reason}</p>`}
    ${heldMs !== undefined && html`<p>A person held the desktop for ${formatMs(heldMs)}.</p>`}
    ${decision.pendingSafetyChecks.map(safetyCheck)}
  </section>`;
}

function safetyCheck({ code, message, id }: SafetyCheckRecord): Html {
  return html`<p class="safety-check" dir="auto"><code>${code ?? id}</code> ${message ?? ''}</p>`;
}

function time({ times, step }: Scene, longestMs: number): Html {
  const settle = step?.settle;
  const settled = settle && `${settle.reason}, ${counted(settle.updates, 'update')}`;
  return html`<section>
    <h4>Time</h4>
    ${timeBar(times, longestMs)}${timeList(times, settled)}
  </section>`;
}
