import type { SeenScreen } from '../../model/local/screen-memory.ts';
import { isTitle } from '../../model/local/screen-shapes.ts';
import { containsText } from '../../model/ocr/find-label.ts';
import type { ReadLine } from '../../model/ocr/read-line.ts';
import type { Rect } from '../../util/geometry.ts';

const LEAST_CONFIDENCE = 0.75;
const LEAST_LETTERS = 4;
const LONGEST = 60;
/** What says another thing each time. */
const CLOCK_TIME = /\d[:.]\d\d|\d+\s*%/;

/** Where a text may tell that something has come. */
export type News = 'anywhere' | 'in titles';

/**
 * A text that tells that something has come: one that is on a screen and was not on the one before, the title of a
 * window before all others. Of what was typed only a new title is news.
 */
export function appearedText(before: SeenScreen, after: SeenScreen, where: News): string | undefined {
  const fresh = after.lines.filter((line) => isTelling(line) && !containsText(before.lines, line.text));
  const title = fresh.find(({ box }) => isTitle(after.raster, box));
  if (title !== undefined || where === 'in titles') return title?.text;
  const others = fresh.filter(({ box }) => !before.lines.some((line) => isTouching(line.box, box)));
  return others.toSorted((a, b) => b.text.length - a.text.length)[0]?.text;
}

function isTelling({ text, words }: ReadLine): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const isSure = words.every(
    (word) => word.confidence >= LEAST_CONFIDENCE || !/[\p{L}\p{N}]/u.test(word.text),
  );
  return isSure && letters >= LEAST_LETTERS && text.length <= LONGEST && !CLOCK_TIME.test(text);
}

function isTouching(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
