import type { Rect } from '../../util/geometry.ts';

/** One word as it was read. */
export interface ReadWord {
  readonly text: string;
  /** px of the screenshot. */
  readonly box: Rect;
  /** 0 to 1, as the engine gives it. */
  readonly confidence: number;
}

/** A run of words on one baseline: a label, a menu entry, a line of a document. */
export interface ReadLine {
  /** The words with single spaces between them. */
  readonly text: string;
  /** px of the screenshot. */
  readonly box: Rect;
  /** Mean of the words' confidence, weighted by their length, 0 to 1. */
  readonly confidence: number;
  /** At least one, from left to right. */
  readonly words: readonly ReadWord[];
  /** What a line that was read without confidence may say as well, the surest first. */
  readonly alternatives?: readonly (readonly ReadWord[])[];
}

/** @returns undefined when no word is left. */
export function toReadLine(words: readonly ReadWord[], box: Rect): ReadLine | undefined {
  const length = words.reduce((sum, word) => sum + word.text.length, 0);
  if (length === 0) return undefined;
  const weighted = words.reduce((sum, word) => sum + word.confidence * word.text.length, 0);
  return { text: words.map((word) => word.text).join(' '), box, confidence: weighted / length, words };
}
