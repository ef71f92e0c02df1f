const LINE_FEED = 0x0a;
/** No line of ours comes near this; a file without line feeds must not fill the memory. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

export interface RawLine {
  readonly bytes: Buffer;
  /** Whether a line feed ended it. */
  readonly isWhole: boolean;
}

/** Cuts a stream of bytes at line feeds. Ends early, with a line that is not whole, when one is over-long. */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawLine> {
  let parts: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      yield { bytes: Buffer.concat([...parts, chunk.subarray(from, at)]), isWhole: true };
      parts = [];
      pendingBytes = 0;
      from = at + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
    pendingBytes += chunk.length - from;
    if (pendingBytes > MAX_LINE_BYTES) break;
  }
  if (pendingBytes > 0) yield { bytes: Buffer.concat(parts), isWhole: false };
}
