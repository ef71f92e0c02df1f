import type { Rect } from '../../util/geometry.ts';
import { editDistance } from '../../util/nearest.ts';
import type { ReadLine, ReadWord } from './read-line.ts';
import { digitsOf, stripPunctuation, toFolded, toLookAlike, toPlain } from './text-form.ts';
import { type VirtualLine, toVirtualLines, unionOf } from './virtual-line.ts';

/** How a text fits a label, the best first. */
const FITS = [
  'same',
  'same-but-case',
  'phrase',
  'phrase-but-case',
  'look-alike',
  'wrapped',
  'part',
  'similar',
] as const;
type Fit = (typeof FITS)[number];

/** A place where a label may stand. */
export interface Match {
  readonly fit: Fit;
  /** As read. */
  readonly text: string;
  /** px of the screenshot. */
  readonly box: Rect;
  /** 0 to 1; 1 unless the fit is `similar`. */
  readonly similarity: number;
  /** Share of the line's characters that belong to it, 0 to 1: a label by itself has 1. */
  readonly share: number;
  /** 0 to 1, of the reading. */
  readonly confidence: number;
}

/** Labels with fewer letters are never matched by similarity. */
const SHORTEST_SIMILAR = 4;
const LEAST_SIMILAR = 0.8;
const LEAST_SIMILAR_WORD = 0.66;
/** A sure reading of another word is another word: so similar it must be all the same. */
const LEAST_SIMILAR_WHEN_SURE = 0.92;
const SURE = 0.85;
const DOUBTFUL = 0.45;
const LONGEST_DOUBTFUL = 3;

interface Label {
  readonly plain: string;
  readonly folded: string;
  readonly lookAlike: string;
  readonly wordCount: number;
}

function toLabel(text: string): Label {
  const plain = toPlain(text);
  return { plain, folded: toFolded(text), lookAlike: toLookAlike(text), wordCount: plain.split(' ').length };
}

function meanConfidence(words: readonly ReadWord[]): number {
  const length = words.reduce((sum, word) => sum + word.text.length, 0) || 1;
  return words.reduce((sum, word) => sum + word.confidence * word.text.length, 0) / length;
}

/** `true` at ends of words: inside of "notes.txt" stands "notes", inside of "login" no "log". */
function findBounded(text: string, label: string): number {
  for (let at = text.indexOf(label); at >= 0; at = text.indexOf(label, at + 1)) {
    const joint = /[\p{L}\p{N}]{2}/u;
    const before = joint.test(text.slice(Math.max(0, at - 1), at + 1)) && at > 0;
    const after = joint.test(text.slice(at + label.length - 1, at + label.length + 1));
    if (!before && !after) return at;
  }
  return -1;
}

function isSame(a: string, b: string): boolean {
  return a === b || stripPunctuation(a) === b || stripPunctuation(a) === stripPunctuation(b);
}

function ratio(a: string, b: string): number {
  return 1 - editDistance(a, b) / Math.max([...a].length, [...b].length, 1);
}

/** Word by word: a short word is what it is, and "a.txt" no slip of "c.txt". */
function isAlikeByWord(a: string, b: string): boolean {
  const [read, wanted] = [a, b].map((text) => text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== ''));
  if (read?.length !== wanted?.length) return true;
  return (wanted ?? []).every((word, index) => {
    const other = read?.[index] ?? '';
    return word.length <= SHORTEST_SIMILAR - 1 ? word === other : ratio(word, other) >= LEAST_SIMILAR_WORD;
  });
}

function similarityOf(read: string, label: Label): number {
  const [a, b] = [toLookAlike(read), label.lookAlike];
  return digitsOf(a) === digitsOf(b) && isAlikeByWord(a, b) ? ratio(a, b) : 0;
}

function isSimilar(read: string, label: Label, confidence: number): number | undefined {
  if (label.folded.replace(/[^\p{L}\p{N}]/gu, '').length < SHORTEST_SIMILAR) return undefined;
  const isOnlySpaces = toFolded(read).replaceAll(' ', '') === label.folded.replaceAll(' ', '');
  if (isOnlySpaces && confidence >= SURE) return undefined;
  const similarity = similarityOf(read, label);
  return similarity >= (confidence >= SURE ? LEAST_SIMILAR_WHEN_SURE : LEAST_SIMILAR)
    ? similarity
    : undefined;
}

/** Whether icons beside a label were read as letters: what is left at both ends of a line. */
function isDebris(word: ReadWord): boolean {
  return (word.text.length <= 2 && word.confidence < 0.9) || !/[\p{L}\p{N}]/u.test(word.text);
}

function isWhole({ words }: VirtualLine, from: number, to: number): boolean {
  return words.slice(0, from).every(isDebris) && words.slice(to).every(isDebris);
}

