import type { Duplex } from 'node:stream';
import { DisplayError, isDeskhandError, toMessage } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { Rect, Size } from '../../util/geometry.ts';
import { Framebuffer } from '../framebuffer.ts';
import { ByteSource } from './byte-source.ts';
import type { Reading } from './byte-source.ts';
import { clipboardCaps, clipboardNotify, clipboardProvide } from './extended-clipboard.ts';
import type { ClipboardMessage } from './extended-clipboard.ts';
import { shakeHands } from './handshake.ts';
import type { RfbClient, RfbUpdate } from './rfb-client.ts';
import { Rfb2Writer } from './rfb2-writer.ts';
import { ServerMessages } from './server-messages.ts';
import type { MessageSink, ReadUpdate } from './server-messages.ts';

export interface Rfb2ClientOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** For VNC authentication; at most its first 8 bytes count (RFC 6143 7.2.2). */
  readonly password?: string | undefined;
  /** Whether the server draws the pointer into the pixels. Default false. */
  readonly drawPointer?: boolean;
  /** From the open stream to the first whole frame, ms. Default 10,000. */
  readonly handshakeTimeoutMs?: number;
  /** How long the server may take to answer, ms. Default 5,000. */
  readonly stallTimeoutMs?: number;
  /** How often a server that is not asked otherwise is asked for a sign of life, ms. Default 10,000. */
  readonly probeIntervalMs?: number;
}

/** The pixel that `sync` asks for. */
const PROBE: Rect = { x: 0, y: 0, width: 1, height: 1 };

interface Started {
  readonly name: string;
  readonly screen: Framebuffer;
}

/**
 * RFB over our own stream. rfb2 writes every message and has the constants and the DES of VNC authentication. Its
 * reading is not used: it needs three to ten times the time of the wire for a frame, stops for ever at an unknown
 * message or encoding and at the end of the stream, throws inside stream callbacks and believes every length.
 */
class Rfb2Client implements RfbClient {
  readonly closed: Promise<Error>;
  readonly #stream: Duplex;
  readonly #options: Rfb2ClientOptions;
  readonly #source = new ByteSource();
  readonly #writer: Rfb2Writer;
  readonly #reading: Reading<void>;
  readonly #end = Promise.withResolvers<Error>();
  readonly #firstFrame = Promise.withResolvers<undefined>();
  readonly #timers = new AbortController();
  readonly #listeners = new Set<(update: RfbUpdate) => void>();
  #started: Started | undefined;
  #endReason: Error | undefined;
  #isMidUpdate = false;
  #isCorked = false;
  #probes: PromiseWithResolvers<undefined>[] = [];
  #hasUnicodeClipboard = false;
  #hasExtendedButtons = false;
  #clipboard: { readonly text: string; taken(): void } | undefined;

