import { Duplex } from 'node:stream';
import { SandboxError } from '../../errors.ts';
import { OutputDemuxer } from './demux.ts';

const KEPT_STDERR_BYTES = 4096;

/**
 * A program's stdin and stdout as one stream. What it prints to stderr becomes the reason when it ends.
 */
export class ExecDuplex extends Duplex {
  readonly #stream: Duplex;
  #stderr = Buffer.alloc(0);

  constructor(stream: Duplex) {
    super({ allowHalfOpen: false });
    this.#stream = stream;
    const demuxer = new OutputDemuxer((name, data) => {
      if (name === 'stderr') this.#stderr = Buffer.concat([this.#stderr, data]).subarray(-KEPT_STDERR_BYTES);
      else if (!this.push(data)) stream.pause();
    });
    stream.on('data', (chunk: Buffer) => demuxer.push(chunk));
    stream.once('end', () => this.#end());
    stream.once('close', () => this.#end());
    stream.on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#stream.write(chunk, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#stream.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stream.destroy();
    done(error);
  }

  #end(): void {
    const reason = this.#stderr.toString('utf8').trim();
    if (reason === '') this.push(null);
    else this.destroy(new SandboxError('sandbox-not-ready', `The way to the desktop closed: ${reason}`));
  }
}
