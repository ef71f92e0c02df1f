import { createCipheriv } from 'node:crypto';
import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import type { Rect, Size } from '../util/geometry.ts';
import { longText, parseClientMessage, rectOf, serverInit, u32, u8, updateOf } from './rfb-wire.ts';
import type { ClientMessage } from './rfb-wire.ts';

export interface FakeRfbServerOptions {
  /** Default 64 x 48. */
  readonly size?: Size;
  readonly name?: string;
  /** What it says first. Default `RFB 003.008\n`. */
  readonly greeting?: string;
  /** Security types that it offers; a 3.3 server takes the first. Default none needed (1). */
  readonly security?: readonly number[];
  /** Of VNC authentication (security type 2). */
  readonly password?: string;
  /** Refuses everybody for this reason. */
  readonly refusal?: string;
  /** Bytes a write; everything in one by default. */
  readonly chunkBytes?: number;
  /** Offers the extended clipboard. */
  readonly extendedClipboard?: boolean;
  /** Confirms buttons 8 and 9. */
  readonly extendedButtons?: boolean;
  /** Runs on each message: to react as a desktop would. */
  readonly onMessage?: (message: ClientMessage, session: FakeRfbSession) => void;
}

const CHALLENGE = Buffer.from('0123456789abcdef');
const CLIPBOARD_CAPS = 0x1f00_0001;
const EXTENDED_BUTTONS = -316;

/** One client's connection to the server, from the server's side. */
export class FakeRfbSession {
  readonly #server: FakeRfbServer;
  readonly #stream: Duplex;
  readonly #options: FakeRfbServerOptions;
  readonly #reader: Generator<number, void, Buffer>;
  #unread = Buffer.alloc(0);
  #wanted: number;
  #awaited: Rect | undefined;
  #dirty: Rect[] = [];