  constructor(stream: Duplex, options: Rfb2ClientOptions) {
    this.#stream = stream;
    this.#options = options;
    this.closed = this.#end.promise;
    this.#writer = new Rfb2Writer((bytes) => this.#write(bytes), {
      pointerApart: options.drawPointer !== true,
    });
    this.#reading = this.#run();
    this.#listen();
  }

  get name(): string {
    return this.#start.name;
  }

  get size(): Size {
    return this.#start.screen.size;
  }

  get framebuffer(): Buffer {
    return this.#start.screen.pixels;
  }

  get isMidUpdate(): boolean {
    return this.#isMidUpdate;
  }

  get hasUnicodeClipboard(): boolean {
    return this.#hasUnicodeClipboard;
  }

  get hasExtendedButtons(): boolean {
    return this.#hasExtendedButtons;
  }

  /** Resolves with the first whole frame. @throws DisplayError */
  async connected(): Promise<void> {
    const { clock, handshakeTimeoutMs = 10_000, signal } = this.#options;
    const abort = (): void =>
      this.#fail(connectFailed('Connecting to the VNC server was cancelled.', signal?.reason));
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    const deadline = new AbortController();
    const timedOut = clock.sleep(handshakeTimeoutMs, { signal: deadline.signal }).then(
      () => this.#fail(connectFailed(`The VNC server sent no whole frame in ${handshakeTimeoutMs} ms.`)),
      () => undefined,
    );
    try {
      await this.#firstFrame.promise;
    } finally {
      signal?.removeEventListener('abort', abort);
      deadline.abort();
      await timedOut;
    }
    void this.#watch();
  }

  sendPointer(x: number, y: number, buttonMask: number): void {
    this.#writer.pointer(x, y, buttonMask);
  }

  sendKey(keysym: number, isDown: boolean): void {
    this.#writer.key(keysym, isDown);
  }

  async sendClipboard(text: string): Promise<void> {
    this.#clipboard?.taken();
    if (!this.#hasUnicodeClipboard) {
      this.#writer.latin1Clipboard(text);
      return;
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#clipboard = { text, taken: () => resolve(undefined) };
    this.#writer.extendedClipboard(clipboardNotify());
    await Promise.race([promise, this.closed]);
  }

  async sync(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    options.signal?.throwIfAborted();
    if (this.#endReason !== undefined) throw this.#endReason;
    const { stallTimeoutMs = 5000, clock } = this.#options;
    const probe = Promise.withResolvers<undefined>();
    this.#probes.push(probe);
    this.#writer.requestUpdate(PROBE, { incremental: false });
    const answered = new AbortController();
    const signals = [answered.signal, ...(options.signal === undefined ? [] : [options.signal])];
    const tooLate = clock.sleep(stallTimeoutMs, { signal: AbortSignal.any(signals) }).then(() => {
      this.#fail(stalled(stallTimeoutMs));
    });
    try {
      await Promise.race([probe.promise, tooLate.then(() => probe.promise)]);
    } finally {
      answered.abort();
    }
  }

  onUpdate(listener: (update: RfbUpdate) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(new DisplayError('display-closed', 'The VNC connection was closed by us.'));
    await Promise.resolve();
  }

  get #start(): Started {
    if (this.#started === undefined) throw new DisplayError('display-connect-failed', 'Not connected yet.');
    return this.#started;
  }

  *#run(): Reading<void> {
    const source = this.#source;
    const { size, name } = yield* shakeHands({
      source,
      writer: this.#writer,
      password: this.#options.password,
    });
    const screen = new Framebuffer(size);
    this.#started = { name, screen };
    this.#writer.begin(size);
    const sink: MessageSink = {
      updateBegins: () => {
        this.#isMidUpdate = true;
      },
      updateEnds: (update) => this.#finishUpdate(update),
      clipboard: (message) => this.#answerClipboard(message),
      extendedButtons: () => {
        this.#hasExtendedButtons = true;
      },
    };
    yield* new ServerMessages(source, screen, sink).read();
  }

  #listen(): void {
    const over = (cause?: unknown): void => this.#fail(streamEnded(this.#started !== undefined, cause));
    this.#stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#stream.on('error', over);
    this.#stream.on('end', () => over());
    this.#stream.on('close', () => over());
  }

  #receive(chunk: Buffer): void {
    if (this.#endReason !== undefined) return;
    this.#source.push(chunk);
    try {
      this.#reading.next();
    } catch (thrown) {
      this.#fail(isDeskhandError(thrown) ? thrown : unreadable(thrown));
    }
  }

  /** What is written in one go leaves in one piece: a key's press and release must not be a pause apart. */
  #write(bytes: Buffer): void {
    if (this.#endReason !== undefined || this.#stream.destroyed) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#stream.cork();
      queueMicrotask(() => {
        this.#isCorked = false;
        this.#stream.uncork();
      });
    }
    this.#stream.write(bytes);
  }

  #finishUpdate({ changed, sent, pointerShape, resized }: ReadUpdate): void {
    this.#isMidUpdate = false;
    this.#writer.requestUpdate({ x: 0, y: 0, ...this.size }, { incremental: !resized });
    if (sent.some((rect) => rect.x === 0 && rect.y === 0 && rect.width > 0 && rect.height > 0))
      this.#answerProbes();
    if (sent.length > 0) this.#firstFrame.resolve(undefined);
    if (changed.length === 0 && pointerShape === undefined) return;
    for (const listener of this.#listeners) listener({ rects: changed, pointerShape });
  }

  /** A changed corner under way may answer a probe a moment early: the server has then proved to be alive. */
  #answerProbes(): void {
    const probes = this.#probes;
    this.#probes = [];
    for (const probe of probes) probe.resolve(undefined);
  }

  #answerClipboard(message: ClipboardMessage): void {
    if (message === 'caps') {
      this.#hasUnicodeClipboard = true;
      this.#writer.extendedClipboard(clipboardCaps());
    } else if (message === 'request' && this.#clipboard !== undefined) {
      this.#writer.extendedClipboard(clipboardProvide(this.#clipboard.text));
      this.#clipboard.taken();
    }
  }

  async #watch(): Promise<void> {
    const { clock, probeIntervalMs = 10_000 } = this.#options;
    try {
      while (this.#endReason === undefined) {
        await clock.sleep(probeIntervalMs, { signal: this.#timers.signal });
        await this.sync();
      }
    } catch {
      // Over: `closed` has the reason.
    }
  }

  #fail(reason: Error): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#timers.abort();
    this.#firstFrame.promise.catch(() => undefined);
    this.#firstFrame.reject(reason);
    for (const probe of this.#probes) {
      probe.promise.catch(() => undefined);
      probe.reject(reason);
    }
    this.#probes = [];
    this.#listeners.clear();
    this.#stream.destroy();
    this.#end.resolve(reason);
  }
}

/**
 * Speaks RFB on an open stream. Resolves when the first whole frame is there; the stream is ours from then on.
 * @throws DisplayError display-connect-failed, display-authentication, display-protocol
 */
export async function connectRfb2(stream: Duplex, options: Rfb2ClientOptions): Promise<RfbClient> {
  const client = new Rfb2Client(stream, options);
  await client.connected();
  return client;
}

function connectFailed(message: string, cause?: unknown): DisplayError {
  return new DisplayError('display-connect-failed', message, { cause, retryable: true });
}

function streamEnded(wasConnected: boolean, cause: unknown): DisplayError {
  const detail = cause === undefined ? '' : `: ${toMessage(cause)}`;
  if (!wasConnected) return connectFailed(`The VNC connection ended during the handshake${detail}.`, cause);
  return new DisplayError('display-closed', `The VNC connection ended${detail}.`, { cause, retryable: true });
}

function stalled(ms: number): DisplayError {
  return new DisplayError('display-stalled', `The VNC server has not answered for ${ms} ms.`, {
    details: { ms },
    retryable: true,
  });
}

function unreadable(cause: unknown): DisplayError {
  return new DisplayError('display-protocol', `The VNC server's data cannot be read: ${toMessage(cause)}.`, {
    cause,
  });
}
