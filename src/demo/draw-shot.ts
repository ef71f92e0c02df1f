import sharp from 'sharp';
import type { Size } from '../util/geometry.ts';
import type { Shot } from './shots.ts';

const ARROW = 'M0 0 L0 19 L4.4 14.8 L7.4 21.6 L10.4 20.3 L7.5 13.6 L13.6 13.4 Z';
const CAPTION = { size: 26, lineHeight: 34, charactersALine: 84, margin: 28 } as const;

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Cut at spaces; a word that is longer than a line is left whole. */
export function toLines(text: string, charactersALine: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < charactersALine)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function drawCaption(caption: string, { width, height }: Size): string {
  if (caption === '') return '';
  const lines = toLines(caption, CAPTION.charactersALine);
  const box = lines.length * CAPTION.lineHeight + CAPTION.margin;
  const top = height - box - CAPTION.margin;
  const rows = lines.map((line, index) => {
    const y = top + CAPTION.margin / 2 + (index + 0.75) * CAPTION.lineHeight;
    return `<text x="${width / 2}" y="${y}" text-anchor="middle">${escape(line)}</text>`;
  });
  return `<rect x="${width * 0.06}" y="${top}" width="${width * 0.88}" height="${box}" rx="10" fill="#101418" fill-opacity="0.88"/>
    <g font-family="Open Sans, DejaVu Sans, sans-serif" font-size="${CAPTION.size}" fill="#ffffff">${rows.join('')}</g>`;
}

/** What lies over the frame of a shot: pointer, press and caption, as SVG. */
function overlay({ pointer, isPressed, caption }: Shot, size: Size): Buffer {
  const { x, y } = pointer;
  const ring = isPressed
    ? `<circle cx="${x}" cy="${y}" r="18" fill="#d6145f" fill-opacity="0.25" stroke="#d6145f" stroke-width="3"/>`
    : '';
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">
    ${ring}<path d="${ARROW}" transform="translate(${x} ${y})" fill="#ffffff" stroke="#101418" stroke-width="1.4"/>
    ${drawCaption(caption, size)}</svg>`);
}

/** A shot as a picture of `width` px. */
export async function drawShot(
  shot: Shot,
  png: Uint8Array,
  { size, width }: { readonly size: Size; readonly width: number },
): Promise<Buffer> {
  const whole = await sharp(png)
    .composite([{ input: overlay(shot, size) }])
    .removeAlpha()
    .png({ compressionLevel: 1 })
    .toBuffer();
  if (size.width <= width) return whole;
  return await sharp(whole)
    .resize({ width, withoutEnlargement: true })
    .png({ compressionLevel: 1 })
    .toBuffer();
}
