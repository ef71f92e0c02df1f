/** One picture of the display at the size that was declared to the model. */
export interface Screenshot {
  /** PNG file, RGB, `width` x `height` px. */
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** SHA-256 of `png`, lower-case hex. Equal frames have equal hashes. */
  readonly sha256: string;
  /** Wall clock of the frame, ms since the epoch. */
  readonly takenAtMs: number;
}

/** A `data:image/png;base64,` URL, the form that the Responses API takes. */
export function toDataUrl(screenshot: Screenshot): string {
  const { buffer, byteOffset, byteLength } = screenshot.png;
  return `data:image/png;base64,${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}`;
}
