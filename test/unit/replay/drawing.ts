import sharp from 'sharp';
import type { Picture } from '../../../src/replay/pictures.ts';
import { decode } from '../../../src/replay/pictures.ts';
import type { Rect, Size } from '../../../src/util/geometry.ts';

export const SIZE: Size = { width: 64, height: 48 };

/** A grey screen with rectangles of a colour on it. */
export async function drawPng(
  rects: readonly (Rect & { readonly colour: string })[] = [],
  size: Size = SIZE,
): Promise<Buffer> {
  const shapes = rects.map(({ x, y, width, height, colour }) => {
    return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${colour}"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">
    <rect width="100%" height="100%" fill="#888888"/>${shapes.join('')}</svg>`;
  return await sharp(Buffer.from(svg)).removeAlpha().png().toBuffer();
}

export async function draw(...rects: readonly (Rect & { readonly colour: string })[]): Promise<Picture> {
  return await decode(await drawPng(rects));
}
