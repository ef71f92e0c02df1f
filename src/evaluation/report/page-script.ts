/** Runs in the reader's browser. Text from runs goes into the page as text alone, never as markup. */
export const SCRIPT = `
'use strict';
const trials = JSON.parse(document.getElementById('trials').textContent);
const body = document.querySelector('#trial-table tbody');
const form = document.getElementById('filters');
const more = document.getElementById('more');
const count = document.getElementById('count');
const PAGE = 200;
let shown = PAGE;
let order = { key: undefined, sign: 1 };

function cell(row, content, className) {
  const td = row.insertCell();
  if (className) td.className = className;
  if (content instanceof Node) td.append(content);
  else td.textContent = content ?? '–';
  return td;
}

function element(name, properties, text) {
  const made = Object.assign(document.createElement(name), properties);
  if (text !== undefined) made.textContent = text;
  return made;
}

function time(ms) {
  if (ms < 60000) return (ms / 1000).toFixed(1) + ' s';
  const seconds = Math.round(ms / 1000);
  return Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0') + ' min';
}

/** Names of folders alone, each escaped: whatever stands there, the link stays beside this page. */
function linkTo(run) {
  return run.split('/').map(encodeURIComponent).join('/') + '/report.html';
}

function addRow(trial) {
  const row = body.insertRow();
  // A link without a picture would have no name.
  const link = trial.run && trial.picture ? element('a', { href: linkTo(trial.run) }) : element('span', {});
  if (trial.picture) {
    link.append(element('img', { loading: 'lazy', alt: 'last screen', src: 'data:image/webp;base64,' + trial.picture }));
  }
  cell(row, link);
  cell(row, trial.run ? element('a', { href: linkTo(trial.run) }, trial.task) : trial.task);
  cell(row, trial.model);
  cell(row, trial.number, 'number');
  cell(row, element('span', { className: 'verdict ' + trial.verdict }, trial.verdict));
  cell(row, trial.score === undefined ? '–' : trial.score.toFixed(2), 'number');
  cell(row, trial.turns, 'number');
  cell(row, trial.steps, 'number');
  cell(row, time(trial.ms), 'number');
  cell(row, trial.cost === undefined ? '–' : '$' + trial.cost.toFixed(4), 'number');
  const again = trial.retried ? ' (the machinery failed ' + trial.retried + ' times before)' : '';
  cell(row, trial.reason + again, 'reason');
}

function matching() {
  const { text, verdict, model, tag } = Object.fromEntries(new FormData(form));
  const words = text.toLowerCase();
  return trials.filter(
    (trial) =>
      (!verdict || trial.verdict === verdict) &&
      (!model || trial.model === model) &&
      (!tag || trial.tags.includes(tag)) &&
      (!words || (trial.task + ' ' + trial.reason).toLowerCase().includes(words)),
  );
}

function compare(a, b) {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  return typeof a === 'number' ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
}

function draw() {
  const found = matching();
  if (order.key) found.sort((a, b) => order.sign * compare(a[order.key], b[order.key]));
  body.replaceChildren();
  for (const trial of found.slice(0, shown)) addRow(trial);
  more.hidden = found.length <= shown;
  count.textContent = found.length + ' of ' + trials.length + ' trials';
}

function mark(head, sign) {
  for (const other of head.parentElement.cells) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
}

function onPress(head, act) {
  head.addEventListener('click', act);
  head.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') act();
  });
}

for (const head of document.querySelectorAll('th[data-key]')) {
  onPress(head, () => {
    const { key } = head.dataset;
    order = { key, sign: order.key === key ? -order.sign : 1 };
    mark(head, order.sign);
    draw();
  });
}

for (const table of document.querySelectorAll('table.sortable')) {
  for (const head of table.tHead.rows[0].cells) {
    head.tabIndex = 0;
    onPress(head, () => {
      const sign = head.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
      const value = (row) => {
        const td = row.cells[head.cellIndex];
        const text = td.dataset.value ?? td.textContent;
        const number = parseFloat(text);
        return Number.isNaN(number) ? text : number;
      };
      const rows = [...table.tBodies[0].rows].sort((a, b) => sign * compare(value(a), value(b)));
      table.tBodies[0].append(...rows);
      mark(head, sign);
    });
  }
}

form.addEventListener('input', () => {
  shown = PAGE;
  draw();
});
form.addEventListener('submit', (event) => event.preventDefault());
more.addEventListener('click', () => {
  shown += PAGE;
  draw();
});
draw();
`;
