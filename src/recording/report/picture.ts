import type { Rect, Size } from '../../util/geometry.ts';
import type { Changes } from './changes.ts';
import type { FrameImage } from './frame-images.ts';
import { html, verbatim } from './html.ts';
import type { Html } from './html.ts';
import { drawAction } from './marks.ts';
import { changesOf } from './report-model.ts';
import type { ReportModel } from './report-model.ts';
import type { Scene } from './scenes.ts';

/** Beyond this many boxes the picture says less than one box around them all. */
const MAX_REGIONS = 12;

function idOf(hash: string): string {
  return `frame-${hash.slice(0, 16)}`;
}

/** The frames themselves, each once; the pictures refer to them. */
export function frameStore(frames: ReportModel['frames']): Html {
  const images = [...frames].map(([hash, frame]) =>
    frame.ok
      ? html`<image
          id="${idOf(hash)}"
          width="${frame.size.width}"
          height="${frame.size.height}"
          href="${verbatim(frame.uri)}"
        /> `
      : '',
  );
  return html`<svg class="store" width="0" height="0" aria-hidden="true"><defs>${images}</defs></svg>`;
}

/** The screen before a scene with its action drawn on it, and the screen afterwards with what has changed. */
export function picture(scene: Scene, model: ReportModel): Html {
  const { screen, frames } = model;
  const changes = changesOf(scene, frames);
  const after =
    scene.after !== undefined &&
    html`<g class="after"
      >${frameOrNote(scene.after, frames.get(scene.after), screen)}${changes && outline(changes)}</g
    >`;
  const tone = scene.step?.error !== undefined || scene.kind === 'refused-call' ? ' failed' : '';
  return html`<svg
    class="picture"
    viewBox="0 0 ${screen.width} ${screen.height}"
    role="img"
    aria-label="${describe(scene)}"
  >
    <g class="before">
      ${frameOrNote(scene.before, scene.before === undefined ? undefined : frames.get(scene.before), screen)}
      <g class="marks${tone}">${scene.actions.map((action) => drawAction(action, screen))}</g>
    </g>
    ${after}
  </svg>`;
}

function describe({ kind, title, step, turn }: Scene): string {
  if (kind === 'end') return 'Screenshot: the last one of the run.';
  if (step !== undefined) return `Screenshot before step ${step.step}, with the action marked: ${title}.`;
  return `Screenshot that the model was shown in turn ${turn?.number ?? 0}.`;
}

function frameOrNote(hash: string | undefined, frame: FrameImage | undefined, { width, height }: Size): Html {
  if (hash !== undefined && frame?.ok === true) return html`<use href="#${idOf(hash)}" />`;
  const problem = frame?.ok === false ? frame.problem : 'No frame was recorded here.';
  const size = width / 48;
  return html`<rect class="void" width="${width}" height="${height}" />
    <text class="void-note" x="${width / 2}" y="${height / 2 - size}" font-size="${size}"
      >Frame not available</text
    >
    <text class="void-note" x="${width / 2}" y="${height / 2 + size}" font-size="${size * 0.62}"
      >${problem}</text
    >`;
}

function outline({ regions }: Changes): readonly Html[] {
  return (regions.length > MAX_REGIONS ? [around(regions)] : regions).map(
    ({ x, y, width, height }) =>
      html`<rect class="change-halo" x="${x}" y="${y}" width="${width}" height="${height}" /><rect
          class="change"
          x="${x}"
          y="${y}"
          width="${width}"
          height="${height}"
        />`,
  );
}

function around(regions: readonly Rect[]): Rect {
  const x = Math.min(...regions.map((region) => region.x));
  const y = Math.min(...regions.map((region) => region.y));
  return {
    x,
    y,
    width: Math.max(...regions.map((region) => region.x + region.width)) - x,
    height: Math.max(...regions.map((region) => region.y + region.height)) - y,
  };
}
