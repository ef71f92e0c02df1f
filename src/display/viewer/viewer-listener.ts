import { randomBytes, randomInt } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DisplayError, toMessage } from '../../errors.ts';
import { ByteSource } from '../rfb/byte-source.ts';
import { greetServer } from '../rfb/handshake.ts';
import { Rfb2Writer } from '../rfb/rfb2-writer.ts';
import { admitViewer } from './admit-viewer.ts';
import { tapInput, type ViewerInput } from './input-tap.ts';
import { readFrom } from './stream-reading.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface ViewerListenerOptions extends Cancellable {
  /** A new stream to the desktop's VNC server, which asks for no password. */
  readonly connect: (options: Cancellable) => Promise<Duplex>;
  /** Default: one that is free. */
  readonly port?: number | undefined;
  /** Hears each key and each movement before the desktop does, which gets it when the promise resolves. */
  readonly onInput?: ((input: ViewerInput) => Promise<void>) | undefined;
}

/** A way in for one VNC viewer of a person. Disposing it closes the way and throws the viewer out. */
export interface ViewerListener extends AsyncDisposable {
  /** `127.0.0.1:5901` */
  readonly address: string;
  /** Eight characters, the most that VNC authentication takes. It is used up by the first viewer that has it. */
  readonly password: string;
  /** Resolves when that viewer has left, or when too many wrong passwords came: nobody can come in any more. */
  readonly ended: Promise<'left' | 'locked'>;
}

const HOST = '127.0.0.1';
/** Without the signs that are taken for one another. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const PASSWORD_LENGTH = 8;
const MOST_WRONG = 5;
const MOST_AT_ONCE = 4;
/** A person types the password while the connection waits. */
const OPENING_MS = 180_000;
/** ClientInit's only byte: the desktop stays ours as well. A viewer that wants it for itself would put us out. */
const SHARED = Buffer.from([1]);

/**
 * Opens a way to a desktop on this machine's loopback.
 * @throws DisplayError display-connect-failed when the port cannot be had
 */
export async function openViewerListener(options: ViewerListenerOptions): Promise<ViewerListener> {
  const server = createServer();
  const ready = Promise.withResolvers<void>();
  server.once('error', (cause) =>
    ready.reject(new DisplayError('display-connect-failed', `Cannot listen: ${toMessage(cause)}`, { cause })),
  );
  server.listen({ host: HOST, port: options.port ?? 0 }, ready.resolve);
  await ready.promise;
  return new LoopbackListener(server, options);
}

function makePassword(): string {
  return Array.from({ length: PASSWORD_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

function addressOf(server: Server): string {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? `${address.address}:${address.port}` : HOST;
}

class LoopbackListener implements ViewerListener {
  readonly address: string;
  readonly password = makePassword();
  readonly #server: Server;
  readonly #options: ViewerListenerOptions;
  readonly #life = new AbortController();
  readonly #ended = Promise.withResolvers<'left' | 'locked'>();
  readonly #streams = new Set<Duplex>();
  #wrong = 0;
  #isTaken = false;

  constructor(server: Server, options: ViewerListenerOptions) {
    this.#server = server;
    this.#options = options;
    this.address = addressOf(server);
    server.on('error', () => undefined);
    server.on('connection', (viewer) => void this.#receive(viewer));
    if (options.signal?.aborted) this.#close();
    options.signal?.addEventListener('abort', this.#close, { signal: this.#life.signal });
  }

  get ended(): Promise<'left' | 'locked'> {
    return this.#ended.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isClosed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#close();
    await isClosed;
  }

  readonly #close = (): void => {
    this.#server.close();
    this.#life.abort();
    for (const stream of this.#streams) stream.destroy();
  };

  async #receive(viewer: Socket): Promise<void> {
    this.#own(viewer);
    if (this.#isTaken || this.#streams.size > MOST_AT_ONCE) {
      viewer.destroy();
      return;
    }
    const signal = AbortSignal.any([this.#life.signal, AbortSignal.timeout(OPENING_MS)]);
    try {
      await this.#admit(viewer, signal);
    } catch {
      // A viewer that does not speak RFB, or a desktop that is gone: there is nobody to tell but the viewer.
      viewer.destroy();
      if (this.#isTaken) this.#ended.resolve('left');
    }
  }

  async #admit(viewer: Socket, signal: AbortSignal): Promise<void> {
    const source = new ByteSource();
    const send = (bytes: Buffer): void => void viewer.write(bytes);
    const parties = { source, send, password: this.password, challenge: randomBytes(16) };
    const { isRight, accept } = await readFrom(admitViewer(parties), { source, stream: viewer, signal });
    if (!isRight) {
      viewer.end();
      this.#countWrong();
      return;
    }
    // Two viewers may have had the password: it is good for one.
    if (this.#isTaken) throw new DisplayError('display-authentication', 'The password is used up.');
    this.#isTaken = true;
    this.#server.close();
    const desktop = await this.#openDesktop(signal);
    accept();
    await readFrom(source.take(1), { source, stream: viewer, signal });
    desktop.write(SHARED);
    this.#join(viewer, desktop);
  }

  async #openDesktop(signal: AbortSignal): Promise<Duplex> {
    const desktop = await this.#options.connect({ signal });
    this.#own(desktop);
    desktop.pause();
    const source = new ByteSource();
    const writer = new Rfb2Writer((bytes) => void desktop.write(bytes), { pointerApart: false });
    await readFrom(greetServer({ source, writer, password: undefined }), { source, stream: desktop, signal });
    return desktop;
  }

  #join(viewer: Socket, desktop: Duplex): void {
    const { onInput } = this.#options;
    const tap = onInput === undefined ? undefined : tapInput(onInput);
    const all = [viewer, desktop, ...(tap === undefined ? [] : [tap])];
    const part = (): void => {
      for (const stream of all) stream.destroy();
      this.#ended.resolve('left');
    };
    for (const stream of all) stream.once('close', part);
    if (tap !== undefined) this.#own(tap);
    viewer.setNoDelay(true);
    (tap === undefined ? viewer : viewer.pipe(tap)).pipe(desktop);
    desktop.pipe(viewer);
  }

  #countWrong(): void {
    this.#wrong += 1;
    if (this.#wrong < MOST_WRONG || this.#isTaken) return;
    this.#close();
    this.#ended.resolve('locked');
  }

  #own(stream: Duplex): void {
    this.#streams.add(stream);
    stream.on('error', () => stream.destroy());
    stream.once('close', () => this.#streams.delete(stream));
  }
}
