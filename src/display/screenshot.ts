import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import type { Screenshot } from '../action/screenshot.ts';
import type { Clock } from '../util/clock.ts';
import type { Size } from '../util/geometry.ts';
import { BYTES_PER_PIXEL } from './framebuffer.ts';
import type { Scaling } from './scaling.ts';

/** zlib level of the PNGs, without filters: chosen by measurement, docs/performance.md, `npm run bench screenshots`. */
const COMPRESSION_LEVEL = 3;

/** R, G, B, X pixels, rows from the top without padding. */
export interface Frame extends Size {
  /** Names the content: equal keys, equal pixels. */
  readonly key: string;
  readonly pixels: Buffer;
}

type Encoded = Omit<Screenshot, 'takenAtMs'>;

/** Makes PNGs of one display's frames, the same frame only once. */
export class ScreenshotEncoder {
  readonly #clock: Clock;
  #last: { readonly key: string; readonly encoded: Promise<Encoded> } | undefined;
  #spare: Buffer | undefined;
  #working = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a frame is being encoded. */
  get isAtWork(): boolean {
    return this.#working > 0;
  }

  /** The pixels are copied before this returns its promise: they may change while it works. */
  async encode(frame: Frame, scaling: Scaling): Promise<Screenshot> {
    const takenAtMs = this.#clock.wall();
    const last = this.#last;
    if (last?.key === frame.key) return { ...(await last.encoded), takenAtMs };
    const encoded = this.#encodeCopy(frame, scaling);
    this.#last = { key: frame.key, encoded };
    this.#working += 1;
    try {
      return { ...(await encoded), takenAtMs };
    } catch (thrown) {
      this.#last = undefined;
      throw thrown;
    } finally {
      this.#working -= 1;
    }
  }

  async #encodeCopy({ pixels, width, height }: Frame, scaling: Scaling): Promise<Encoded> {
    const isSpareFit = this.#spare?.length === pixels.length;
    const copy =
      isSpareFit && this.#spare !== undefined ? this.#spare : Buffer.allocUnsafeSlow(pixels.length);
    this.#spare = undefined;
    pixels.copy(copy);
    const { declared } = scaling;
    const image = scaling.isIdentity ? toImage(copy, { width, height }) : toScaledImage(copy, scaling);
    const png = await image.png({ compressionLevel: COMPRESSION_LEVEL }).toBuffer();
    this.#spare = copy;
    return { png, ...declared, sha256: createHash('sha256').update(png).digest('hex') };
  }
}

function toImage(pixels: Buffer, size: Size): Sharp {
  return sharp(pixels, { raw: { ...size, channels: BYTES_PER_PIXEL } }).removeAlpha();
}

/** The fourth byte means nothing, but would count as opacity when pixels are mixed: it goes first. */
function toScaledImage(pixels: Buffer, { real, declared, shown }: Scaling): Sharp {
  const rgb = Buffer.allocUnsafeSlow(real.width * real.height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += BYTES_PER_PIXEL, to += 3) {
    rgb[to] = pixels[from] ?? 0;
    rgb[to + 1] = pixels[from + 1] ?? 0;
    rgb[to + 2] = pixels[from + 2] ?? 0;
  }
  return sharp(rgb, { raw: { ...real, channels: 3 } })
    .resize(shown.width, shown.height, { fit: 'fill' })
    .extend({
      left: shown.x,
      top: shown.y,
      right: declared.width - shown.width - shown.x,
      bottom: declared.height - shown.height - shown.y,
      background: 'black',
    });
}

/** Whether all pixels have one colour: a screen that nothing was drawn on yet. */
export function isBlank({ pixels }: Pick<Frame, 'pixels'>): boolean {
  const [red, green, blue] = pixels;
  for (let i = BYTES_PER_PIXEL; i < pixels.length; i += BYTES_PER_PIXEL) {
    if (pixels[i] !== red || pixels[i + 1] !== green || pixels[i + 2] !== blue) return false;
  }
  return true;
}
