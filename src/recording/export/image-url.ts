import { toHash } from '../frames.ts';

const PREFIX = 'data:image/png;base64,';

/** A frame as the exported shapes carry it. */
export function toImageUrl(png: Uint8Array): string {
  return `${PREFIX}${Buffer.from(png).toString('base64')}`;
}

/** The PNG of such an address; undefined for any other. */
export function fromImageUrl(url: string): Buffer | undefined {
  return url.startsWith(PREFIX) ? Buffer.from(url.slice(PREFIX.length), 'base64') : undefined;
}

/** Gathers the frames of an export that is read back, by hash. */
export class FrameCollector {
  readonly pictures = new Map<string, Uint8Array>();
  /** How many were no PNG in the file itself. */
  leftOut = 0;

  /** The hash of the picture; undefined for one that is not a PNG in the file itself. */
  add(url: string): string | undefined {
    const png = fromImageUrl(url);
    if (png === undefined) {
      this.leftOut += 1;
      return undefined;
    }
    const hash = toHash(png);
    this.pictures.set(hash, png);
    return hash;
  }
}
