import sharp from 'sharp';
import type { Screenshot } from '../../action/screenshot.ts';
import { findSnippets, type Raster } from '../../model/demo/find-snippet.ts';
import type { Point, Rect, Size } from '../../util/geometry.ts';

/** Sides of the pictures that are tried, px: the smallest that is found in one place alone is taken. */
const SIDES = [32, 48, 72, 108, 160, 240, 360] as const;

export interface Snippet {
  readonly png: Buffer;
  readonly raster: Raster;
  /** From its top left corner, px; undefined: its middle. */
  readonly at: Point | undefined;
}

/** Cuts the picture that shows a place from the screen; undefined where all around looks the same. */
export async function cutSnippet(
  { png }: Screenshot,
  screen: Raster,
  at: Point,
): Promise<Snippet | undefined> {
  for (const side of SIDES) {
    const rect = rectAround(at, side, screen);
    const raster = crop(screen, rect);
    if (findSnippets(screen, raster, 2).length !== 1) continue;
    const { x: left, y: top, width, height } = rect;
    const cut = await sharp(png).extract({ left, top, width, height }).png().toBuffer();
    const on = { x: at.x - left, y: at.y - top };
    const isMiddle = on.x === Math.floor(width / 2) && on.y === Math.floor(height / 2);
    return { png: cut, raster, at: isMiddle ? undefined : on };
  }
  return undefined;
}

export function isOn(screen: Raster, { raster }: Snippet): boolean {
  return findSnippets(screen, raster, 1).length > 0;
}

/** Cut off at the edges of the screen. */
function rectAround({ x, y }: Point, side: number, { width, height }: Size): Rect {
  const [left, top] = [Math.max(0, x - side / 2), Math.max(0, y - side / 2)];
  return {
    x: left,
    y: top,
    width: Math.min(width, x + side / 2) - left,
    height: Math.min(height, y + side / 2) - top,
  };
}

function crop({ pixels, width }: Raster, rect: Rect): Raster {
  const rows = Array.from({ length: rect.height }, (_, row) => {
    const start = ((rect.y + row) * width + rect.x) * 3;
    return pixels.subarray(start, start + rect.width * 3);
  });
  return { pixels: Buffer.concat(rows), width: rect.width, height: rect.height };
}
