import { createHash } from 'node:crypto';
import { readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Script } from 'node:vm';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { loadFrames } from '../../../../src/recording/report/frame-images.ts';
import { buildReport } from '../../../../src/recording/report/build-report.ts';
import { writeReport } from '../../../../src/recording/report/report.ts';
import type { RunFolder } from '../../../../src/recording/run-folder.ts';
import { temporaryFolder } from '../sample-run.ts';
import { ALL_ACTIONS, recordDrawnRun } from './drawn-run.ts';

const HOSTILE =
  `</title></style></script><script>globalThis.pwned = 1</script><img src=x onerror="pwned()">` +
  `"onmouseover='pwned()' <svg/onload=pwned()> \u001b]0;owned\u0007 \u202egnp.exe &lt;`;

async function pageOf(folder: RunFolder): Promise<string> {
  const { path, bytes } = await buildReport(folder);
  const page = await readFile(path, 'utf8');
  expect(Buffer.byteLength(page)).toBe(bytes);
  return page;
}

let whole: Promise<string> | undefined;

/** The page of a run with every kind of action; made once for all that look at it. */
async function wholePage(): Promise<string> {
  whole ??= (async () => {
    await using root = await temporaryFolder();
    return await pageOf(await recordDrawnRun(root.path));
  })();
  return await whole;
}

