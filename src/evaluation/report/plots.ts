import { type Html, html } from '../../recording/report/html.ts';
import type { TrialRecord } from '../batch/trial.ts';
import type { Statistics } from '../numbers/summary.ts';
import { formatMs, formatPercent, formatRange } from './page-format.ts';

const WIDTH = 140;
const HEIGHT = 14;

/** The pass rate as a bar, its interval as a whisker. */
export function rateBar({ passRate, interval }: Statistics): Html {
  if (passRate === undefined || interval === undefined) return html``;
  const [rate, low, high] = [passRate, interval.low, interval.high].map((share) =>
    (share * WIDTH).toFixed(1),
  );
  return html`<svg class="rate" width="${WIDTH}" height="${HEIGHT}" role="img">
    <title>${formatPercent(passRate)}, 95 %: ${formatRange(interval)}</title>
    <rect class="track" width="${WIDTH}" height="${HEIGHT}" rx="2" />
    <rect class="passed" width="${rate}" height="${HEIGHT}" rx="2" />
    <path class="whisker" d="M${low} 3v8M${low} 7H${high}M${high} 3v8" />
  </svg>`;
}

const PARTS = ['model', 'act', 'settle', 'sandbox'] as const;

/** Where the time went, as long as the median time is against the longest. */
export function timeBar({ timeSplit, durationMs }: Statistics, longestMs: number): Html {
  const total = PARTS.reduce((sum, part) => sum + timeSplit[part], 0);
  const length = (durationMs / longestMs) * WIDTH;
  let at = 0;
  const bars = PARTS.map((part) => {
    const width = total === 0 ? 0 : (timeSplit[part] / total) * length;
    const bar = html`<rect
      class="${part}"
      x="${at.toFixed(1)}"
      width="${width.toFixed(1)}"
      height="${HEIGHT}"
    />`;
    at += width;
    return bar;
  });
  const words = PARTS.map((part) => `${part} ${formatMs(timeSplit[part])}`).join(', ');
  return html`<svg width="${WIDTH}" height="${HEIGHT}" role="img">
    <title>${words}</title>
    ${bars}
  </svg>`;
}

const BINS = 40;
const PLOT = { width: 800, height: 120 };

/** How long trials took: those that passed stand on those that did not. */
export function histogramOf(records: readonly TrialRecord[]): Html {
  const timed = records.flatMap(({ times, verdict }) =>
    times['total'] === undefined ? [] : [{ ms: times['total'], isPassed: verdict === 'passed' }],
  );
  const longest = timed.reduce((most, { ms }) => Math.max(most, ms), 0);
  if (longest === 0) return html`<p class="quiet">No trial has ended.</p>`;
  const bins = Array.from({ length: BINS }, () => ({ passed: 0, other: 0 }));
  for (const { ms, isPassed } of timed) {
    const bin = bins[Math.min(BINS - 1, Math.floor((ms / longest) * BINS))];
    if (bin !== undefined) bin[isPassed ? 'passed' : 'other'] += 1;
  }
  const most = Math.max(...bins.map(({ passed, other }) => passed + other));
  const width = PLOT.width / BINS;
  const toHeight = (count: number): number => (count / most) * PLOT.height;
  const bars = bins.map(({ passed, other }, index) => {
    const [low, high] = [toHeight(other), toHeight(passed)];
    const x = (index * width).toFixed(1);
    const span = `${formatMs((index / BINS) * longest)} to ${formatMs(((index + 1) / BINS) * longest)}`;
    return html`<g>
      <title>${span}: ${passed} passed, ${other} others</title>
      <rect
        class="failed"
        x="${x}"
        y="${(PLOT.height - low).toFixed(1)}"
        width="${width - 1}"
        height="${low.toFixed(1)}"
      />
      <rect
        class="passed"
        x="${x}"
        y="${(PLOT.height - low - high).toFixed(1)}"
        width="${width - 1}"
        height="${high.toFixed(1)}"
      />
    </g>`;
  });
  return html`<svg
    class="histogram"
    viewBox="0 0 ${PLOT.width} ${PLOT.height + 18}"
    role="img"
    aria-label="Times of trials"
  >
    ${bars}
    <text x="0" y="${PLOT.height + 14}">0 s</text>
    <text x="${PLOT.width}" y="${PLOT.height + 14}" text-anchor="end">${formatMs(longest)}</text>
  </svg>`;
}
