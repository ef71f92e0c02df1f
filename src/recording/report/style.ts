import { PICTURE_STYLE } from './picture-style.ts';

/** The page's look. Inlined into the report; nothing in it comes from a run. */
const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #faf9f7; --surface: #ffffff; --ink: #1c1b1a; --soft: #67635c; --line: #e3dfd8; --faint: #f1eee9;
  --accent: #b8124f; --good: #17693f; --bad: #b3261e; --good-wash: #e8f3ec; --bad-wash: #fbebe9; --plain-wash: #f1eee9;
  --model: #5566cf; --gate: #a8720a; --act: #d6215f; --settle: #2a8f83;
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #151514; --surface: #1d1d1b; --ink: #edeae4; --soft: #a39e95; --line: #33312e; --faint: #232220;
    --accent: #ff7fa8; --good: #6fd3a0; --bad: #ff9187; --good-wash: #16281f; --bad-wash: #331d1b; --plain-wash: #262522;
    --model: #8d9bff; --gate: #dba63a; --act: #ff5c8f; --settle: #4fc0b2;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { scroll-padding-top: 6rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 0 clamp(1rem, 3vw, 3rem) 4rem; max-width: 110rem;
  background: var(--paper); color: var(--ink); font: 400 0.9375rem/1.55 var(--sans);
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
h1, h2, h3, h4, p, dl, dd, ol, ul, figure { margin: 0; padding: 0; }
ol, ul { list-style: none; }
h1, h2, h3 { font-weight: 600; letter-spacing: -0.012em; line-height: 1.25; text-wrap: balance; }
h1 { font-size: clamp(1.25rem, 1rem + 0.7vw, 1.625rem); max-width: 72ch; }
h2 { font-size: 1.0625rem; }
h3 { font-size: 1.25rem; }
h4 { font-size: 0.8125rem; font-weight: 600; color: var(--soft); margin-bottom: 0.25rem; }
code { font: 0.875em var(--mono); background: var(--faint); border-radius: 4px; padding: 0.1em 0.35em; }
small { font-size: 0.8125rem; color: var(--soft); }
.store { position: absolute; }
.skip { position: absolute; left: -100vw; top: 0; padding: 0.5rem 1rem; background: var(--surface); z-index: 3; }
.skip:focus { left: 1rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 6px; }

.top { padding: clamp(1rem, 2vw, 1.75rem) 0 1rem; display: grid; gap: 0.6rem; }
.facts { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 0.75rem 2.5rem; }
.about { color: var(--soft); font-size: 0.8125rem; display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
.brand { color: var(--ink); font-weight: 650; letter-spacing: -0.01em; }
.banner { padding: 0.3rem 0.75rem; border-radius: 8px; background: var(--plain-wash); }
.banner strong { margin-right: 0.35rem; }
.good.banner { background: var(--good-wash); } .bad.banner { background: var(--bad-wash); }
.good.banner strong, .good.verdict, .passed .sign { color: var(--good); }
.bad.banner strong, .bad.verdict, .problem strong, .failed .sign, .error .sign { color: var(--bad); }
.verdict { font-weight: 600; }
.figures { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; }
.figures dt, .table dt { color: var(--soft); font-size: 0.8125rem; }

.bar-top {
  position: sticky; top: 0; z-index: 2; display: none; align-items: center; gap: 0.75rem 1.25rem; padding: 0.6rem 0;
  background: var(--paper); border-bottom: 1px solid var(--line);
}
[data-view] .bar-top { display: flex; }
.group { display: flex; align-items: center; gap: 0.25rem; }
.group button {
  font: inherit; font-size: 0.875rem; color: var(--ink); background: none; border: 1px solid transparent; border-radius: 7px;
  padding: 0.3rem 0.65rem; min-height: 2rem; cursor: pointer;
}
.group button:hover { background: var(--faint); }
.group button[aria-pressed="true"] { background: var(--surface); border-color: var(--line); font-weight: 600; }
.group button svg { display: block; width: 1rem; height: 1rem; fill: currentColor; }
.group button .pause, .group button[aria-pressed="true"] .play { display: none; }
.group button[aria-pressed="true"] .pause { display: block; }
.switch { background: var(--faint); border-radius: 9px; padding: 2px; gap: 0; }
#counter { min-width: 5.5em; color: var(--soft); font-size: 0.875rem; }
.strip { position: relative; flex: 1 1 10rem; height: 2.5rem; cursor: pointer; touch-action: none; border-radius: 6px; }
.strip svg { display: block; width: 100%; height: 100%; }
.strip input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; pointer-events: none; }
.strip:has(input:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }
.slot { fill: transparent; }
.strip g:hover .slot { fill: var(--faint); }
.strip g[data-current] .slot { fill: var(--line); }
.base { fill: var(--soft); opacity: 0.55; } .trouble { fill: var(--bad); }
.part-model { fill: var(--model); background: var(--model); } .part-gate { fill: var(--gate); background: var(--gate); }
.part-act { fill: var(--act); background: var(--act); } .part-settle { fill: var(--settle); background: var(--settle); }

