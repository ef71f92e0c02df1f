import { isPlace, locateTarget, type Place } from '../../model/local/locate-target.ts';
import { parseSteps } from '../../model/local/parse-steps.ts';
import type { SeenScreen } from '../../model/local/screen-memory.ts';
import { isInside } from '../../model/local/screen-shapes.ts';
import { growRect } from '../../model/ocr/raster.ts';
import type { ReadLine, ReadWord } from '../../model/ocr/read-line.ts';
import type { Point } from '../../util/geometry.ts';

/** How far beside a text the pointer still means it, px. */
const NEAR = 8;
const LONGEST_LABEL = 40;
const LEAST_CONFIDENCE = 0.6;
/** How far to the right of its name, or below it, a field is looked for, px. */
const FIELD_REACH = { across: 600, down: 60 } as const;
const SURE_FITS: ReadonlySet<string> = new Set(['same', 'same-but-case', 'phrase', 'phrase-but-case']);
const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'] as const;

/** A text in the quotes of a step. */
export function quote(text: string): string {
  const escaped = text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\t', String.raw`\t`);
  return `"${escaped}"`;
}

/** The words for the text at a place that find it there and nowhere else; undefined where there are none. */
export function wordsForText({ lines, ...screen }: SeenScreen, at: Point): string | undefined {
  const near = lines.filter(({ box }) => isInside(at, growRect(box, NEAR, screen.raster)));
  const labels = [...new Set(near.flatMap((line) => labelsOf(line, at)))];
  return labels.flatMap(formsOf).find((form) => standsAt({ lines, ...screen }, form, at));
}

/** The words for the one-line field at a place, by the name beside or above it. */
export function wordsForField(screen: SeenScreen, at: Point): string | undefined {
  const level = screen.lines.filter(({ box }) => {
    const isLeft = box.x + box.width <= at.x && at.x - box.x < FIELD_REACH.across;
    return isLeft && at.y >= box.y - NEAR && at.y <= box.y + box.height + NEAR;
  });
  const above = screen.lines.filter(
    ({ box }) => box.y < at.y && at.y - box.y < FIELD_REACH.down && at.x >= box.x - NEAR,
  );
  const beside = [...level.toSorted((a, b) => b.box.x - a.box.x), ...above];
  // Anything else beside or above may be no name at all.
  const labels = beside.map(({ words }) => sureText(words)).filter((label) => /\p{L}.*:$/u.test(label));
  return labels.flatMap(formsOf).find((form) => {
    const place = placeOf(screen, `click into ${form}`);
    return place?.rivals === 1 && place.field !== undefined && isInside(at, place.field);
  });
}

/** Whether the words mean this place on a screen. */
export function standsAt(screen: SeenScreen, words: string, at: Point): boolean {
  const place = placeOf(screen, `click ${words}`);
  if (place?.match === undefined || place.rivals !== 1 || !SURE_FITS.has(place.match.fit)) return false;
  return isInside(at, growRect(place.match.box, NEAR, screen.raster));
}

/** Where a step would act: the lookup of the model that plays demos. */
function placeOf(screen: SeenScreen, step: string): Place | undefined {
  const command = parseSteps(step)[0]?.command;
  if (command?.kind !== 'click') return undefined;
  const located = locateTarget(screen, command.target);
  return isPlace(located) ? located : undefined;
}

function labelsOf({ words }: ReadLine, at: Point): readonly string[] {
  const under = words.filter(({ box }) => at.x >= box.x - NEAR && at.x <= box.x + box.width + NEAR);
  const whole = sureText(words);
  return [...(whole.length <= LONGEST_LABEL ? [whole] : []), ...under.map(({ text }) => text)].filter(
    isLabel,
  );
}

/** What is left of a line without what icons at its ends were read as. */
function sureText(words: readonly ReadWord[]): string {
  const isSure = ({ text, confidence }: ReadWord): boolean =>
    confidence >= LEAST_CONFIDENCE && /[\p{L}\p{N}]/u.test(text);
  const [from, to] = [words.findIndex(isSure), words.findLastIndex(isSure)];
  return from < 0
    ? ''
    : words
        .slice(from, to + 1)
        .map(({ text }) => text)
        .join(' ');
}

function isLabel(text: string): boolean {
  return (text.match(/[\p{L}\p{N}]/gu) ?? []).length >= 2;
}

function formsOf(label: string): readonly string[] {
  const quoted = quote(label);
  const sides = ['at the top', 'at the bottom', 'on the left', 'on the right'];
  return [
    quoted,
    ...sides.map((side) => `${quoted} ${side}`),
    ...ORDINALS.map((ordinal) => `the ${ordinal} ${quoted}`),
  ];
}
