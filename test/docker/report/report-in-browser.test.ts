import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeFilm } from '../../../src/demo/film-files.ts';
import { ContentProcess } from '../../../src/evaluation/content/content-process.ts';
import { writeReports } from '../../../src/evaluation/report/write-reports.ts';
import { buildReport } from '../../../src/recording/report/build-report.ts';
import { ensureBrowserImage } from '../../../src/sandbox/docker/image/browser-image.ts';
import type { DockerDriver } from '../../../src/sandbox/docker/docker-driver.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox-driver.ts';
import { record, trial } from '../../unit/evaluation/batch/results.ts';
import { recordDrawnRun } from '../../unit/recording/report/drawn-run.ts';
import { temporaryFolder } from '../../unit/recording/sample-run.ts';
import { Bench } from '../sandbox/desktop.ts';

const PAGE = '/home/user/report.html';

const violations = z.array(
  z.object({ id: z.string(), impact: z.string().nullable(), help: z.string(), nodes: z.array(z.string()) }),
);

const scrubbed = z.object({ places: z.array(z.string()), scenes: z.string(), view: z.string() });
const keyed = z.object({ places: z.array(z.string()), last: z.string(), play: z.string() });

/** Runs axe-core on the page as it stands, and leaves what it found in the page. */
const AUDIT = `
axe.run(document).then(({ violations }) => {
  const found = violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map((n) => n.html.slice(0, 200)) }));
  document.body.textContent = 'AUDIT' + btoa(JSON.stringify(found)) + 'END';
});`;

let bench: Bench;
let driver: DockerDriver;
let sandbox: Sandbox;
let page: string;
let film: string;
let evaluation: string;

beforeAll(async () => {
  await using folder = await temporaryFolder();
  const run = await recordDrawnRun(folder.path);
  await buildReport(run);
  page = await readFile(run.report, 'utf8');
  const player = join(folder.path, 'film.html');
  await writeFilm(run, player);
  film = await readFile(player, 'utf8');
  evaluation = await writeEvaluation(folder.path);
  bench = await Bench.open();
  const { reference } = await ensureBrowserImage(bench.engine);
  driver = await bench.driver({ image: reference });
  sandbox = await driver.create({ ...bench.spec, pidsLimit: 512 });
});