.scenes { display: grid; gap: 3.5rem; padding: 1.5rem 0 0; }
.scene { display: grid; grid-template-columns: minmax(0, 1fr) minmax(16rem, 22rem); gap: 1rem clamp(1.5rem, 2.5vw, 2.75rem); }
[data-view="list"] .scenes > li { content-visibility: auto; contain-intrinsic-size: auto 40rem; }
.story { display: grid; gap: 1rem; align-content: start; }
.place { color: var(--soft); font-size: 0.8125rem; margin-bottom: -0.75rem; }
.note, .result { color: var(--soft); font-size: 0.875rem; }
.problem { background: var(--bad-wash); border-radius: 8px; padding: 0.5rem 0.75rem; font-size: 0.875rem; }
.text { white-space: pre-wrap; }
.words p + p { margin-top: 0.5rem; } .words p + h4 { margin-top: 0.9rem; }
.wanted { list-style: decimal; padding-left: 1.5rem; margin-top: -0.75rem; }
.typed { font: 0.8125rem/1.6 var(--mono); background: var(--faint); border-radius: 8px; padding: 0.6rem 0.75rem; max-height: 16rem; overflow: auto; }
.reasoning { color: var(--soft); }
.told { border-left: 2px solid var(--line); padding-left: 0.75rem; color: var(--soft); font-size: 0.875rem; }
.deny strong, .terminate strong, .refusal { color: var(--bad); }
.safety-check { margin-top: 0.4rem; font-size: 0.875rem; }
.bar { display: block; width: 100%; height: 0.5rem; border-radius: 4px; overflow: hidden; }
.track { fill: var(--faint); }
.times { display: flex; flex-wrap: wrap; gap: 0.15rem 1.1rem; margin-top: 0.4rem; font-size: 0.8125rem; }
.times div { display: flex; flex-wrap: wrap; gap: 0 0.4rem; } .times dt { color: var(--soft); white-space: nowrap; }
.swatch { display: inline-block; width: 0.6rem; height: 0.6rem; border-radius: 3px; margin-right: 0.35rem; }
.checks { display: grid; gap: 0.5rem; } .checks li { display: grid; grid-template-columns: 1.25rem 1fr; }
.checks small { display: block; white-space: pre-wrap; } .sign { font-weight: 700; }
.keys { margin-top: 1.5rem; color: var(--soft); font-size: 0.8125rem; display: none; }
[data-view] .keys { display: block; }
kbd { font: 0.8125em var(--mono); border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 0 0.35em; }

.appendix {
  margin-top: 3.5rem; padding-top: 2rem; border-top: 1px solid var(--line);
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 2.5rem;
}
.appendix h2 { margin-bottom: 0.75rem; }
.table { display: grid; gap: 0.3rem; }
.table div { display: grid; grid-template-columns: 8rem 1fr; gap: 1rem; }
.table dd { white-space: pre-wrap; }
footer { margin-top: 3rem; color: var(--soft); font-size: 0.8125rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

@media screen {
  [data-view="one"] .scene:not([data-current]) { display: none; }
  [data-view="one"] .scenes { gap: 0; }
  [data-view="list"] .again { display: none; }
}
@media (max-width: 60rem) {
  .scene { grid-template-columns: minmax(0, 1fr); }
  .bar-top { flex-wrap: wrap; } .strip { order: -1; flex-basis: 100%; }
}
@media print {
  :root { --paper: #fff; --surface: #fff; --ink: #000; --soft: #555; --line: #ccc; --faint: #f2f2f2; color-scheme: light; }
  @page { margin: 14mm; }
  body { padding: 0; font-size: 9.5pt; max-width: none; }
  [data-view] .bar-top, [data-view] .keys, .skip, .again { display: none; }
  .scenes { gap: 8mm; }
  .scene { grid-template-columns: minmax(0, 1fr) 55mm; break-inside: avoid; }
  .picture, .bar, .swatch, .banner, .problem { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .appendix { display: block; } .appendix section { break-inside: avoid; margin-bottom: 6mm; }
}
`;

export const STYLE = PAGE_STYLE + PICTURE_STYLE;
