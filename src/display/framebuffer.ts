import { DisplayError } from '../errors.ts';
import type { Point, Rect, Size } from '../util/geometry.ts';

/** Bytes of one pixel: R, G, B and one that means nothing. */
export const BYTES_PER_PIXEL = 4;
/** Longest side of a screen, px: bounds the memory that a server can make us take. */
const MAX_SIDE = 4096;

function protocolError(message: string, details: Readonly<Record<string, unknown>>): DisplayError {
  return new DisplayError('display-protocol', message, { details });
}

/** @throws DisplayError display-protocol when the size is zero or beyond 4096 px a side */
export function checkScreenSize({ width, height }: Size): void {
  if (width >= 1 && height >= 1 && width <= MAX_SIDE && height <= MAX_SIDE) return;
  throw protocolError(
    `The VNC server has a screen of ${width}x${height} px; 1 to ${MAX_SIDE} a side is allowed.`,
    {
      width,
      height,
    },
  );
}

/** The pixels of one screen, rows from the top without padding. */
export class Framebuffer {
  #size: Size;
  #pixels: Buffer;

  constructor(size: Size) {
    checkScreenSize(size);
    this.#size = size;
    this.#pixels = Buffer.alloc(size.width * size.height * BYTES_PER_PIXEL);
  }

  get size(): Size {
    return this.#size;
  }

  get pixels(): Buffer {
    return this.#pixels;
  }

  /** Takes another size; the pixels that both sizes have stay. */
  resize(size: Size): void {
    const next = new Framebuffer(size);
    const rowBytes = Math.min(size.width, this.#size.width) * BYTES_PER_PIXEL;
    for (let y = 0; y < Math.min(size.height, this.#size.height); y++) {
      const from = this.offsetOf(0, y);
      this.#pixels.copy(next.#pixels, next.offsetOf(0, y), from, from + rowBytes);
    }
    this.#size = size;
    this.#pixels = next.#pixels;
  }

  /** Byte offset of a pixel in `pixels`. */
  offsetOf(x: number, y: number): number {
    return (y * this.#size.width + x) * BYTES_PER_PIXEL;
  }

  /** @throws DisplayError display-protocol when `rect` is not wholly on the screen */
  check(rect: Rect): void {
    const { width, height } = this.#size;
    if (rect.x + rect.width <= width && rect.y + rect.height <= height) return;
    throw protocolError('The VNC server sent a rectangle outside its screen.', { rect, screen: this.#size });
  }

  /** Copies the pixels at `from` to `to`; the two may overlap (RFC 6143 7.7.2). */
  copyRect(from: Point, to: Rect): void {
    this.check({ ...to, ...from });
    this.check(to);
    const rowBytes = to.width * BYTES_PER_PIXEL;
    const isDownwards = from.y < to.y;
    for (let i = 0; i < to.height; i++) {
      const row = isDownwards ? to.height - 1 - i : i;
      const source = this.offsetOf(from.x, from.y + row);
      this.#pixels.copyWithin(this.offsetOf(to.x, to.y + row), source, source + rowBytes);
    }
  }
}
