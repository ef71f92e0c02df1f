export const STYLE = `
:root { color-scheme: light dark; --text: #1d2430; --quiet: #667085; --line: #e3e6eb; --back: #fff; --soft: #f6f7f9;
  --passed: #2f9e5f; --failed: #d6453d; --other: #c98a12; --model: #5b7fd6; --act: #2f9e5f; --settle: #e0b13c; --sandbox: #9aa3b2; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ef; --quiet: #98a2b3; --line: #2c3340; --back: #14181f; --soft: #1b2129; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1320px; padding: 1.5rem; color: var(--text); background: var(--back);
  font: 14px/1.45 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.5rem; } h2 { margin: 2rem 0 .6rem; font-size: 1.05rem; }
header p { margin: .2rem 0 0; }
.quiet { color: var(--quiet); font-size: .86em; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: .7rem; margin-top: 1.2rem; }
.tile { padding: .7rem .9rem; border: 1px solid var(--line); border-radius: 8px; background: var(--soft); }
.value { font-size: 1.45rem; font-weight: 600; font-variant-numeric: tabular-nums; }
section { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .32rem .55rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: middle; }
th { position: sticky; top: 0; color: var(--quiet); font-weight: 500; font-size: .86em; background: var(--back); white-space: nowrap; }
.sortable th, th[data-key] { cursor: pointer; }
th[aria-sort=ascending]::after { content: " ↑"; } th[aria-sort=descending]::after { content: " ↓"; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td:first-child { min-width: 9rem; overflow-wrap: anywhere; }
svg { display: block; } .histogram { width: 100%; max-width: 900px; } svg text { fill: var(--quiet); font-size: 11px; }
.track { fill: var(--line); } rect.passed { fill: var(--passed); } rect.failed { fill: var(--failed); }
.whisker { fill: none; stroke: var(--text); stroke-width: 1.4; }
rect.model { fill: var(--model); } rect.act { fill: var(--act); } rect.settle { fill: var(--settle); } rect.sandbox { fill: var(--sandbox); }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-bottom: .6rem; }
input, select, button { padding: .35rem .6rem; border: 1px solid var(--line); border-radius: 6px; color: inherit;
  background: var(--back); font: inherit; }
input { min-width: 16rem; } output { color: var(--quiet); }
#trial-table img { display: block; width: 128px; height: 80px; object-fit: cover; border: 1px solid var(--line); border-radius: 4px; }
.verdict { padding: .1rem .5rem; border-radius: 99px; color: #fff; font-size: .86em; background: #8a5e00; }
.verdict.passed { background: #1f7a46; } .verdict.failed { background: #b8322b; }
.reason { max-width: 28rem; overflow-wrap: anywhere; }
#more { margin: .8rem auto; display: block; } #more[hidden] { display: none; }
a { color: inherit; }
`;
