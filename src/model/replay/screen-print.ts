import sharp from 'sharp';
import type { Screenshot } from '../../action/screenshot.ts';

/** What a cassette keeps of a screenshot in place of its pixels. */
export interface ScreenPrint {
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  /** 64 x 40 grey levels, base64; absent where the picture could not be decoded. */
  readonly cells?: string | undefined;
}

const COLUMNS = 64;
const ROWS = 40;
/** Levels of 255 by which a cell may differ and still count as the same: the noise of scaling, a caret. */
const TOLERANCE = 24;

export async function toScreenPrint({ png, sha256, width, height }: Screenshot): Promise<ScreenPrint> {
  const print = { sha256, width, height };
  try {
    const grey = sharp(png).resize(COLUMNS, ROWS, { fit: 'fill' }).removeAlpha().greyscale();
    return { ...print, cells: (await grey.raw().toBuffer()).toString('base64') };
  } catch {
    return print;
  }
}

/** The share of cells that are the same, from 0 to 1. Equal hashes: 1. Nothing to compare, or another size: 0. */
export function similarity(a: ScreenPrint, b: ScreenPrint): number {
  if (a.sha256 === b.sha256) return 1;
  if (a.width !== b.width || a.height !== b.height) return 0;
  if (a.cells === undefined || b.cells === undefined) return 0;
  const [left, right] = [Buffer.from(a.cells, 'base64'), Buffer.from(b.cells, 'base64')];
  if (left.length !== right.length || left.length === 0) return 0;
  const same = left.filter((level, index) => Math.abs(level - (right[index] ?? 0)) <= TOLERANCE);
  return same.length / left.length;
}
