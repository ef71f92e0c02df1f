import fc from 'fast-check';
import { expect, it } from 'vitest';
import { changedRects } from '../../../src/display/changed-rects.ts';
import { Concealment } from '../../../src/display/concealment.ts';
import type { Rect } from '../../../src/util/geometry.ts';

const SIZE = { width: 320, height: 200 };
const FIELD: Rect = { x: 80, y: 90, width: 120, height: 24 };

function hash(...parts: readonly number[]): number {
  return parts.reduce((sum, part) => Math.imul(sum ^ (part + 1), 0x9e37_79b1) >>> 3, 0x1234_5678);
}

/** A screen of one colour with a lined border of a field on it. */
class Screen {
  readonly pixels = Buffer.alloc(SIZE.width * SIZE.height * 4, 0xe0);
  readonly width = SIZE.width;
  readonly height = SIZE.height;

  copy(): Screen {
    const other = new Screen();
    this.pixels.copy(other.pixels);
    return other;
  }

  set(x: number, y: number, shade: number): void {
    const at = (y * SIZE.width + x) * 4;
    this.pixels.fill(shade, at, at + 3);
    this.pixels[at + 3] = (x * 7) & 0xff;
  }

  paint({ x, y, width, height }: Rect, shade: number): this {
    for (let row = y; row < y + height; row++)
      for (let at = x; at < x + width; at++) this.set(at, row, shade);
    return this;
  }

  field({ x, y, width, height }: Rect): this {
    this.paint({ x, y, width, height }, 0x30);
    return this.paint({ x: x + 1, y: y + 1, width: width - 2, height: height - 2 }, 0xff);
  }

  /** A pattern that stands for a text, another one for each seed. */
  text(seed: number, x: number, y: number, ink = 0x00): this {
    for (let row = 0; row < 10; row++) {
      for (let at = 0; at < 60; at++) if (hash(at, row, seed) % 7 < 3) this.set(x + at, y + row, ink);
    }
    return this;
  }

  /** How many pixels of the text are as it left them. */
  seen(seed: number, x: number, y: number, ink = 0x00): number {
    const wanted = new Screen().text(seed, x, y);
    let count = 0;
    for (let row = y; row < y + 10; row++) {
      for (let at = x; at < x + 60; at++) {
        const from = (row * SIZE.width + at) * 4;
        if (wanted.pixels[from] === 0 && this.pixels[from] === ink) count += 1;
      }
    }
    return count;
  }
}

/** A form with an empty field, and with the secret typed into it. */
function typed() {
  const empty = new Screen().field(FIELD).text(9, 20, 95);
  const filled = empty.copy().text(1, 90, 97);
  const concealment = new Concealment();
  concealment.add(empty, filled);
  return { empty, filled, concealment };
}

function covered(concealment: Concealment, screen: Screen): Screen {
  const copy = screen.copy();
  concealment.cover(copy);
  return copy;
}

it('covers what was typed, and nothing of what was there before', () => {
  const { filled, concealment } = typed();
  expect(filled.seen(1, 90, 97)).toBeGreaterThan(100);
  const shown = covered(concealment, filled);
  expect(shown.seen(1, 90, 97)).toBe(0);
  expect(shown.seen(9, 20, 95)).toBe(filled.seen(9, 20, 95));
});

it('stays when the field shows the same in another form', () => {
  const { empty, concealment } = typed();
  const revealed = empty.copy().text(5, 90, 97);
  expect(covered(concealment, revealed).seen(5, 90, 97)).toBe(0);
});

it('stays while the letters are there, whatever is around them', () => {
  const { concealment } = typed();
  const elsewhere = new Screen()
    .paint({ x: 0, y: 0, ...SIZE }, 0x77)
    .field(FIELD)
    .text(1, 90, 97);
  expect(covered(concealment, elsewhere).seen(1, 90, 97)).toBe(0);
});

it('goes when something else is there', () => {
  const { concealment } = typed();
  const page = new Screen().paint({ x: 0, y: 0, ...SIZE }, 0x77).text(4, 90, 97);
  expect(covered(concealment, page).seen(4, 90, 97)).toBe(page.seen(4, 90, 97));
});

it('comes back with the secret', () => {
  const { filled, concealment } = typed();
  covered(concealment, new Screen().paint({ x: 0, y: 0, ...SIZE }, 0x77));
  expect(covered(concealment, filled).seen(1, 90, 97)).toBe(0);
});

it('follows the letters when they are moved, scrolled or selected, wherever that is', () => {
  const { concealment } = typed();
  const place = fc.record({ x: fc.integer({ min: 10, max: 250 }), y: fc.integer({ min: 10, max: 180 }) });
  fc.assert(
    fc.property(place, fc.boolean(), ({ x, y }, isSelected) => {
      const moved = new Screen().paint({ x: 0, y: 0, ...SIZE }, 0x77);
      moved.paint({ x: x - 8, y: y - 7, width: 70, height: 17 }, isSelected ? 0x20 : 0xff);
      const ink = isSelected ? 0xf0 : 0x00;
      moved.text(1, x, y, ink);
      expect(moved.seen(1, x, y, ink)).toBeGreaterThan(100);
      expect(covered(concealment, moved).seen(1, x, y, ink)).toBe(0);
    }),
    { numRuns: 100 },
  );
});

it('covers the place on a screen of another size', () => {
  const { empty, filled } = typed();
  const concealment = new Concealment();
  concealment.add(empty, filled);
  const small = { width: 160, height: 200, pixels: Buffer.alloc(160 * 200 * 4, 0xff) };
  concealment.cover(small);
  expect(small.pixels.includes(0x50)).toBe(true);
});

it('finds what differs, near things together and far things apart', () => {
  const before = new Screen();
  const after = before.copy();
  after.set(10, 10, 0);
  after.set(20, 20, 0);
  after.set(300, 150, 0);
  expect(changedRects(before, after)).toEqual([
    { x: 10, y: 10, width: 11, height: 11 },
    { x: 300, y: 150, width: 1, height: 1 },
  ]);
  expect(changedRects(before, before)).toEqual([]);
});
