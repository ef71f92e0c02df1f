import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, onTestFinished, test, vi } from 'vitest';
import { toLines } from '../../../src/demo/draw-shot.ts';
import { writeFilm } from '../../../src/demo/film-files.ts';
import { toShots } from '../../../src/demo/shots.ts';
import { readTrajectory } from '../../../src/recording/reader.ts';
import { recordDrawnRun } from '../recording/report/drawn-run.ts';
import { temporaryFolder } from '../recording/sample-run.ts';

test('a film moves the pointer to each action, presses, shows what came of it, and leaves waiting out', async () => {
  await using root = await temporaryFolder();
  const folder = await recordDrawnRun(root.path, { steps: 1, text: 'I click.' });
  const { lines } = await readTrajectory(folder.trajectory);
  const shots = toShots(lines);
  const pressed = shots.findIndex(({ isPressed }) => isPressed);
  expect(pressed).toBeGreaterThan(5);
  expect(shots[pressed + 1]?.frame).not.toBe(shots[pressed]?.frame);
  const way = shots.slice(0, pressed).map(({ pointer }) => pointer.x);
  expect(way).toEqual(way.toSorted((a, b) => a - b));
  expect(shots.at(-1)?.caption).toBe('I click.');
  expect(shots.every(({ ms }) => ms > 0)).toBe(true);
});

test('a page with a player holds each frame once, and nothing from a run becomes markup', async () => {
  await using root = await temporaryFolder();
  const text = '</script><script>alert(1)</script>';
  const folder = await recordDrawnRun(root.path, { steps: 2, text });
  const path = join(root.path, 'film.html');
  await writeFilm(folder, path);
  const page = await readFile(path, 'utf8');
  const frames = new Set(toShots((await readTrajectory(folder.trajectory)).lines).map(({ frame }) => frame));
  expect(page.match(/<img\s/g)).toHaveLength(frames.size);
  expect(page).not.toContain('<script>alert');
  expect(page).not.toMatch(/(src|href)="(?!data:)/);
});

test('an animated picture has every shot with its time', async () => {
  await using root = await temporaryFolder();
  const folder = await recordDrawnRun(root.path, { steps: 2, text: 'I click.' });
  const path = join(root.path, 'film.webp');
  await writeFilm(folder, path);
  const { pages, delay, width } = await sharp(path).metadata();
  const shots = toShots((await readTrajectory(folder.trajectory)).lines);
  expect(width).toBe(960);
  expect(delay?.reduce((sum, ms) => sum + ms, 0)).toBe(shots.reduce((sum, { ms }) => sum + ms, 0));
  expect(pages).toBeLessThanOrEqual(shots.length);
});

test('another ending, and a run without a screen, are refused before anything is written', async () => {
  await using root = await temporaryFolder();
  const folder = await recordDrawnRun(root.path, { steps: 1 });
  await expect(writeFilm(folder, 'film.avi')).rejects.toMatchObject({
    code: 'invalid-option',
    message: 'Cannot make a film of film.avi: its name has to end with .html, .webp, .mp4, .webm.',
  });
  const empty = { ...folder, trajectory: join(root.path, 'none') };
  await expect(writeFilm(empty, 'film.webp')).rejects.toMatchObject({ code: 'read-failed' });
});

test.each(['film.mp4', 'film.webm'])(
  '%s without ffmpeg: it is said what to install, or do instead',
  async (name) => {
    await using root = await temporaryFolder();
    const folder = await recordDrawnRun(root.path, { steps: 1 });
    vi.stubEnv('PATH', root.path);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const path = join(root.path, name);
    await expect(writeFilm(folder, path)).rejects.toMatchObject({
      code: 'not-found',
      message: `Cannot write ${path}: a video needs ffmpeg, and there is none.`,
      hint: expect.stringContaining('apt-get install ffmpeg'),
    });
  },
);

test('captions are cut at spaces', () => {
  expect(toLines('one two three four', 9)).toEqual(['one two', 'three', 'four']);
  expect(toLines('', 9)).toEqual([]);
  expect(toLines('unbreakable', 4)).toEqual(['unbreakable']);
});