afterAll(async () => {
  await driver[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

/** The page of a batch with trials of every verdict, more than are shown at once. */
async function writeEvaluation(folder: string): Promise<string> {
  const verdicts = ['passed', 'failed', 'invalid', 'ungraded'] as const;
  const records = Array.from({ length: 400 }, (_, at) =>
    record(trial(`task-${at % 20}`, 1 + Math.floor(at / 20)), {
      verdict: verdicts[at % verdicts.length] ?? 'passed',
      times: { total: 1000 * at },
    }),
  );
  const pairs = Array.from({ length: 20 }, (_, at) => ({ task: `task-${at}`, model: 'local', tags: [] }));
  const batch = {
    type: 'batch',
    version: 1,
    suite: 'office',
    suiteFile: '/s.yaml',
    fingerprint: 'f',
  } as const;
  const header = { ...batch, pairs, trials: 20, startedAt: '2026-01-01T00:00:00.000Z' };
  return await readFile((await writeReports(folder, { header, records })).page, 'utf8');
}

/** The document after its scripts have run, as a file from disk, without any network. */
async function open(html: string, flags: readonly string[] = []): Promise<string> {
  await sandbox.writeFiles([{ path: PAGE, content: Buffer.from(html) }]);
  const argv = ['chromium', '--headless=new', '--disable-gpu', '--window-size=1280,900', ...flags];
  const { stdout } = await sandbox.exec([
    ...argv,
    '--virtual-time-budget=10000',
    '--dump-dom',
    `file://${PAGE}`,
  ]);
  return stdout.toString();
}

/** A page with a script of ours in it: the policy of the page would keep it out. */
function withScript(html: string, script: string): string {
  const open = html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, '');
  return open.replace('</body>', () => `<script>${axe.source}</script><script>${script}</script></body>`);
}

/** What a script of ours has left in the page between KEYS and OVER, in Base64. */
function toldBy(dom: string): unknown {
  return JSON.parse(Buffer.from(/KEYS(.*)OVER/.exec(dom)?.[1] ?? '', 'base64').toString());
}

/** What axe-core finds in a page once a script has prepared it. */
async function audit(html: string, prepare: string, flag: string) {
  const dom = await open(withScript(html, prepare + AUDIT), [flag]);
  const found = /AUDIT(.*)END/.exec(dom)?.[1];
  expect(found, 'the audit has run').toBeDefined();
  const all = violations.parse(JSON.parse(Buffer.from(found ?? '', 'base64').toString()));
  return all.filter(({ impact }) => impact === 'serious' || impact === 'critical');
}

describe('the report in Chromium', () => {
  it.each([
    ['one', 'light', '--blink-settings=preferredColorScheme=1'],
    ['list', 'light', '--blink-settings=preferredColorScheme=1'],
    ['one', 'dark', '--blink-settings=preferredColorScheme=0'],
    ['list', 'dark', '--blink-settings=preferredColorScheme=0'],
  ])('has nothing serious that axe-core finds: view %s, %s', async (view, _scheme, flag) => {
    expect(await audit(page, `document.documentElement.dataset.view = '${view}';`, flag)).toEqual([]);
  });

  it('works from the file system under its own policy, and goes to the scene that its address names', async () => {
    const dom = await open(page);
    expect(dom).toMatch(/<html[^>]* data-view="one"/);
    expect(dom).toMatch(/id="counter">1 of \d+</);
    expect(dom).toMatch(/class="scene" id="scene-1"[^>]* data-current/);
  });
  it('is worked with the keyboard and with the bar that is scrubbed', async () => {
    const work = `
      const counter = document.getElementById('counter');
      const strip = document.getElementById('strip');
      const after = (act) => { act(); return counter.textContent.split(' ')[0]; };
      const key = (name) => () => document.dispatchEvent(new KeyboardEvent('keydown', { key: name }));
      const { left, width } = strip.getBoundingClientRect();
      const at = (share) => ({ pointerId: 1, clientX: left + width * share, bubbles: true });
      strip.setPointerCapture = () => {};
      strip.hasPointerCapture = () => true;
      const places = [
        ...['End', 'Home', 'ArrowRight', 'ArrowRight', 'ArrowLeft'].map((name) => after(key(name))),
        after(() => strip.dispatchEvent(new PointerEvent('pointerdown', at(0.99)))),
        after(() => strip.dispatchEvent(new PointerEvent('pointermove', at(0.01)))),
      ];
      const scenes = counter.textContent.split(' ').at(-1);
      key('l')();
      const state = { places, scenes, view: document.documentElement.dataset.view };
      document.body.textContent = 'KEYS' + btoa(JSON.stringify(state)) + 'OVER';`;
    const dom = await open(withScript(page, work));
    const state = scrubbed.parse(toldBy(dom));
    const last = state.scenes;
    expect(Number(last)).toBeGreaterThan(3);
    expect(state).toMatchObject({ places: [last, '1', '2', '3', '2', last, '1'], view: 'list' });
  });

  it('prints every step, without its controls', async () => {
    await sandbox.writeFiles([{ path: PAGE, content: Buffer.from(page) }]);
    const print = ['--no-pdf-header-footer', '--print-to-pdf=/tmp/report.pdf', `file://${PAGE}`];
    await sandbox.exec(['chromium', '--headless=new', '--disable-gpu', ...print]);
    await using contents = new ContentProcess();
    const printed = { name: 'report.pdf', bytes: await sandbox.readFile('/tmp/report.pdf') };
    const text = await contents.read('text', printed);
    expect(stepsIn(page).size).toBeGreaterThan(3);
    expect(stepsIn(text)).toEqual(stepsIn(page));
    expect(page).toContain('one or all');
    expect(text).not.toContain('one or all');
  });
});

function stepsIn(text: string): ReadonlySet<string | undefined> {
  return new Set([...text.matchAll(/Step (\d+) /g)].map(([, step]) => step));
}

describe('the page of an evaluation in Chromium', () => {
  it.each([
    ['light', '--blink-settings=preferredColorScheme=1'],
    ['dark', '--blink-settings=preferredColorScheme=0'],
  ])('has nothing serious that axe-core finds: %s', async (_scheme, flag) => {
    expect(await audit(evaluation, '', flag)).toEqual([]);
  });

  it('sorts its trials by a column, and shows those that a person asks for', async () => {
    const work = `
      const rows = () => [...document.querySelectorAll('#trial-table tbody tr')];
      const column = (name) => rows().map((row) => row.cells[document.querySelector('[data-key=' + name + ']').cellIndex].textContent);
      const before = rows().length;
      for (let press = 0; press < 2; press++) document.querySelector('[data-key=ms]').click();
      const longest = column('ms')[0];
      const verdict = document.querySelector('[name=verdict]');
      verdict.value = 'invalid';
      verdict.dispatchEvent(new Event('input', { bubbles: true }));
      const state = { before, longest, verdicts: [...new Set(column('verdict'))], after: rows().length };
      document.body.textContent = 'KEYS' + btoa(JSON.stringify(state)) + 'OVER';`;
    const dom = await open(withScript(evaluation, work));
    const state: unknown = toldBy(dom);
    expect(state).toEqual({ before: 200, longest: '6:39 min', verdicts: ['invalid'], after: 100 });
  });
});

describe('the player of a film in Chromium', () => {
  it.each([
    ['light', '--blink-settings=preferredColorScheme=1'],
    ['dark', '--blink-settings=preferredColorScheme=0'],
  ])('has nothing serious that axe-core finds: %s', async (_scheme, flag) => {
    expect(await audit(film, '', flag)).toEqual([]);
  });

  it('is worked with the keyboard', async () => {
    const keys = `
      const bar = document.getElementById('scrub');
      const places = ['End', 'ArrowLeft', 'Home', 'ArrowRight', 'ArrowRight', ' '].map((key) => {
        document.dispatchEvent(new KeyboardEvent('keydown', { key }));
        return bar.value;
      });
      const state = { places, last: bar.max, play: document.getElementById('play').textContent };
      document.body.textContent = 'KEYS' + btoa(JSON.stringify(state)) + 'OVER';`;
    const dom = await open(withScript(film, keys));
    const state = keyed.parse(toldBy(dom));
    const last = Number(state.last);
    expect(state.places.map(Number)).toEqual([last, last - 1, 0, 1, 2, 2]);
    expect(state.play).toBe('Pause');
  });
});