  constructor(server: FakeRfbServer, stream: Duplex, options: FakeRfbServerOptions) {
    this.#server = server;
    this.#stream = stream;
    this.#options = options;
    this.#reader = this.#shakeHands();
    this.#wanted = this.#reader.next().value ?? 0;
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  /** Bytes as they are: to break the protocol with. */
  send(...bytes: readonly Buffer[]): void {
    const all = Buffer.concat(bytes);
    const step = this.#options.chunkBytes ?? all.length;
    for (let at = 0; at < all.length; at += step)
      this.#stream.write(Buffer.from(all.subarray(at, at + step)));
  }

  /** The server ends the connection: gracefully, or by a fault of the stream. */
  close(fault?: Error): void {
    if (fault === undefined) this.#stream.end();
    else this.#stream.destroy(fault);
  }

  /** Sends what changed as soon as the client has asked for it. */
  change(rect: Rect): void {
    this.#dirty.push(rect);
    this.#answer();
  }

  *#shakeHands(): Generator<number, void, Buffer> {
    this.send(Buffer.from(this.#options.greeting ?? 'RFB 003.008\n', 'latin1'));
    const version = (yield 12).toString('latin1', 4, 11);
    const isAccepted = yield* this.#authenticate(version);
    if (!isAccepted) return;
    yield 1;
    this.send(serverInit(this.#server.size, this.#options.name ?? 'fake'));
    for (;;) yield* this.#readMessage();
  }

  *#authenticate(version: string): Generator<number, boolean, Buffer> {
    const { security = [1], refusal, password = '' } = this.#options;
    if (refusal !== undefined) {
      this.send(version === '003.003' ? u32(0) : u8(0), longText(refusal));
      return false;
    }
    if (version === '003.003') this.send(u32(security[0] ?? 0));
    else this.send(u8(security.length), Buffer.from(security));
    const type = version === '003.003' ? security[0] : (yield 1)[0];
    let isRight = true;
    if (type === 2) {
      this.send(CHALLENGE);
      isRight = vncResponse(password).equals(yield 16);
    }
    if (type === 2 || version === '003.008') this.send(u32(isRight ? 0 : 1));
    if (!isRight && version === '003.008') this.send(longText('Wrong password'));
    return isRight;
  }

  *#readMessage(): Generator<number, void, Buffer> {
    const { extendedButtons = false } = this.#options;
    for (let wanted = 1; ; wanted = this.#unread.length + 1) {
      if (this.#unread.length < wanted) yield -wanted;
      const parsed = parseClientMessage(this.#unread, { extendedButtons });
      if (parsed === undefined) continue;
      this.#unread = this.#unread.subarray(parsed.length);
      this.#server.received.push(parsed.message);
      this.#obey(parsed.message);
      this.#options.onMessage?.(parsed.message, this);
      return;
    }
  }

  #obey(message: ClientMessage): void {
    const { extendedClipboard, extendedButtons } = this.#options;
    if (message.type === 'encodings') {
      if (extendedClipboard === true) this.send(u8(3), Buffer.alloc(3), u32(-8), u32(CLIPBOARD_CAPS), u32(0));
      if (extendedButtons === true)
        this.send(updateOf(rectOf({ x: 0, y: 0, width: 0, height: 0 }, EXTENDED_BUTTONS)));
    }
    if (message.type !== 'update-request') return;
    this.#awaited = message.rect;
    if (!message.incremental) this.#dirty.push(message.rect);
    this.#answer();
  }

  #answer(): void {
    if (this.#server.isSilent || this.#awaited === undefined || this.#dirty.length === 0) return;
    const rects = this.#dirty.map((rect) => rectOf(rect, 0, this.#server.pixelsOf(rect)));
    this.#awaited = undefined;
    this.#dirty = [];
    this.send(updateOf(...rects));
  }

  /** A generator that yields n wants n bytes; one that yields -n wants to look again when there are n. */
  #receive(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    while (this.#wanted !== 0 && this.#unread.length >= Math.abs(this.#wanted)) {
      const taken = Math.max(0, this.#wanted);
      const bytes = this.#unread.subarray(0, taken);
      this.#unread = this.#unread.subarray(taken);
      this.#wanted = this.#reader.next(bytes).value ?? 0;
    }
  }
}

/** A VNC server in memory: a screen to draw on, a record of what clients sent, and every way to misbehave. */
export class FakeRfbServer {
  /** Everything that clients sent after the handshake, in order. */
  readonly received: ClientMessage[] = [];
  readonly sessions: FakeRfbSession[] = [];
  /** A silent server reads and says nothing. */
  isSilent = false;
  readonly #options: FakeRfbServerOptions;
  readonly #colours: Uint32Array;

  constructor(options: FakeRfbServerOptions = {}) {
    this.#options = options;
    this.#colours = new Uint32Array(this.size.width * this.size.height);
  }

  get size(): Size {
    return this.#options.size ?? { width: 64, height: 48 };
  }

  /** The newest connection. */
  get session(): FakeRfbSession {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error('Nobody has connected yet.');
    return session;
  }

  /** What was sent but for the requests for updates. */
  get inputs(): readonly ClientMessage[] {
    return this.received.filter(({ type }) => type === 'pointer' || type === 'key' || type === 'cut-text');
  }

  /** A stream to the server. */
  connect(): Duplex {
    const [client, server] = duplexPair();
    this.sessions.push(new FakeRfbSession(this, server, this.#options));
    return client;
  }

  /** Fills a rectangle with a colour, 0xRRGGBB, and tells every client. */
  draw(rect: Rect, colour: number): void {
    for (let y = rect.y; y < rect.y + rect.height; y++) {
      this.#colours.fill(colour, y * this.size.width + rect.x, y * this.size.width + rect.x + rect.width);
    }
    for (const session of this.sessions) session.change(rect);
  }

  /** R, G, B, 0 of every pixel, row by row. */
  pixelsOf({ x, y, width, height }: Rect): Buffer {
    const pixels = Buffer.alloc(width * height * 4);
    for (let i = 0; i < width * height; i++) {
      const colour = this.#colours[(y + Math.floor(i / width)) * this.size.width + x + (i % width)] ?? 0;
      pixels.writeUInt32BE(colour * 256, i * 4);
    }
    return pixels;
  }
}

/** RFC 6143 7.2.2 with the platform's own DES: the bits of each byte of the key are mirrored. */
function vncResponse(password: string): Buffer {
  const key = Buffer.alloc(8);
  key.write(password.slice(0, 8), 'latin1');
  const mirrored = key.map((byte) =>
    Number.parseInt(byte.toString(2).padStart(8, '0').split('').toReversed().join(''), 2),
  );
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([mirrored, mirrored, mirrored]), null);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(CHALLENGE), cipher.final()]);
}
