import { createHash } from 'node:crypto';
import { appendix } from './appendix.ts';
import { headlineOf, pageHeader } from './header.ts';
import { html, verbatim } from './html.ts';
import type { Html } from './html.ts';
import { frameStore } from './picture.ts';
import type { ReportModel } from './report-model.ts';
import { sceneView } from './scene-view.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { timeline } from './timeline.ts';
import { totalOf } from './times.ts';

function hashOf(source: string): string {
  return `'sha256-${createHash('sha256').update(source).digest('base64')}'`;
}

/** Nothing but our own style and script and the embedded frames; no request ever leaves the page. */
const POLICY = [
  "default-src 'none'",
  'img-src data:',
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SCRIPT)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Their text has to be what was hashed, to the byte. */
const STYLE_ELEMENT = verbatim(`<style>${STYLE}</style>`);
const SCRIPT_ELEMENT = verbatim(`<script>${SCRIPT}</script>`);

/** The whole report as one HTML file. */
export function reportPage(model: ReportModel): string {
  const longestMs = Math.max(0, ...model.scenes.map(({ times }) => totalOf(times)));
  const scenes = model.scenes.map((scene, index) => sceneView(scene, index, model, longestMs));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${verbatim(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${headlineOf(model)} – deskhand</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <a class="skip" href="#steps">Skip to the steps</a>
        ${pageHeader(model)}
        <main>
          <section id="steps" aria-labelledby="steps-title">
            <h2 class="unseen" id="steps-title">Steps</h2>
            ${controls(model, longestMs)}
            <ol class="scenes">
              ${scenes}
            </ol>
            <p class="keys">
              <kbd>←</kbd> <kbd>→</kbd> step, <kbd>Space</kbd> play, <kbd>A</kbd> before or after,
              <kbd>L</kbd> one or all
            </p>
          </section>
          ${appendix(model)}
        </main>
        <footer>Recorded by deskhand. This file holds the whole report and loads nothing.</footer>
        ${frameStore(model.frames)} ${SCRIPT_ELEMENT}
      </body>
    </html> `;
  return page.source;
}

function icon(path: string, className = ''): Html {
  return html`<svg viewBox="0 0 16 16" class="${className}" aria-hidden="true"><path d="${path}" /></svg>`;
}

function controls({ scenes }: ReportModel, longestMs: number): Html {
  return html`<div class="bar-top" role="toolbar" aria-label="Playback">
    <div class="group">
      <button type="button" id="previous" aria-label="Previous step">${icon('M11 2 4 8l7 6z')}</button>
      <button type="button" id="play" aria-label="Play" aria-pressed="false">
        ${icon('M4 2l9 6-9 6z', 'play')}${icon('M3 2h4v12H3zM9 2h4v12H9z', 'pause')}
      </button>
      <button type="button" id="next" aria-label="Next step">${icon('M5 2l7 6-7 6z')}</button>
      <span id="counter"></span>
    </div>
    ${timeline(scenes, longestMs)}
    <div class="group switch" role="group" aria-label="Moment">
      <button type="button" data-set-moment="before" aria-pressed="true">Before</button>
      <button type="button" data-set-moment="after" aria-pressed="false">After</button>
    </div>
    <div class="group switch" role="group" aria-label="View">
      <button type="button" data-set-view="one" aria-pressed="true">One</button>
      <button type="button" data-set-view="list" aria-pressed="false">All</button>
    </div>
    <span class="unseen" id="told" aria-live="polite"></span>
  </div>`;
}
