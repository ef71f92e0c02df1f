import type { Rect } from '../../util/geometry.ts';
import type { ReadLine, ReadWord } from './read-line.ts';

/** Words that may be read together: a line, neighbours on one baseline, or a caption wrapped over lines. */
export interface VirtualLine {
  readonly kind: 'line' | 'joined' | 'stacked';
  readonly words: readonly ReadWord[];
  /** Indexes of words before which one line ends and the next begins. */
  readonly joints: readonly number[];
}

/** Widest gap over which two lines on one baseline are read together, in heights. */
const WIDEST_JOIN = 2.2;
/** Widest gap between stacked lines, in heights. */
const WIDEST_STACK = 0.9;
const MOST_STACKED = 3;

export function unionOf(boxes: readonly Rect[]): Rect {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}

function overlapY(a: Rect, b: Rect): number {
  return Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
}

function overlapX(a: Rect, b: Rect): number {
  return Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
}

function follows({ box: left }: ReadLine, { box: right }: ReadLine): boolean {
  const gap = right.x - (left.x + left.width);
  const height = Math.max(left.height, right.height);
  return (
    gap >= 0 &&
    gap <= height * WIDEST_JOIN &&
    overlapY(left, right) >= Math.min(left.height, right.height) * 0.6
  );
}

function standsUnder({ box: upper }: ReadLine, { box: lower }: ReadLine): boolean {
  const gap = lower.y - (upper.y + upper.height);
  const height = Math.max(upper.height, lower.height);
  const isAligned =
    Math.abs(upper.x - lower.x) <= height ||
    overlapX(upper, lower) >= Math.min(upper.width, lower.width) * 0.9;
  return gap >= -2 && gap <= height * WIDEST_STACK && isAligned && overlapX(upper, lower) > 0;
}

function toVirtualLine(kind: VirtualLine['kind'], lines: readonly ReadLine[]): VirtualLine {
  const joints: number[] = [];
  let count = 0;
  for (const line of lines.slice(0, -1)) joints.push((count += line.words.length));
  return { kind, words: lines.flatMap((line) => line.words), joints };
}

/** Lines that follow each other on one baseline, each of them once. */
function joinRows(lines: readonly ReadLine[]): readonly VirtualLine[] {
  const sorted = [...lines].sort((a, b) => a.box.x - b.box.x || a.box.y - b.box.y);
  const next = new Map(
    sorted.map((line) => [line, sorted.find((other) => other !== line && follows(line, other))]),
  );
  const followers = new Set(next.values());
  return sorted
    .filter((line) => !followers.has(line))
    .map((first) => {
      const chain = [first];
      for (let line = next.get(first); line !== undefined; line = next.get(line)) chain.push(line);
      return chain;
    })
    .filter((chain) => chain.length > 1)
    .map((chain) => toVirtualLine('joined', chain));
}

/** Each line with the one or two under it. */
function stackLines(lines: readonly ReadLine[]): readonly VirtualLine[] {
  return lines.flatMap((first) => {
    const stacks: VirtualLine[] = [];
    const chain = [first];
    while (chain.length < MOST_STACKED) {
      const last = chain.at(-1) ?? first;
      const under = lines.find((line) => !chain.includes(line) && standsUnder(last, line));
      if (under === undefined) break;
      chain.push(under);
      stacks.push(toVirtualLine('stacked', chain));
    }
    return stacks;
  });
}

/** All ways of reading the lines of a screen. */
export function toVirtualLines(lines: readonly ReadLine[]): readonly VirtualLine[] {
  const single = lines.flatMap(({ words, alternatives = [] }): readonly VirtualLine[] =>
    [words, ...alternatives].map((some) => ({ kind: 'line', words: some, joints: [] })),
  );
  return [...single, ...joinRows(lines), ...stackLines(lines)];
}
