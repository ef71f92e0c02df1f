import type { Clock } from '../../util/clock.ts';

/** A terminal whose keys can be read one by one. */
export interface KeyInput extends NodeJS.ReadableStream {
  readonly isRaw?: boolean;
  setRawMode?(isRaw: boolean): unknown;
}

export interface PresenceOptions {
  readonly input: KeyInput;
  readonly clock: Pick<Clock, 'now'>;
  /** Ctrl-C, which a terminal that is read key by key does not turn into a signal. */
  readonly onInterrupt?: (() => void) | undefined;
}

const CTRL_C = 3;

/** Whether a person sits at a terminal, told by the keys that they press. Listens only between `start` and `stop`. */
export class Presence {
  readonly #options: PresenceOptions;
  #lastKeyMs: number | undefined;
  #isListening = false;
  #waiting: (() => void)[] = [];

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** ms since the last key; undefined: none was pressed since the listening began. */
  get sinceMs(): number | undefined {
    return this.#lastKeyMs === undefined ? undefined : this.#options.clock.now() - this.#lastKeyMs;
  }

  start(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    const { input } = this.#options;
    input.setRawMode?.(true);
    // What was typed before nobody had asked for.
    while (input.read() !== null);
    input.on('data', this.#hear);
    input.resume();
  }

  stop(): void {
    if (!this.#isListening) return;
    this.#isListening = false;
    const { input } = this.#options;
    input.off('data', this.#hear);
    input.setRawMode?.(false);
    input.pause();
  }

  /** Lets somebody else read the terminal meanwhile; who answers there is present. */
  async leaveTo<T>(act: () => Promise<T>): Promise<T> {
    const wasListening = this.#isListening;
    this.stop();
    try {
      return await act();
    } finally {
      this.#lastKeyMs = this.#options.clock.now();
      if (wasListening) this.start();
    }
  }

  /** Resolves with the next key. Never rejects. */
  nextKey(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  readonly #hear = (keys: Buffer | string): void => {
    const bytes = typeof keys === 'string' ? Buffer.from(keys) : keys;
    if (bytes.includes(CTRL_C)) {
      this.#options.onInterrupt?.();
      return;
    }
    this.#lastKeyMs = this.#options.clock.now();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  };
}
