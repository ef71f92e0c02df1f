/** A step of reading: it yields whenever it needs bytes that have not come yet. */
export type Reading<T> = Generator<undefined, T, undefined>;

const SKIP_STEP = 65_536;

/**
 * Bytes in the order of their arrival, read by generators that stop in the middle of anything and go on when more
 * is there. Holds at most the unread rest of what was pushed.
 */
export class ByteSource {
  readonly #chunks: Buffer[] = [];
  #offset = 0;

  push(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  /** The next `length` bytes: for headers, not for pixels. */
  *take(length: number): Reading<Buffer> {
    const bytes = Buffer.alloc(length);
    yield* this.fill(bytes, 0, length);
    return bytes;
  }

  /** Moves the next `length` bytes into `target`. Returns whether any of them is other than what was there. */
  *fill(target: Buffer, offset: number, length: number): Reading<boolean> {
    let hasChanged = false;
    for (let done = 0; done < length;) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) {
        yield;
        continue;
      }
      const at = offset + done;
      const end = Math.min(this.#offset + length - done, chunk.length);
      const count = end - this.#offset;
      if (chunk.compare(target, at, at + count, this.#offset, end) !== 0) {
        chunk.copy(target, at, this.#offset, end);
        hasChanged = true;
      }
      done += count;
      this.#advance(end, chunk);
    }
    return hasChanged;
  }

  /** Drops the next `length` bytes. */
  *skip(length: number): Reading<void> {
    const sink = Buffer.alloc(Math.min(length, SKIP_STEP));
    for (let left = length; left > 0; left -= sink.length) {
      yield* this.fill(sink, 0, Math.min(left, sink.length));
    }
  }

  #advance(end: number, chunk: Buffer): void {
    if (end < chunk.length) {
      this.#offset = end;
      return;
    }
    this.#chunks.shift();
    this.#offset = 0;
  }
}
