import type { Duplex } from 'node:stream';
import { XConnection } from './x-connection.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** The window in front, in its own words. */
export interface ActiveWindow {
  /** WM_CLASS: the instance and the class. */
  readonly class: readonly string[];
  readonly title: string;
}

/** Asks a desktop for the window in front, over one connection that is made at the first question. */
export class ActiveWindowReader implements Disposable {
  readonly #connect: (options: Cancellable) => Promise<Duplex>;
  #connection: XConnection | undefined;

  /** `connect` gives a new stream to the desktop's X server. */
  constructor(connect: (options: Cancellable) => Promise<Duplex>) {
    this.#connect = connect;
  }

  /** Undefined: no window is in front. @throws SandboxError */
  async read(options: Cancellable = {}): Promise<ActiveWindow | undefined> {
    const x = await this.#open(options);
    const active = await x.property(x.root, '_NET_ACTIVE_WINDOW', options);
    const window = active !== undefined && active.length >= 4 ? active.readUInt32LE(0) : 0;
    if (window === 0) return undefined;
    const [names, title, latin1Title] = await Promise.all([
      x.property(window, 'WM_CLASS', options),
      x.property(window, '_NET_WM_NAME', options),
      x.property(window, 'WM_NAME', options),
    ]);
    return {
      class: (names?.toString('latin1') ?? '').split('\0').filter((name) => name !== ''),
      title: title?.toString('utf8') ?? latin1Title?.toString('latin1') ?? '',
    };
  }

  [Symbol.dispose](): void {
    this.#connection?.[Symbol.dispose]();
  }

  async #open(options: Cancellable): Promise<XConnection> {
    if (this.#connection?.isLost === false) return this.#connection;
    this.#connection = await XConnection.open(await this.#connect(options), options);
    return this.#connection;
  }
}
