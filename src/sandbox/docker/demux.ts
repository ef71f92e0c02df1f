export type OutputStream = 'stdout' | 'stderr';

const HEADER_BYTES = 8;

/**
 * Takes apart the stream that the engine sends for a program without a terminal: frames of an 8-byte header
 * (byte 0: 1 stdout, 2 stderr; bytes 4-7: length, big endian) and a payload. Payloads are passed on as they come,
 * a frame in parts if it arrives so. Docker Engine API, ContainerAttach, "Stream format".
 */
export class OutputDemuxer {
  readonly #onOutput: (stream: OutputStream, data: Buffer) => void;
  #header = Buffer.alloc(0);
  #stream: OutputStream = 'stdout';
  #left = 0;

  constructor(onOutput: (stream: OutputStream, data: Buffer) => void) {
    this.#onOutput = onOutput;
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.#left > 0 ? this.#takePayload(rest) : this.#takeHeader(rest);
    }
  }

  #takePayload(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, this.#left);
    this.#left -= part.length;
    this.#onOutput(this.#stream, part);
    return chunk.subarray(part.length);
  }

  #takeHeader(chunk: Buffer): Buffer {
    const missing = HEADER_BYTES - this.#header.length;
    this.#header = Buffer.concat([this.#header, chunk.subarray(0, missing)]);
    if (this.#header.length === HEADER_BYTES) {
      this.#stream = this.#header[0] === 2 ? 'stderr' : 'stdout';
      this.#left = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
    return chunk.subarray(missing);
  }
}

/** Both streams of a complete answer in the order in which they came. */
export function demuxAll(data: Buffer): Buffer {
  const parts: Buffer[] = [];
  new OutputDemuxer((_stream, part) => parts.push(part)).push(data);
  return Buffer.concat(parts);
}
