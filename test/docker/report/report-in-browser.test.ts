import { readFile } from 'node:fs/promises';
import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
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

beforeAll(async () => {
  await using folder = await temporaryFolder();
  const run = await recordDrawnRun(folder.path);
  await buildReport(run);
  page = await readFile(run.report, 'utf8');
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

/** The page with the audit in it: the policy of the page would keep it out. */
function audited(view: string): string {
  const open = page.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, '');
  const show = `document.documentElement.dataset.view = '${view}';`;
  return open.replace(
    '</body>',
    () => `<script>${axe.source}</script><script>${show}${AUDIT}</script></body>`,
  );
}

describe('the report in Chromium', () => {
  it.each([
    ['one', 'light', '--blink-settings=preferredColorScheme=1'],
    ['list', 'light', '--blink-settings=preferredColorScheme=1'],
    ['one', 'dark', '--blink-settings=preferredColorScheme=0'],
    ['list', 'dark', '--blink-settings=preferredColorScheme=0'],
  ])('has nothing serious that axe-core finds: view %s, %s', async (view, _scheme, flag) => {
    const dom = await open(audited(view), [flag]);
    const found = /AUDIT(.*)END/.exec(dom)?.[1];
    expect(found, 'the audit has run').toBeDefined();
    const all = violations.parse(JSON.parse(Buffer.from(found ?? '', 'base64').toString()));
    expect(all.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  });

  it('works from the file system under its own policy, and goes to the scene that its address names', async () => {
    const dom = await open(page);
    expect(dom).toMatch(/<html[^>]* data-view="one"/);
    expect(dom).toMatch(/id="counter">1 of \d+</);
    expect(dom).toMatch(/class="scene" id="scene-1"[^>]* data-current/);
  });
});
