import type { Size } from './geometry.ts';

/** A value, or what is wrong with the text, as the end of a sentence about it: `expected …; has …`. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `500ms`, `90s`, `10m`, `1h30m` in ms. The unit is never implied. */
export function parseDuration(text: string): Parsed<number> {
  const trimmed = text.trim().toLowerCase();
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h)/g)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join('') === trimmed;
  if (!isWhole) return { problem: `expected a duration such as 90s, 10m or 1h30m; has ${show(text)}` };
  const ms = parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (MS_PER_UNIT[unit ?? ''] ?? 0),
    0,
  );
  if (ms <= 0) return { problem: `expected a duration longer than zero; has ${show(text)}` };
  return { value: Math.round(ms) };
}

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

/** `512m`, `1g`, `1.5GiB` in bytes, in powers of 1024 as the container engine counts. */
export function parseBytes(text: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt])(?:i?b)?$/i.exec(text.trim());
  const factor = BYTES_PER_UNIT[match?.[2]?.toLowerCase() ?? ''];
  if (factor === undefined) {
    return { problem: `expected an amount of memory such as 512m or 1g; has ${show(text)}` };
  }
  return { value: Math.round(Number(match?.[1]) * factor) };
}

/** What a desktop can be drawn at and a model's server takes, px. */
const DISPLAY_MINIMUM: Size = { width: 320, height: 200 };
const DISPLAY_MAXIMUM: Size = { width: 4096, height: 4096 };

/** `1440x900` in px. */
export function parseSize(text: string): Parsed<Size> {
  const match = /^([+-]?\d+)\s*[x×]\s*([+-]?\d+)$/i.exec(text.trim());
  if (match === null) {
    return { problem: `expected WIDTHxHEIGHT in pixels, such as 1440x900; has ${show(text)}` };
  }
  const size = { width: Number(match[1]), height: Number(match[2]) };
  const problem = (['width', 'height'] as const).find(
    (side) => !(size[side] >= DISPLAY_MINIMUM[side] && size[side] <= DISPLAY_MAXIMUM[side]),
  );
  if (problem === undefined) return { value: size };
  const range = `${DISPLAY_MINIMUM[problem]} to ${DISPLAY_MAXIMUM[problem]}`;
  return { problem: `expected a ${problem} of ${range} pixels; has ${match[problem === 'width' ? 1 : 2]}` };
}

/** `1440x900`. */
export function formatSize({ width, height }: Size): string {
  return `${width}x${height}`;
}

function show(text: string): string {
  return JSON.stringify(text);
}
