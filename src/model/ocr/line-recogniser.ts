import { createHash } from 'node:crypto';
import type { Point, Rect, Size } from '../../util/geometry.ts';
import type { Engine, EngineWord } from './engine.ts';
import { type LineImage, cutLine, toInk, toLineImage } from './line-image.ts';
import type { GrayImage, Raster } from './raster.ts';
import { type ReadLine, type ReadWord, toReadLine } from './read-line.ts';
import { type LineBox, findLineBoxes } from './segment.ts';

/** Enlargement at which the engine reads a user interface's letters best. */
const SCALE = 2;
/** A reading less sure than this is tried once more, larger. */
const DOUBTFUL = 0.6;
const SCALE_OF_DOUBT = 3;
/** What is still in doubt, and no icon, is read at these too. */
const SCALES_OF_LAST_RESORT = [1.5, 4];
const TALLEST_TEXT = 24;
/** Lines remembered; a busy desktop has about 150. */
const CACHE_LINES = 4_000;

/** From here on a reading is not doubted. */
const SURE = 0.92;

type Words = readonly ReadWord[];

/** Readings of one line, the surest first, with boxes relative to the line's. At least one. */
type Readings = readonly [Words, ...Words[]];

function meanConfidence(words: Words): number {
  return toReadLine(words, NOWHERE)?.confidence ?? 0;
}

const NOWHERE: Rect = { x: 0, y: 0, width: 0, height: 0 };

/** Too small for a letter or digit: a dot, or the corner of a window. */
function isSpeck({ width, height }: Rect): boolean {
  return width <= 5 && height <= 6;
}

function textOf(words: Words): string {
  return words.map((word) => word.text).join(' ');
}

/** The surest first, and no text twice. */
function rankReadings(readings: readonly Words[]): Readings {
  const sorted = [...readings].sort((a, b) => meanConfidence(b) - meanConfidence(a));
  const [surest = [], ...others] = sorted.filter(
    (words, index) => sorted.findIndex((other) => textOf(other) === textOf(words)) === index,
  );
  return [surest, ...others];
}

/** Digits are taller than wide, and so are most letters: what is not was an icon. */
function isPlausible(text: string, { width, height }: Size): boolean {
  if (/^[0-9]$/.test(text)) return width < height;
  return !/^[a-zA-Z]$/.test(text) || /[mwMW]/.test(text) || width < height * 1.2;
}

function toReadWord(word: EngineWord, { scale, offset }: LineImage): ReadWord {
  const box = {
    x: Math.round(word.left / scale) + offset.x,
    y: Math.round(word.top / scale) + offset.y,
    width: Math.max(1, Math.round((word.right - word.left) / scale)),
    height: Math.max(1, Math.round((word.bottom - word.top) / scale)),
  };
  return { text: word.text, confidence: word.confidence, box };
}

function moveWord(word: ReadWord, by: Point): ReadWord {
  return { ...word, box: { ...word.box, x: word.box.x + by.x, y: word.box.y + by.y } };
}

function withAlternatives([surest, ...others]: Readings, box: Rect): ReadLine | undefined {
  const { x, y, width, height } = box;
  const line = toReadLine(surest, { x, y, width, height });
  const alternatives = others.filter((words) => words.length > 0);
  return line === undefined || alternatives.length === 0 ? line : { ...line, alternatives };
}

/** Reads pictures line by line and remembers what each line's pixels say. */
export class LineRecogniser {
  readonly #engine: Engine;
  readonly #cache = new Map<string, Readings>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  read(raster: Raster): readonly ReadLine[] {
    const lines = findLineBoxes(raster).map((box) => this.#readLine(raster, box));
    return lines.filter((line) => line !== undefined);
  }

  #readLine(raster: Raster, line: LineBox): ReadLine | undefined {
    const whole = this.#readBox(raster, line);
    if (isSpeck(line) && whole[0].some(({ text }) => /[\p{L}\p{N}]/u.test(text))) return undefined;
    const part = line.withoutIcon;
    if (part === undefined || meanConfidence(whole[0]) >= SURE) return withAlternatives(whole, line);
    const rest = this.#readBox(raster, part);
    const isRestSurer = meanConfidence(rest[0]) > meanConfidence(whole[0]);
    return isRestSurer ? withAlternatives(rest, part) : withAlternatives(whole, line);
  }

  #readBox(raster: Raster, box: Rect): Readings {
    const ink = toInk(cutLine(raster, box));
    const key = createHash('sha1').update(`${ink.width} `).update(ink.gray).digest('base64');
    const readings = this.#cache.get(key) ?? this.#recognise(ink, box);
    this.#remember(key, readings);
    const [surest, ...others] = readings.map((words) => words.map((word) => moveWord(word, box)));
    return [surest ?? [], ...others];
  }

  #recognise(ink: GrayImage, box: Rect): Readings {
    const first = this.#readAt(ink, SCALE);
    if (meanConfidence(first) >= DOUBTFUL) return [first];
    const second = this.#readAt(ink, SCALE_OF_DOUBT);
    const isIcon = box.height > TALLEST_TEXT || box.width < box.height;
    if (isIcon || meanConfidence(second) >= DOUBTFUL) return rankReadings([first, second]);
    const last = SCALES_OF_LAST_RESORT.map((scale) => this.#readAt(ink, scale));
    return rankReadings([first, second, ...last]);
  }

  #readAt(ink: GrayImage, scale: number): Words {
    const line = toLineImage(ink, scale);
    const words = this.#engine.read(line.image, 'single-line').map((word) => toReadWord(word, line));
    const [only] = words;
    if (words.length !== 1 || only === undefined || isPlausible(only.text, ink)) return words;
    return [{ ...only, confidence: only.confidence / 2 }];
  }

  /** The least recently used line is forgotten first. */
  #remember(key: string, readings: Readings): void {
    this.#cache.delete(key);
    this.#cache.set(key, readings);
    if (this.#cache.size <= CACHE_LINES) return;
    const [oldest] = this.#cache.keys();
    if (oldest !== undefined) this.#cache.delete(oldest);
  }
}
