import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeFilm } from '../../../src/demo/film-files.ts';
import { buildReport } from '../../../src/recording/report/build-report.ts';
import { ensureBrowserImage } from '../../../src/sandbox/docker/image/browser-image.ts';
import type { DockerDriver } from '../../../src/sandbox/docker/docker-driver.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox-driver.ts';
import { recordDrawnRun } from '../../unit/recording/report/drawn-run.ts';
import { temporaryFolder } from '../../unit/recording/sample-run.ts';
import { Bench } from '../sandbox/desktop.ts';

const PAGE = '/home/user/report.html';

const violations = z.array(
  z.object({ id: z.string(), impact: z.string().nullable(), help: z.string(), nodes: z.array(z.string()) }),
);

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

beforeAll(async () => {
  await using folder = await temporaryFolder();
  const run = await recordDrawnRun(folder.path);
  await buildReport(run);
  page = await readFile(run.report, 'utf8');
  const player = join(folder.path, 'film.html');
  await writeFilm(run, player);
  film = await readFile(player, 'utf8');
  bench = await Bench.open();
  const { reference } = await ensureBrowserImage(bench.engine);
  driver = await bench.driver({ image: reference });
  sandbox = await driver.create({ ...bench.spec, pidsLimit: 512 });
});

afterAll(async () => {
  await driver[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

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
    const state = keyed.parse(
      JSON.parse(Buffer.from(/KEYS(.*)OVER/.exec(dom)?.[1] ?? '', 'base64').toString()),
    );
    const last = Number(state.last);
    expect(state.places.map(Number)).toEqual([last, last - 1, 0, 1, 2, 2]);
    expect(state.play).toBe('Pause');
  });
});