/** Every tag with its attributes' names, in order: the shape of a page without any of its text. */
function shapeOf(page: string): readonly string[] {
  const tags = page.replace(/<(style|script)>[^]*?<\/\1>/g, '<$1></$1>').match(/<[^>]*>/g) ?? [];
  return tags.map((tag) => tag.replaceAll(/="[^"]*"/g, '=').replaceAll(/\s+/g, ' '));
}

test('every kind of action, decision and trouble is on the page', async () => {
  const page = await wholePage();
  const text = page
    .replace(/<(style|script)>[^]*?<\/\1>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
  expect(page.match(/class="scene"/g)).toHaveLength(ALL_ACTIONS.length + 3);
  for (const expected of [
    'Done and verified, 1 of 1 check',
    'Click at (0, 0)',
    'Right-click at (1439, 899) holding Control',
    'Double-click at (320, 240)',
    'Drag from (300, 200) to (820, 310) holding Shift',
    'Press Control+Shift+S',
    'Scroll down 480 px at (600, 400)',
    'Fin d’été – 夏の終わり 🌱',
    'I see the editor.',
    'Denied · a person',
    'display-stalled',
    'deskhand/ubuntu-desktop',
    'sha256:9cdd',
    'settle 160 ms',
    '12 turns, 10 steps',
    'The model speaks',
    'Warnings',
  ]) {
    expect(text).toContain(expected);
  }
});

test('text from the run cannot become markup, act on a terminal or turn the reading direction', async () => {
  await using root = await temporaryFolder();
  const harmless = await wholePage();
  const hostile = await pageOf(await recordDrawnRun(root.path, { text: HOSTILE }));
  expect(shapeOf(hostile)).toEqual(shapeOf(harmless));
  expect(hostile).not.toMatch(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/u);
  expect(hostile.match(/<script/g)).toHaveLength(1);
  expect(hostile).toContain('⟨U+001B⟩]0;owned⟨U+0007⟩ ⟨U+202E⟩gnp.exe');
});

test('the page loads nothing, and only its own style and script may run', async () => {
  const page = await wholePage();
  const [style, script] = ['style', 'script'].map((tag) => {
    const source = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)?.[1] ?? '';
    return { source, hash: createHash('sha256').update(source).digest('base64') };
  });
  expect(/Content-Security-Policy" content="([^"]*)"/.exec(page.replaceAll(/\s+/g, ' '))?.[1]).toBe(
    `default-src 'none'; img-src data:; style-src 'sha256-${style?.hash}'; script-src 'sha256-${script?.hash}'; ` +
      `base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'`,
  );
  expect(() => new Script(script?.source ?? '(')).not.toThrow();
  expect(script?.source).not.toMatch(/innerHTML|insertAdjacent|document\.write|eval|Function\(/);
  expect(page).not.toMatch(/(?:src|href)="(?!#|data:image\/)/);
  expect(page).not.toMatch(/ (?:style|on[a-z]+)="/);
  expect(style?.source).not.toMatch(/url\(|@import/);
});

test('each frame is embedded once, and is the picture that was recorded', async () => {
  await using root = await temporaryFolder();
  const folder = await recordDrawnRun(root.path, { steps: 3 });
  const page = await pageOf(folder);
  const images = [
    ...page.matchAll(/<image\s+id="frame-([0-9a-f]{16})"[^>]*href="data:image\/png;base64,([^"]*)"/g),
  ];
  const files = await readdir(folder.frames);
  expect(images).toHaveLength(files.length);
  expect(new Set(images.map(([, id]) => id))).toEqual(new Set(files.map((file) => file.slice(0, 16))));
  for (const [, id, base64] of images) {
    const file = files.find((name) => name.startsWith(id ?? ' ')) ?? '';
    const pixels = (source: string | Buffer): Promise<Buffer> => sharp(source).removeAlpha().raw().toBuffer();
    const [shown, recorded] = await Promise.all([
      pixels(Buffer.from(base64 ?? '', 'base64')),
      pixels(join(folder.frames, file)),
    ]);
    const worst = shown.reduce((max, value, at) => Math.max(max, Math.abs(value - (recorded[at] ?? 0))), 0);
    expect(worst).toBeLessThanOrEqual(8);
  }
});

test('a photographic frame is embedded as WebP', async () => {
  await using root = await temporaryFolder();
  const folder = await recordDrawnRun(root.path, { steps: 1 });
  const [file] = await readdir(folder.frames);
  const noise = await sharp({
    create: {
      width: 1440,
      height: 900,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  })
    .png()
    .toBuffer();
  const hash = createHash('sha256').update(noise).digest('hex');
  await writeFile(join(folder.frames, `${hash}.png`), noise);
  const frames = await loadFrames(folder, [hash, file?.slice(0, 64) ?? '']);
  const kinds = [...frames.values()].map((frame) => (frame.ok ? frame.uri.slice(0, 16) : frame.problem));
  expect(kinds.sort()).toEqual(['data:image/png;b', 'data:image/webp;']);
});

test('a run that was killed has a report up to its last line', async () => {
  await using root = await temporaryFolder();
  const page = await pageOf(await recordDrawnRun(root.path, { steps: 2, isEnded: false }));
  expect(page).toContain('Interrupted');
  expect(page).toContain('The recording has no end: the run was killed, or is still going on.');
  expect(page).toContain('3 turns, 2 steps');
});

test('a damaged recording has a report up to the damage, and says where it is', async () => {
  await using root = await temporaryFolder();
  const folder = await recordDrawnRun(root.path, { steps: 3 });
  const { length } = await readFile(folder.trajectory);
  await truncate(folder.trajectory, Math.floor(length / 2));
  const page = await pageOf(folder);
  expect(page).toMatch(/The recording cannot be read beyond line \d+: the line is cut off\./);
  expect(page).toMatch(/The recording is damaged at\s+line \d+/);
  await writeFile(folder.trajectory, '');
  expect(await pageOf(folder)).toContain('The recording cannot be read beyond line 1: the file is empty.');
});

test('a frame that is missing, changed or no picture is told in its place', async () => {
  await using root = await temporaryFolder();
  const folder = await recordDrawnRun(root.path, { steps: 2 });
  const [first, second, third] = await readdir(folder.frames);
  const text = Buffer.from('not a picture');
  const hash = createHash('sha256').update(text).digest('hex');
  await rm(join(folder.frames, first ?? ''));
  await writeFile(join(folder.frames, second ?? ''), 'changed');
  await rm(join(folder.frames, third ?? ''));
  const page = await pageOf(folder);
  expect(page).toContain('it does not exist.');
  expect(page).toContain('it does not match its hash.');
  await writeFile(join(folder.frames, `${hash}.png`), text);
  expect((await loadFrames(folder, [hash])).get(hash)).toMatchObject({
    ok: false,
    problem: expect.stringMatching(/^The frame is not a picture: /),
  });
});

test('50 steps at 1440x900 stay under 15 MB', async () => {
  await using root = await temporaryFolder();
  const { bytes } = await buildReport(await recordDrawnRun(root.path, { steps: 50 }));
  expect(bytes).toBeLessThan(15_000_000);
});

test('a process of its own writes the same report, and tells its errors as they are', async () => {
  await using root = await temporaryFolder();
  const folder = await recordDrawnRun(root.path, { steps: 1 });
  const page = await pageOf(folder);
  await rm(folder.report);
  expect(await writeReport(folder)).toEqual({ path: folder.report, bytes: Buffer.byteLength(page) });
  expect(await readFile(folder.report, 'utf8')).toBe(page);
  await rm(folder.trajectory);
  await expect(writeReport(folder)).rejects.toMatchObject({
    name: 'StorageError',
    code: 'read-failed',
    message: `Cannot read ${folder.trajectory}: it does not exist.`,
    hint: 'Check the path; the run folder may have been removed.',
  });
});

test('writing a report can be cancelled, and leaves no file', async () => {
  await using root = await temporaryFolder();
  const folder = await recordDrawnRun(root.path, { steps: 1 });
  const reason = new Error('enough');
  const controller = new AbortController();
  const writing = writeReport(folder, { signal: controller.signal });
  controller.abort(reason);
  await expect(writing).rejects.toBe(reason);
  await expect(writeReport(folder, { signal: controller.signal })).rejects.toBe(reason);
  await expect(buildReport(folder, { signal: controller.signal })).rejects.toBe(reason);
  expect(await readdir(folder.path)).toEqual(['frames', 'trajectory.jsonl']);
});
