import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Scaling } from '../../../src/display/scaling.ts';
import { ActionError } from '../../../src/errors.ts';
import type { Size } from '../../../src/util/geometry.ts';

const side = fc.integer({ min: 16, max: 4096 });
const size = fc.record({ width: side, height: side });

describe('a screen of the declared size', () => {
  const scaling = new Scaling({ width: 1440, height: 900 }, { width: 1440, height: 900 });

  test('is shown one to one, every pixel from (0, 0) to the last', () => {
    expect(scaling.isIdentity).toBe(true);
    expect(scaling.shown).toEqual({ x: 0, y: 0, width: 1440, height: 900 });
    for (const point of [
      { x: 0, y: 0 },
      { x: 1439, y: 899 },
      { x: 700, y: 1 },
    ]) {
      expect(scaling.toReal(point)).toEqual(point);
      expect(scaling.toDeclared(point)).toEqual(point);
    }
  });

  test('takes a fraction for the pixel that it falls in', () => {
    expect(scaling.toReal({ x: 10.99, y: 0.01 })).toEqual({ x: 10, y: 0 });
    expect(scaling.toReal({ x: 1439.999, y: 899.5 })).toEqual({ x: 1439, y: 899 });
  });

  test.each([
    [{ x: -1, y: 0 }],
    [{ x: -0.1, y: 0 }],
    [{ x: 1440, y: 0 }],
    [{ x: 0, y: 900 }],
    [{ x: Number.NaN, y: 0 }],
    [{ x: 0, y: Number.POSITIVE_INFINITY }],
  ])('refuses %j', (point) => {
    expect(() => scaling.toReal(point)).toThrow(ActionError);
  });
});

describe('a screen of another size', () => {
  test('keeps its proportions between black bars, which cannot be clicked', () => {
    const scaling = new Scaling({ width: 1024, height: 768 }, { width: 1920, height: 1080 });
    expect(scaling.shown).toEqual({ x: 0, y: 96, width: 1024, height: 576 });
    expect(scaling.toReal({ x: 0, y: 96 })).toEqual({ x: 0, y: 0 });
    expect(scaling.toReal({ x: 1023, y: 671 })).toEqual({ x: 1919, y: 1079 });
    expect(() => scaling.toReal({ x: 500, y: 95 })).toThrow(
      '(500, 95) is on the black bar beside the screen.',
    );
    expect(() => scaling.toReal({ x: 500, y: 768 })).toThrow('(500, 768) is outside the screen.');
    expect(scaling.toRealLength(576)).toBe(1080);
  });

  test('comes back within one real pixel per declared pixel', () => {
    fc.assert(
      fc.property(
        size,
        size,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (declared, real, part) => {
          const scaling = new Scaling(declared, real);
          const point = { x: Math.floor(real.width * part), y: Math.floor(real.height * part) };
          const back = scaling.toReal(scaling.toDeclared(point));
          const step = toStep(scaling, real);
          expect(Math.abs(back.x - point.x)).toBeLessThanOrEqual(step.x);
          expect(Math.abs(back.y - point.y)).toBeLessThanOrEqual(step.y);
        },
      ),
    );
  });

  test('lies wholly in the picture, touches two sides and maps to itself', () => {
    fc.assert(
      fc.property(size, size, (declared, real) => {
        const { shown } = new Scaling(declared, real);
        expect(shown.x).toBeGreaterThanOrEqual(0);
        expect(shown.y).toBeGreaterThanOrEqual(0);
        expect(shown.x + shown.width).toBeLessThanOrEqual(declared.width);
        expect(shown.y + shown.height).toBeLessThanOrEqual(declared.height);
        expect(shown.width === declared.width || shown.height === declared.height).toBe(true);
      }),
    );
  });

  test('gives every shown pixel a real one', () => {
    fc.assert(
      fc.property(size, size, fc.nat(), fc.nat(), (declared, real, a, b) => {
        const scaling = new Scaling(declared, real);
        const { shown } = scaling;
        const point = scaling.toReal({ x: shown.x + (a % shown.width), y: shown.y + (b % shown.height) });
        expect(point.x >= 0 && point.x < real.width && point.y >= 0 && point.y < real.height).toBe(true);
      }),
    );
  });
});

/** How many real pixels one declared pixel stands for, at most. */
function toStep({ shown }: Scaling, real: Size): { readonly x: number; readonly y: number } {
  return { x: Math.ceil(real.width / shown.width), y: Math.ceil(real.height / shown.height) };
}
