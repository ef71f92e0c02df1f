import type { Point, Size } from '../../util/geometry.ts';
import { html, toInert } from './html.ts';
import type { Html } from './html.ts';

/** Sizes are in px of a 1440x900 screen; a larger screen gets larger marks. */
export function scaleOf({ width, height }: Size): number {
  return Math.min(width / 1440, height / 900);
}

const FONT_PX = 22;
/** Width of a character of a monospaced font, in parts of its height. */
const NARROW = 0.6;
const WIDE_CHARACTER =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Emoji_Presentation}/u;
const MAX_CHARACTERS = 64;

/** What is typed as it fits on one line: line feeds and tabs are shown as signs, long text is cut. */
export function toOneLine(text: string): string {
  const signs = toInert(text).replaceAll('\n', '⏎').replaceAll('\t', '⇥');
  const characters = [...signs];
  if (characters.length <= MAX_CHARACTERS) return signs;
  return `${characters.slice(0, MAX_CHARACTERS - 1).join('')}…`;
}

/** Width in px when set in a monospaced font. */
function widthOf(text: string, fontPx: number): number {
  let columns = 0;
  for (const character of text) columns += WIDE_CHARACTER.test(character) ? 2 : 1;
  return columns * NARROW * fontPx;
}

/** Moves what would reach over an edge of the screen back onto it. */
function within(left: number, width: number, screen: Size): number {
  return Math.max(0, Math.min(left, screen.width - width));
}

interface LabelContent {
  /** Small word before the text; may be empty. */
  readonly kind: string;
  readonly text: string;
}

/** A dark plate with text on it, at a point: centred, or starting or ending there. */
export function label(
  { kind, text }: LabelContent,
  at: Point,
  screen: Size,
  anchor: 'start' | 'middle' | 'end' = 'middle',
): Html {
  const font = FONT_PX * scaleOf(screen);
  const shown = toOneLine(text);
  const kindWidth = kind === '' ? 0 : widthOf(`${kind} `, font);
  const textWidth = widthOf(shown, font);
  const width = kindWidth + textWidth + font * 1.4;
  const left = within(at.x - width * { start: 0, middle: 0.5, end: 1 }[anchor], width, screen);
  const baseline = at.y + font * 0.34;
  const kindMark =
    kind !== '' &&
    html`<text class="kind" x="${left + font * 0.7}" y="${baseline}" font-size="${font}">${kind}</text>`;
  return html`<g class="label">
    <rect
      class="plate"
      x="${left}"
      y="${at.y - font * 0.9}"
      width="${width}"
      height="${font * 1.8}"
      rx="${font * 0.4}"
    />
    ${kindMark}
    <text x="${left + font * 0.7 + kindWidth}" y="${baseline}" font-size="${font}" textLength="${textWidth}"
      >${shown}</text
    >
  </g>`;
}

/** The keys of a chord as keycaps in a row, centred at a point. */
export function keycaps(keys: readonly string[], at: Point, screen: Size): Html {
  const font = FONT_PX * scaleOf(screen);
  const caps = keys.map((key) => {
    const name = toOneLine(key);
    return { name, width: Math.max(widthOf(name, font) + font * 1.2, font * 2) };
  });
  const gap = font * 1.3;
  const row = caps.reduce((sum, { width }) => sum + width, 0) + gap * (caps.length - 1);
  let left = within(at.x - row / 2, row, screen);
  const drawn = caps.map(({ name, width }, index) => {
    const x = left;
    left += width + gap;
    const plus =
      index > 0 &&
      html`<text class="plus" x="${x - gap / 2}" y="${at.y + font * 0.34}" font-size="${font}">+</text>`;
    return html`${plus}${keycap(name, { x, y: at.y }, width, font)}`;
  });
  return html`<g class="keycaps">${drawn}</g>`;
}

function keycap(name: string, { x, y }: Point, width: number, font: number): Html {
  const height = font * 2;
  return html`<rect
      class="cap-side"
      x="${x}"
      y="${y - height / 2}"
      width="${width}"
      height="${height * 1.08}"
      rx="${font * 0.35}"
    />
    <rect
      class="cap"
      x="${x}"
      y="${y - height / 2}"
      width="${width}"
      height="${height}"
      rx="${font * 0.35}"
    />
    <text class="cap-name" x="${x + width / 2}" y="${y + font * 0.34}" font-size="${font}">${name}</text>`;
}
