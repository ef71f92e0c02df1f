import { formatMs } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import type { SceneTimes } from './scenes.ts';

/** The parts of the loop in the order in which they happen. */
export const PARTS = ['model', 'gate', 'act', 'settle'] as const satisfies readonly (keyof SceneTimes)[];

export function totalOf(times: SceneTimes): number {
  return PARTS.reduce((sum, part) => sum + times[part], 0);
}

/** One bar of stacked parts; the longest scene of the run fills it. */
export function timeBar(times: SceneTimes, longestMs: number): Html {
  let left = 0;
  const parts = PARTS.map((part) => {
    const width = longestMs > 0 ? (times[part] / longestMs) * 1000 : 0;
    const x = left;
    left += width;
    return (
      width > 0 &&
      html`<rect class="part-${part}" x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="10" />`
    );
  });
  return html`<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
    <rect class="track" width="1000" height="10" />
    ${parts}
  </svg>`;
}

/** The parts that took any time, with their figures. */
export function timeList(times: SceneTimes, settled?: string): Html {
  const notes: Partial<Record<keyof SceneTimes, string>> = settled === undefined ? {} : { settle: settled };
  const entries = PARTS.filter((part) => times[part] > 0).map(
    (part) =>
      html`<div>
        <dt><i class="swatch part-${part}"></i>${part}</dt>
        <dd>${formatMs(times[part])}${notes[part] !== undefined && html` <small>${notes[part]}</small>`}</dd>
      </div>`,
  );
  return html`<dl class="times">${entries}</dl>`;
}