function fitOf(label: Label, line: VirtualLine, from: number, to: number): Omit<Match, 'box'> | undefined {
  const words = line.words.slice(from, to);
  const text = words.map((word) => word.text).join(' ');
  const confidence = meanConfidence(words);
  // A short label that was read with no confidence may be a piece of an icon.
  const isDoubtful = confidence < DOUBTFUL && label.folded.length <= LONGEST_DOUBTFUL;
  const exactly = { text, confidence, similarity: 1, share: shareOf(text, line.words) };
  const [plain, folded] = [toPlain(text), toFolded(text)];
  if (isSame(folded, label.folded)) {
    if (isDoubtful) return { ...exactly, fit: 'look-alike' };
    if (line.kind === 'stacked') return { ...exactly, fit: 'wrapped' };
    const whole = line.kind === 'line' && isWhole(line, from, to);
    if (isSame(plain, label.plain)) return { ...exactly, fit: whole ? 'same' : 'phrase' };
    return { ...exactly, fit: whole ? 'same-but-case' : 'phrase-but-case' };
  }
  if (isSame(toLookAlike(text), label.lookAlike)) return { ...exactly, fit: 'look-alike' };
  const similarity = line.kind === 'stacked' ? undefined : isSimilar(text, label, confidence);
  return similarity === undefined ? undefined : { ...exactly, fit: 'similar', similarity };
}

function crossesJoints({ kind, joints }: VirtualLine, from: number, to: number): boolean {
  if (kind === 'line') return true;
  const crossed = joints.filter((joint) => from < joint && joint < to).length;
  return kind === 'stacked' ? crossed === joints.length : crossed > 0;
}

/** Runs of words of about the label's length. */
function matchWindows(label: Label, line: VirtualLine): readonly Match[] {
  const matches: Match[] = [];
  for (let from = 0; from < line.words.length; from++) {
    const most = Math.min(line.words.length, from + label.wordCount + 1);
    for (let to = from + Math.max(1, label.wordCount - 1); to <= most; to++) {
      if (!crossesJoints(line, from, to)) continue;
      const fit = fitOf(label, line, from, to);
      if (fit) matches.push({ ...fit, box: unionOf(line.words.slice(from, to).map((word) => word.box)) });
    }
  }
  return matches;
}

/** Box of the characters `from` to `to` of words that are joined by single spaces. */
function boxOfCharacters(words: readonly ReadWord[], from: number, to: number): Rect {
  let start = 0;
  const boxes = words.flatMap(({ text, box }) => {
    const [first, last] = [Math.max(from - start, 0), Math.min(to - start, text.length)];
    start += text.length + 1;
    if (first >= last) return [];
    const x = Math.round(box.x + (box.width * first) / text.length);
    return [{ ...box, x, width: Math.max(1, Math.round((box.width * (last - first)) / text.length)) }];
  });
  return unionOf(boxes);
}

/** Between separators inside of words: "story.txt - Mousepad" in "~/Documents/story.txt - Mousepad". */
function matchPart(label: Label, { words }: VirtualLine): readonly Match[] {
  const text = words.map((word) => word.text).join(' ');
  const at = findBounded(toFolded(text), label.folded);
  // Folding may change the length of a text; then its characters cannot be found in the boxes.
  if (at < 0 || toFolded(text).length !== text.length || !/[\p{L}\p{N}]/u.test(label.folded)) return [];
  const box = boxOfCharacters(words, at, at + label.folded.length);
  const read = text.slice(at, at + label.folded.length);
  const share = shareOf(read, words);
  return [{ fit: 'part', text: read, box, similarity: 1, share, confidence: meanConfidence(words) }];
}

function shareOf(text: string, words: readonly ReadWord[]): number {
  const count = (characters: string): number => characters.replaceAll(' ', '').length;
  return count(text) / Math.max(1, count(words.map((word) => word.text).join('')));
}

function isOverlapping(a: Rect, b: Rect): boolean {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return across > 0 && down > 0;
}

/** Places that fit alike: first those where the label stands more by itself, then in reading order. */
function compareMatches(a: Match, b: Match): number {
  const byFit = FITS.indexOf(a.fit) - FITS.indexOf(b.fit);
  return byFit || b.similarity - a.similarity || b.share - a.share || a.box.y - b.box.y || a.box.x - b.box.x;
}

/** Of several ways to read one place the best is kept. */
function withoutDoubles(sorted: readonly Match[]): readonly Match[] {
  return sorted.filter(
    (match, index) => !sorted.slice(0, index).some((better) => isOverlapping(better.box, match.box)),
  );
}

/**
 * Every place where a label stands or may stand, the best fit first. Ends of words count ("Log in" is
 * not in "Login"), digits are never guessed, and labels of three letters or fewer must be read as they are.
 */
export function findLabel(lines: readonly ReadLine[], label: string): readonly Match[] {
  const wanted = toLabel(label);
  if (wanted.folded === '') return [];
  const matches = toVirtualLines(lines).flatMap((line) => [
    ...matchWindows(wanted, line),
    ...(line.kind === 'line' ? matchPart(wanted, line) : []),
  ]);
  return withoutDoubles(matches.sort(compareMatches));
}

/** Whether a text is on the screen: any fit but a bare similarity, unless that is very close. */
export function containsText(lines: readonly ReadLine[], text: string): boolean {
  return findLabel(lines, text).some(
    ({ fit, similarity }) => fit !== 'similar' || similarity >= LEAST_SIMILAR_WHEN_SURE,
  );
}

/** The reading that is nearest to a label by edit distance; undefined on an empty screen. */
export function nearestLabel(lines: readonly ReadLine[], label: string): string | undefined {
  const wanted = toFolded(label);
  const ranked = lines
    .map(({ text }) => ({ text, distance: editDistance(toFolded(text), wanted) }))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.text;
}
