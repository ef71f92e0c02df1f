import type { Duplex } from 'node:stream';
import { SandboxError, toMessage } from '../../errors.ts';

/** Numbers of the X protocol (X Window System Protocol, version 11, appendix B); little-endian throughout. */
const LITTLE_ENDIAN = 0x6c;
const INTERN_ATOM = 16;
const GET_PROPERTY = 20;
const REPLY = 1;
const FAULT = 0;
const HEAD = 32;
const LONGEST_PROPERTY_WORDS = 1024;
const TIMEOUT_MS = 2_000;

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** Of the reply: all of it; undefined: the server refused, as for a window that is gone. */
type Reply = Buffer | undefined;

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** As much of an X client as reading properties takes: requests go out in order, and so come their replies. */
export class XConnection implements Disposable {
  readonly #stream: Duplex;
  readonly #waiting: Waiting[] = [];
  readonly #atoms = new Map<string, Promise<number>>();
  #unread = Buffer.alloc(0);
  #root = 0;
  #loss: SandboxError | undefined;

  private constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (bytes: Buffer) => this.#receive(bytes));
    stream.on('error', (error) => this.#lose(error));
    stream.on('close', () => this.#lose(new Error('it was closed')));
  }

  /** @throws SandboxError sandbox-not-ready when no X server answers */
  static async open(stream: Duplex, options: Cancellable = {}): Promise<XConnection> {
    const connection = new XConnection(stream);
    try {
      await connection.#begin(options);
      return connection;
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  get root(): number {
    return this.#root;
  }

  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  /** The value of a window's property; undefined: it has none, or is gone. @throws SandboxError */
  async property(window: number, name: string, options: Cancellable = {}): Promise<Buffer | undefined> {
    const request = Buffer.alloc(24);
    request.writeUInt8(GET_PROPERTY, 0);
    request.writeUInt16LE(6, 2);
    request.writeUInt32LE(window, 4);
    request.writeUInt32LE(await this.#atom(name, options), 8);
    request.writeUInt32LE(LONGEST_PROPERTY_WORDS, 20);
    const reply = await this.#ask(request, options);
    if (reply === undefined) return undefined;
    const [format, items] = [reply.readUInt8(1), reply.readUInt32LE(16)];
    return format === 0 ? undefined : reply.subarray(HEAD, HEAD + (items * format) / 8);
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
  }

  async #begin(options: Cancellable): Promise<void> {
    const hello = Buffer.alloc(12);
    hello.writeUInt8(LITTLE_ENDIAN, 0);
    hello.writeUInt16LE(11, 2);
    const answer = await this.#ask(hello, options);
    if (answer === undefined) throw new SandboxError('sandbox-not-ready', 'The X server does not let us in.');
    // The screens follow 40 bytes, the vendor's name and 8 bytes for each pixmap format; a screen begins with its root.
    const [vendor, formats] = [answer.readUInt16LE(24), answer.readUInt8(29)];
    this.#root = answer.readUInt32LE(40 + Math.ceil(vendor / 4) * 4 + formats * 8);
  }

  #atom(name: string, options: Cancellable): Promise<number> {
    const known = this.#atoms.get(name);
    if (known !== undefined) return known;
    const request = Buffer.alloc(8 + Math.ceil(name.length / 4) * 4);
    request.writeUInt8(INTERN_ATOM, 0);
    request.writeUInt16LE(request.length / 4, 2);
    request.writeUInt16LE(name.length, 4);
    request.write(name, 8, 'latin1');
    const atom = this.#ask(request, options).then((reply) => reply?.readUInt32LE(8) ?? 0);
    this.#atoms.set(name, atom);
    atom.catch(() => this.#atoms.delete(name));
    return atom;
  }

  async #ask(request: Buffer, { signal }: Cancellable): Promise<Reply> {
    if (this.#loss !== undefined) throw this.#loss;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    this.#waiting.push({ resolve, reject });
    this.#stream.write(request);
    // A server that is stopped answers nothing: no reply may ever be taken for that of a later request.
    const timer = setTimeout(() => this.#lose(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    const abort = (): void => this.#lose(new Error('cancelled'));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  #receive(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (;;) {
      const isHello = this.#root === 0;
      const least = isHello ? 8 : HEAD;
      if (this.#unread.length < least) return;
      const kind = this.#unread.readUInt8(0);
      // What comes with every reply and with the answer to the hello: its length beyond the head, in words.
      const extra = isHello
        ? this.#unread.readUInt16LE(6)
        : kind === REPLY
          ? this.#unread.readUInt32LE(4)
          : 0;
      const length = least + extra * 4;
      if (this.#unread.length < length) return;
      const message = this.#unread.subarray(0, length);
      this.#unread = this.#unread.subarray(length);
      // Events are none of ours.
      if (kind === REPLY || kind === FAULT)
        this.#waiting.shift()?.resolve(kind === REPLY ? message : undefined);
      if (isHello) return;
    }
  }

  #lose(cause: unknown): void {
    this.#loss ??= new SandboxError(
      'sandbox-not-ready',
      `The X server cannot be asked: ${toMessage(cause)}.`,
      {
        cause,
        retryable: true,
      },
    );
    this.#stream.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#loss);
  }
}
