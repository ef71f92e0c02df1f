import { createHash } from 'node:crypto';
import type { Point, Rect } from '../../util/geometry.ts';
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
/** Lines remembered; a busy desktop has about 150. */
const CACHE_LINES = 4_000;

/** From here on a reading is not doubted. */
const SURE = 0.92;

/** Words with their boxes relative to the line's. */
type Reading = readonly ReadWord[];

function meanConfidence(reading: Reading): number {
  return toReadLine(reading, NOWHERE)?.confidence ?? 0;
}

const NOWHERE: Rect = { x: 0, y: 0, width: 0, height: 0 };

/** Too small for a letter or digit: a dot, or the corner of a window. */
function isSpeck({ width, height }: Rect): boolean {
  return width <= 5 && height <= 6;
}

function surest(a: Reading, b: Reading): Reading {
  return meanConfidence(b) > meanConfidence(a) ? b : a;
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

/** Reads pictures line by line and remembers what each line's pixels say. */
export class LineRecogniser {
  readonly #engine: Engine;
  readonly #cache = new Map<string, Reading>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  read(raster: Raster): readonly ReadLine[] {
    const lines = findLineBoxes(raster).map((box) => this.#readLine(raster, box));
    return lines.filter((line) => line !== undefined);
  }

  #readLine(raster: Raster, line: LineBox): ReadLine | undefined {
    const whole = this.#readBox(raster, line);
    if (isSpeck(line) && whole.some(({ text }) => /[\p{L}\p{N}]/u.test(text))) return undefined;
    const part = line.withoutIcon;
    if (part === undefined || meanConfidence(whole) >= SURE) return toReadLine(whole, line);
    const rest = this.#readBox(raster, part);
    return surest(whole, rest) === rest ? toReadLine(rest, part) : toReadLine(whole, line);
  }

  #readBox(raster: Raster, box: Rect): Reading {
    const ink = toInk(cutLine(raster, box));
    const key = createHash('sha1').update(`${ink.width} `).update(ink.gray).digest('base64');
    const reading = this.#cache.get(key) ?? this.#recognise(ink);
    this.#remember(key, reading);
    return reading.map((word) => moveWord(word, box));
  }

  #recognise(ink: GrayImage): Reading {
    const first = this.#readAt(ink, SCALE);
    return meanConfidence(first) >= DOUBTFUL ? first : surest(first, this.#readAt(ink, SCALE_OF_DOUBT));
  }

  #readAt(ink: GrayImage, scale: number): Reading {
    const line = toLineImage(ink, scale);
    return this.#engine.read(line.image, 'single-line').map((word) => toReadWord(word, line));
  }

  /** The least recently used line is forgotten first. */
  #remember(key: string, reading: Reading): void {
    this.#cache.delete(key);
    this.#cache.set(key, reading);
    if (this.#cache.size <= CACHE_LINES) return;
    const [oldest] = this.#cache.keys();
    if (oldest !== undefined) this.#cache.delete(oldest);
  }
}
