import { ActionError } from '../errors.ts';
import type { Point, Rect, Size } from '../util/geometry.ts';

/**
 * How the real screen lies in the declared picture: as large as it fits with its own proportions, in the middle,
 * with black bars at two sides where the proportions differ. Equal sizes are shown one to one.
 */
export class Scaling {
  readonly declared: Size;
  readonly real: Size;
  /** Where the screen lies in the picture, declared px. */
  readonly shown: Rect;

  constructor(declared: Size, real: Size) {
    this.declared = declared;
    this.real = real;
    this.shown = fit(declared, real);
  }

  get isIdentity(): boolean {
    return this.declared.width === this.real.width && this.declared.height === this.real.height;
  }

  /**
   * The real pixel under a declared one. A fraction belongs to the pixel that it falls in.
   * @throws ActionError out-of-bounds on a bar, beyond the picture, and for what is no number
   */
  toReal({ x, y }: Point): Point {
    const { shown, real } = this;
    const [column, row] = [Math.floor(x) - shown.x, Math.floor(y) - shown.y];
    const isInside = column >= 0 && row >= 0 && column < shown.width && row < shown.height;
    if (!isInside) throw this.#outside(x, y);
    return {
      x: Math.floor(((column + 0.5) * real.width) / shown.width),
      y: Math.floor(((row + 0.5) * real.height) / shown.height),
    };
  }

  /** The declared pixel that shows a real one. */
  toDeclared({ x, y }: Point): Point {
    const { shown, real } = this;
    return {
      x: shown.x + Math.floor(((x + 0.5) * shown.width) / real.width),
      y: shown.y + Math.floor(((y + 0.5) * shown.height) / real.height),
    };
  }

  /** Declared px of a distance in real px. */
  toRealLength(px: number): number {
    return (px * this.real.width) / this.shown.width;
  }

  #outside(x: number, y: number): ActionError {
    const { shown, declared } = this;
    const isOnBar = x >= 0 && y >= 0 && x < declared.width && y < declared.height;
    const where = isOnBar ? 'on the black bar beside the screen' : 'outside the screen';
    return new ActionError('out-of-bounds', `(${x}, ${y}) is ${where}.`, {
      details: { x, y, shown },
      hint:
        `x is ${shown.x} to ${shown.x + shown.width - 1}, ` +
        `y is ${shown.y} to ${shown.y + shown.height - 1}.`,
    });
  }
}

function fit(declared: Size, real: Size): Rect {
  const factor = Math.min(declared.width / real.width, declared.height / real.height);
  const width = Math.max(1, Math.min(declared.width, Math.round(real.width * factor)));
  const height = Math.max(1, Math.min(declared.height, Math.round(real.height * factor)));
  return {
    x: Math.floor((declared.width - width) / 2),
    y: Math.floor((declared.height - height) / 2),
    width,
    height,
  };
}
