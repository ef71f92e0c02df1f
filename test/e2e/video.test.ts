import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import sharp from 'sharp';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { writeFilm } from '../../src/demo/film-files.ts';
import { toShots } from '../../src/demo/shots.ts';
import { scanTrajectory } from '../../src/recording/reader.ts';
import { ROOT } from '../support/cli.ts';
import { recordDrawnRun } from '../unit/recording/report/drawn-run.ts';
import { temporaryFolder } from '../unit/recording/sample-run.ts';

const probed = z.object({
  streams: z.tuple([z.looseObject({ nb_read_frames: z.string() })]),
  format: z.object({ duration: z.string() }),
});
/** One picture of a video at 25 a second, s. */
const PICTURE_S = 0.04;

beforeAll(async () => {
  await execa('sh', ['src/setup/prepare.sh', 'film'], { cwd: ROOT });
}, 600_000);

async function probe(path: string) {
  const argv = ['-v', 'error', '-count_frames', '-show_streams', '-show_format', '-of', 'json', path];
  const { streams, format } = probed.parse(JSON.parse((await execa('ffprobe', argv)).stdout));
  return { stream: streams[0], durationS: Number(format.duration) };
}

async function lastPicture(path: string) {
  const argv = [
    '-v',
    'error',
    '-sseof',
    '-0.2',
    '-i',
    path,
    '-frames:v',
    '1',
    '-f',
    'image2',
    '-c',
    'png',
    '-',
  ];
  const { stdout } = await execa('ffmpeg', argv, { encoding: 'buffer' });
  return await sharp(stdout).removeAlpha().raw().toBuffer();
}

it.each([
  ['film.mp4', 'h264'],
  ['film.webm', 'vp9'],
])(
  '%s is a video that players take, as long as the film, with the screen at its end',
  async (name, codec) => {
    await using root = await temporaryFolder();
    const folder = await recordDrawnRun(root.path, { steps: 2, text: 'I click.' });
    const path = join(root.path, name);
    await writeFilm(folder, path);
    const { lines } = await scanTrajectory(folder.trajectory);
    const shots = toShots(lines);
    const filmS = shots.reduce((sum, { ms }) => sum + ms, 0) / 1000;
    const { stream, durationS } = await probe(path);
    expect(stream).toMatchObject({
      codec_name: codec,
      width: 1440,
      height: 900,
      pix_fmt: 'yuv420p',
      color_space: 'bt709',
      r_frame_rate: '25/1',
    });
    expect(Math.abs(durationS - filmS)).toBeLessThanOrEqual(2 * PICTURE_S);
    expect(Math.abs(Number(stream.nb_read_frames) * PICTURE_S - filmS)).toBeLessThanOrEqual(2 * PICTURE_S);
    const png = join(folder.frames, `${shots.at(-1)?.frame}.png`);
    const [seen, shown] = [await lastPicture(path), await sharp(png).removeAlpha().raw().toBuffer()];
    const off =
      shown.reduce((sum, value, index) => sum + Math.abs(value - (seen[index] ?? 0)), 0) / shown.length;
    // Pointer, caption and the codec make a difference, but a small one.
    expect([seen.length, off < 12]).toEqual([shown.length, true]);
  },
);

it('an mp4 begins to play before it is there as a whole', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'film.mp4');
  await writeFilm(await recordDrawnRun(root.path, { steps: 1 }), path);
  await using file = await open(path);
  const bytes = await file.readFile();
  expect(bytes.indexOf('moov')).toBeGreaterThan(0);
  expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
});
