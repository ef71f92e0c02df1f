import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { CancelledError, DisplayError } from '../../errors.ts';
import type { ByteSource, Reading } from '../rfb/byte-source.ts';

interface ReadOptions {
  readonly source: ByteSource;
  readonly stream: Duplex;
  readonly signal: AbortSignal;
}

/**
 * Runs a reading on a stream and takes no byte more than it wants: what follows stays in the stream for whoever reads
 * on.
 * @throws DisplayError display-closed, CancelledError, and what the reading throws
 */
export async function readFrom<T>(reading: Reading<T>, options: ReadOptions): Promise<T> {
  for (;;) {
    const step = reading.next();
    if (step.done === true) return step.value;
    options.source.push(await readByte(options.stream, options.signal));
  }
}

async function readByte(stream: Duplex, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    if (signal.aborted) throw new CancelledError('cancelled', 'Cancelled.', { cause: signal.reason });
    const byte: unknown = stream.read(1);
    if (byte instanceof Buffer) return byte;
    if (stream.readableEnded || stream.destroyed) {
      throw new DisplayError('display-closed', 'The connection ended in the middle of its opening.');
    }
    await change(stream, signal);
  }
}

/** Resolves when there is something new to know of the stream, good or bad. */
async function change(stream: Duplex, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const options = { signal: AbortSignal.any([signal, over.signal]) };
  const events = ['readable', 'end', 'close'].map((event) => once(stream, event, options));
  try {
    await Promise.race(events);
  } catch {
    // The stream's own fault or ours to stop: the next look says which.
  } finally {
    over.abort();
    await Promise.allSettled(events);
  }
}
