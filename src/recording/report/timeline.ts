import { html } from './html.ts';
import type { Html } from './html.ts';
import type { Scene } from './scenes.ts';
import { PARTS, totalOf } from './times.ts';

const COLUMN = 10;
const HEIGHT = 40;
/** A column is never so short that it cannot be seen. */
const LEAST = 3;

/** Whether the scene went wrong in some way that a person would look for. */
function isTroubled({ kind, step, turn }: Scene): boolean {
  return (
    step?.error !== undefined ||
    kind === 'refused-call' ||
    (turn !== undefined && turn.response === undefined)
  );
}

function column(scene: Scene, index: number, longestMs: number): Html {
  const x = index * COLUMN;
  const total = totalOf(scene.times);
  const scale = longestMs > 0 ? (HEIGHT - 8) / longestMs : 0;
  const floor = Math.max(0, LEAST - total * scale);
  let y = HEIGHT - floor;
  const parts = PARTS.map((part) => {
    const height = scene.times[part] * scale;
    y -= height;
    return (
      height > 0 &&
      html`<rect
        class="part-${part}"
        x="${x + 2}"
        y="${y.toFixed(2)}"
        width="6"
        height="${height.toFixed(2)}"
      />`
    );
  });
  const base =
    floor > 0 && html`<rect class="base" x="${x + 2}" y="${HEIGHT - floor}" width="6" height="${floor}" />`;
  const trouble = isTroubled(scene) && html`<rect class="trouble" x="${x + 2}" y="0" width="6" height="5" />`;
  return html`<g data-column="${index}"
    ><rect class="slot" x="${x}" width="${COLUMN}" height="${HEIGHT}" />${base}${parts}${trouble}</g
  >`;
}

/** The strip to scrub along: one column a scene, as high as the scene was long. */
export function timeline(scenes: readonly Scene[], longestMs: number): Html {
  const columns = scenes.map((scene, index) => column(scene, index, longestMs));
  return html`<div class="strip" id="strip">
    <svg viewBox="0 0 ${scenes.length * COLUMN} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
      ${columns}
    </svg>
    <input
      type="range"
      id="scrub"
      min="1"
      max="${scenes.length}"
      value="1"
      step="1"
      aria-label="Step to show"
    />
  </div>`;
}
