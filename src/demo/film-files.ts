import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { execa } from 'execa';
import sharp from 'sharp';
import { InputError, StorageError, toMessage } from '../errors.ts';
import { readFrame } from '../recording/frames.ts';
import { scanTrajectory } from '../recording/reader.ts';
import { loadFrames } from '../recording/report/frame-images.ts';
import { replaceFile } from '../recording/run-folder.ts';
import type { RunFolder } from '../recording/run-folder.ts';
import type { Size } from '../util/geometry.ts';
import { drawShot } from './draw-shot.ts';
import { playerPage } from './player-page.ts';
import type { Shot } from './shots.ts';
import { toShots } from './shots.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

interface Film {
  readonly title: string;
  readonly size: Size;
  readonly shots: readonly Shot[];
  readonly folder: RunFolder;
}

type Write = (film: Film, path: string, options: Cancellable) => Promise<void>;

/** Still pictures gain nothing from a longer search, which takes minutes. */
const FAST_VP9 = ['-deadline', 'good', '-cpu-used', '5', '-row-mt', '1'];

/** By the ending of the file. */
const WRITERS: Readonly<Record<string, Write>> = {
  '.html': writePlayer,
  '.webp': writeWebp,
  '.mp4': async (film, path, options) =>
    await writeVideo(
      film,
      path,
      ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-movflags', '+faststart'],
      options,
    ),
  '.webm': async (film, path, options) =>
    await writeVideo(
      film,
      path,
      ['-c:v', 'libvpx-vp9', '-pix_fmt', 'yuv420p', '-b:v', '0', '-crf', '34', ...FAST_VP9],
      options,
    ),
};

/** Width of moving pictures that hold every shot in memory, px. */
const WEBP_WIDTH = 960;
const VIDEO_WIDTH = 1440;

const BT709 = ['-colorspace', '-color_primaries', '-color_trc'].flatMap((flag) => [flag, 'bt709']);

/** @throws InputError invalid-option for an ending that nothing writes */
export function checkFilmPath(path: string): void {
  if (Object.hasOwn(WRITERS, extname(path).toLowerCase())) return;
  throw new InputError(
    'invalid-option',
    `Cannot make a film of ${path}: its name has to end with ${Object.keys(WRITERS).join(', ')}.`,
  );
}

/**
 * Writes the film of a run: a page with a player (.html), an animated picture (.webp), or a video (.mp4, .webm: by ffmpeg).
 * @throws InputError invalid-file when there is nothing to show, not-found when there is no ffmpeg; StorageError
 */
export async function writeFilm(folder: RunFolder, path: string, options: Cancellable = {}): Promise<void> {
  checkFilmPath(path);
  const { lines, start } = await scanTrajectory(folder.trajectory, options);
  const shots = toShots(lines);
  if (start === undefined || shots.length === 0) {
    throw new InputError('invalid-file', `${folder.trajectory} has no screen to show.`);
  }
  const { task, display } = start;
  const film = { title: task.title ?? task.instruction, size: display, shots, folder };
  await WRITERS[extname(path).toLowerCase()]?.(film, path, options);
}

async function writePlayer({ folder, ...film }: Film, path: string, options: Cancellable): Promise<void> {
  const hashes = [...new Set(film.shots.map(({ frame }) => frame))];
  const frames = await loadFrames(folder, hashes, options);
  await replaceFile(path, playerPage({ ...film, frames }));
}

async function writeWebp(film: Film, path: string, options: Cancellable): Promise<void> {
  const pictures: Buffer[] = [];
  for await (const picture of draw(film, WEBP_WIDTH, options)) pictures.push(picture);
  const delay = film.shots.map(({ ms }) => ms);
  const webp = await sharp(pictures, { join: { animated: true } })
    .webp({ delay, loop: 0, lossless: true, effort: 2 })
    .toBuffer();
  await replaceFile(path, webp);
}

/** Equal shots in a row are drawn once. A frame that is lost leaves the one before it. */
async function* draw(
  { shots, folder, size }: Film,
  width: number,
  options: Cancellable,
): AsyncGenerator<Buffer> {
  let png: Buffer | undefined;
  let frame: string | undefined;
  for (const shot of shots) {
    if (shot.frame !== frame)
      png = await readFrame(folder, shot.frame, options).catch((error: unknown) => {
        options.signal?.throwIfAborted();
        if (png === undefined) throw error;
        return png;
      });
    frame = shot.frame;
    if (png !== undefined) yield await drawShot(shot, png, { size, width });
  }
}

async function writeVideo(
  film: Film,
  path: string,
  codec: readonly string[],
  options: Cancellable,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'deskhand-film-'));
  try {
    const list: string[] = [];
    for await (const picture of draw(film, VIDEO_WIDTH, options)) {
      const name = `${String(list.length).padStart(5, '0')}.png`;
      await writeFile(join(folder, name), picture);
      list.push(name);
    }
    const lines = list.flatMap((name, index) => [
      `file '${name}'`,
      `duration ${(film.shots[index]?.ms ?? 40) / 1000}`,
    ]);
    // The last picture is named again: its duration counts only then.
    await writeFile(join(folder, 'list.txt'), [...lines, `file '${list.at(-1)}'`].join('\n'));
    await encode(join(folder, 'list.txt'), path, codec, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function encode(
  list: string,
  path: string,
  codec: readonly string[],
  { signal }: Cancellable,
): Promise<void> {
  // Even sides, as the codecs want them, and the colours that players take a video of this size to have.
  const even = 'pad=ceil(iw/2)*2:ceil(ih/2)*2,fps=25,scale=out_color_matrix=bt709:out_range=tv';
  const argv = [
    '-y',
    '-loglevel',
    'error',
    '-f',
    'concat',
    '-safe',
    '0',
    '-i',
    list,
    '-vf',
    even,
    ...BT709,
    ...codec,
    path,
  ];
  try {
    await execa('ffmpeg', argv, signal === undefined ? {} : { cancelSignal: signal });
  } catch (error) {
    signal?.throwIfAborted();
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing) {
      throw new InputError('not-found', `Cannot write ${path}: a video needs ffmpeg, and there is none.`, {
        hint: 'Install it (apt-get install ffmpeg), or write .webp or .html, which need nothing.',
      });
    }
    throw new StorageError('write-failed', `ffmpeg could not write ${path}: ${toMessage(error)}`, {
      cause: error,
    });
  }
}
