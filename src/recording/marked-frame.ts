import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Action } from '../action/action.ts';
import type { Screenshot } from '../action/screenshot.ts';
import { html, verbatim } from './report/html.ts';
import { drawAction } from './report/marks.ts';
import { PICTURE_STYLE } from './report/picture-style.ts';
import { FILE_MODE, FOLDER_MODE, type RunFolder } from './run-folder.ts';
import { toStorageError } from './storage-error.ts';

/** The style of the report's marks in the older notation that librsvg reads. */
const STYLE = PICTURE_STYLE.replaceAll(
  /rgb\((\d+) (\d+) (\d+) \/ ([\d.]+)\)/g,
  'rgba($1, $2, $3, $4)',
).replaceAll(/var\(--(?:mono|sans)\)/g, 'monospace');

/** A screenshot with actions drawn on it as the report draws them. */
async function drawMarks({ png, ...size }: Screenshot, actions: readonly Action[]): Promise<Buffer> {
  const { width, height } = size;
  const marks = html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <style>
      ${verbatim(STYLE)}
    </style>
    ${actions.map((action) => drawAction(action, size))}
  </svg>`;
  return await sharp(png)
    .composite([{ input: Buffer.from(marks.source) }])
    .png({ compressionLevel: 6 })
    .toBuffer();
}

export interface MarkedFrame {
  readonly path: string;
  readonly png: Buffer;
}

/**
 * Keeps the picture that a person was shown at the gate.
 * @throws StorageError disk-full, write-failed
 */
export async function writeMarkedFrame(
  folder: Pick<RunFolder, 'asked'>,
  name: string,
  shown: { readonly screenshot: Screenshot; readonly actions: readonly Action[] },
): Promise<MarkedFrame> {
  const png = await drawMarks(shown.screenshot, shown.actions);
  const path = join(folder.asked, `${name}.png`);
  try {
    await mkdir(folder.asked, { recursive: true, mode: FOLDER_MODE });
    await writeFile(path, png, { mode: FILE_MODE });
  } catch (error) {
    throw toStorageError(error, `write ${path}`);
  }
  return { path, png };
}
