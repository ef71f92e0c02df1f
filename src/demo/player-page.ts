import { createHash } from 'node:crypto';
import type { FrameImage } from '../recording/report/frame-images.ts';
import { html, verbatim } from '../recording/report/html.ts';
import type { Size } from '../util/geometry.ts';
import type { Shot } from './shots.ts';

export interface PlayerModel {
  readonly title: string;
  readonly size: Size;
  readonly shots: readonly Shot[];
  /** By hash. */
  readonly frames: ReadonlyMap<string, FrameImage>;
}

const STYLE = `
:root { color-scheme: light dark; --ground: #faf9f7; --ink: #1c1b1a; }
@media (prefers-color-scheme: dark) { :root { --ground: #161514; --ink: #efedea; } }
body { margin: 0 auto; max-width: 1280px; padding: 20px; background: var(--ground); color: var(--ink); font: 16px/1.5 'Open Sans', system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 12px; }
.stage { position: relative; border-radius: 8px; overflow: hidden; box-shadow: 0 4px 24px rgb(0 0 0 / 0.25); }
.stage img, .stage svg { display: block; width: 100%; height: auto; }
.stage img[hidden] { display: none; }
.stage svg { position: absolute; inset: 0; }
.caption { min-height: 3em; margin: 14px 0; font-size: 1.15rem; text-align: center; }
.controls { display: flex; gap: 14px; align-items: center; }
.controls input { flex: 1; }
button { font: inherit; padding: 6px 18px; min-width: 6em; }
.ring { fill: #d6145f; fill-opacity: 0.25; stroke: #d6145f; stroke-width: 3; }
.arrow { fill: #fff; stroke: #101418; stroke-width: 1.4; }
@media print { .controls { display: none; } }
`;

/** Plain browser JavaScript that only sets attributes and text. */
const SCRIPT = `'use strict';
(() => {
  const shots = JSON.parse(document.getElementById('shots').textContent);
  const images = [...document.querySelectorAll('.stage img')];
  const [play, scrub, caption, arrow, ring] = ['play', 'scrub', 'caption', 'arrow', 'ring'].map((id) => document.getElementById(id));
  let current = 0;
  let timer = 0;
  function show(index) {
    current = Math.min(Math.max(index, 0), shots.length - 1);
    const [frame, x, y, isPressed, words] = shots[current];
    for (const [number, image] of images.entries()) image.hidden = number !== frame;
    arrow.setAttribute('transform', 'translate(' + x + ' ' + y + ')');
    ring.setAttribute('cx', x);
    ring.setAttribute('cy', y);
    ring.setAttribute('visibility', isPressed ? 'visible' : 'hidden');
    if (caption.textContent !== words) caption.textContent = words;
    scrub.value = String(current);
  }
  function stop() {
    clearTimeout(timer);
    timer = 0;
    play.textContent = 'Play';
  }
  function next() {
    if (current === shots.length - 1) return stop();
    timer = setTimeout(() => { show(current + 1); next(); }, shots[current][5]);
  }
  function toggle() {
    if (timer !== 0) return stop();
    if (current === shots.length - 1) show(0);
    play.textContent = 'Pause';
    next();
  }
  const go = (index) => { stop(); show(index); };
  play.addEventListener('click', toggle);
  scrub.addEventListener('input', () => go(Number(scrub.value)));
  document.addEventListener('keydown', (event) => {
    if (event.target === scrub || event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = { ArrowRight: () => go(current + 1), ArrowLeft: () => go(current - 1), Home: () => go(0), End: () => go(shots.length - 1) };
    if (event.key === ' ' && event.target !== play) { event.preventDefault(); toggle(); return; }
    acts[event.key]?.();
  });
  show(0);
})();
`;

function hashOf(source: string): string {
  return `'sha256-${createHash('sha256').update(source).digest('base64')}'`;
}

/** Text of JSON that cannot end its element. */
function toJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`);
}

/** A film as one HTML file that loads nothing: pictures, pointer, captions, a bar to scrub. */
export function playerPage({ title, size, shots, frames }: PlayerModel): string {
  const shown = [...frames].flatMap(([hash, image]) => (image.ok ? [{ hash, uri: image.uri }] : []));
  const places = new Map(shown.map(({ hash }, index) => [hash, index]));
  const data = shots.map(({ frame, pointer, isPressed, caption, ms }) => {
    return [places.get(frame) ?? -1, pointer.x, pointer.y, isPressed, caption, ms];
  });
  const policy = `default-src 'none'; img-src data:; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; base-uri 'none'; form-action 'none'`;
  const images = shown.map(
    ({ uri }) =>
      html`<img
        src="${verbatim(uri)}"
        width="${size.width}"
        height="${size.height}"
        alt="The desktop"
        hidden
      />`,
  );
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${verbatim(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – deskhand</title>
        ${verbatim(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <div class="stage">
            ${images}
            <svg viewBox="0 0 ${size.width} ${size.height}" aria-hidden="true">
              <circle id="ring" class="ring" r="18" visibility="hidden" />
              <path
                id="arrow"
                class="arrow"
                d="M0 0 L0 19 L4.4 14.8 L7.4 21.6 L10.4 20.3 L7.5 13.6 L13.6 13.4 Z"
              />
            </svg>
          </div>
          <p class="caption" id="caption" aria-live="polite" dir="auto"></p>
          <div class="controls">
            <button type="button" id="play">Play</button>
            <input
              id="scrub"
              type="range"
              min="0"
              max="${shots.length - 1}"
              value="0"
              aria-label="Place in the film"
            />
          </div>
        </main>
        ${verbatim(`<script type="application/json" id="shots">${toJson(data)}</script>`)}
        ${verbatim(`<script>${SCRIPT}</script>`)}
      </body>
    </html> `;
  return page.source;
}
