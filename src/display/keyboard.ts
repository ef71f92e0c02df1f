import { ActionError } from '../errors.ts';
import type { Clock } from '../util/clock.ts';
import type { Keyboard } from './display.ts';
import type { InputLink, OpenInputLink } from './input-link.ts';
import { charToKeysym, chordToKeysyms } from './keysyms.ts';
import { TextPlanner } from './text-plan.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface KeyboardRules {
  /** How long a chord stays down, ms. */
  readonly chordMs: number;
  /** Characters that are sent before the program is waited for. */
  readonly batchChars: number;
  /** How long a program may take to show what was typed before more is sent, ms. */
  readonly echoMs: number;
  /** How long a program may take to ask for what is pasted, ms. */
  readonly pasteMs: number;
  /**
   * Characters beyond the US layout that the server can give a key of its own, for as long as it lives. The desktop
   * image has 92, a plain TigerVNC server 19; it drops what is more than that. The last of them are left for chords:
   * programs take some of those for keys of their own, as Chromium does.
   */
  readonly spareKeys: number;
}

export const KEYBOARD_RULES: KeyboardRules = {
  chordMs: 4,
  batchChars: 128,
  echoMs: 100,
  pasteMs: 5000,
  spareKeys: 60,
};

const ENTER = 0xff0d;
const TAB = 0xff09;
const BACKSPACE = 0xff08;
/** The one shortcut that editors, terminals and browsers on X all paste with. */
const PASTE_CHORD = ['Shift', 'Insert'] as const;

export interface KeyboardOptions {
  readonly clock: Clock;
  readonly rules: KeyboardRules;
  /** The connection to send through: the same one for the whole of an action. */
  readonly link: OpenInputLink;
  /** Gives keysyms keys of their own. Absent: the server does, as it presses them. */
  readonly giveKeys?: ((keysyms: readonly number[], options: Cancellable) => Promise<void>) | undefined;
  /** Waits until the desktop has done what it was asked to. */
  readonly rest: (options: Cancellable) => Promise<void>;
}

/** Gives key events their meaning. Owns which keys are down. */
export class DisplayKeyboard implements Keyboard {
  readonly #options: KeyboardOptions;
  readonly #planner: TextPlanner;
  /** Keysyms that are down, in the order of their pressing. */
  #down: readonly number[] = [];
  #typedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: KeyboardOptions) {
    this.#options = options;
    this.#planner = new TextPlanner(options.rules.spareKeys);
  }

  /** When a text or a chord was typed last, ms of the clock. */
  get typedAtMs(): number {
    return this.#typedAtMs;
  }

  async chord(keys: readonly string[], options: Cancellable = {}): Promise<void> {
    const keysyms = chordToKeysyms(keys);
    await this.#learn(this.#planner.giveKeys(keys.filter((key) => [...key].length === 1)), options);
    const link = await this.#options.link({ ...options, for: keys.includes('Enter') ? 'deed' : 'reaction' });
    await this.#pressAll(link, keysyms, options);
    await link.sync(options);
    this.#typedAtMs = this.#options.clock.now();
  }

  async type(text: string, options: Cancellable = {}): Promise<void> {
    const link = await this.#options.link({ ...options, for: text.endsWith('\n') ? 'deed' : 'echo' });
    const { parts, newKeys } = this.#planner.plan(text, { hasUnicodeClipboard: link.hasUnicodeClipboard });
    await this.#learn(newKeys, options);
    for (const [index, part] of parts.entries()) {
      if (part.by === 'keys') await this.#typeKeys(link, part.text, options);
      else {
        // A program may still be about to learn what the keys before this mean.
        if (index > 0) await this.#options.rest(options);
        await this.#paste(link, part.text, options);
      }
    }
    this.#typedAtMs = this.#options.clock.now();
  }

  async hold<T>(keys: readonly string[], act: () => Promise<T>): Promise<T> {
    if (keys.length === 0) return act();
    const keysyms = chordToKeysyms(keys);
    const link = await this.#options.link({ for: 'reaction' });
    try {
      for (const keysym of keysyms) this.#press(link, keysym);
      return await act();
    } finally {
      this.#releaseAll(link, keysyms);
    }
  }

  /** Lets go of every key, on whatever connection there is now. */
  release(link: InputLink): void {
    this.#releaseAll(link, this.#down);
  }

  /**
   * Lets every program learn of new keys before they are pressed. Chromium hears of keys by another connection than
   * that by which it hears of their presses, and loses a press that comes before the news.
   */
  async #learn(chars: readonly string[], options: Cancellable): Promise<void> {
    const { giveKeys, rest } = this.#options;
    if (chars.length === 0 || giveKeys === undefined) return;
    await giveKeys(chars.map(charToKeysym), options);
    await rest(options);
  }

  async #pressAll(link: InputLink, keysyms: readonly number[], { signal }: Cancellable): Promise<void> {
    try {
      for (const keysym of keysyms) this.#press(link, keysym);
      await this.#options.clock.sleep(this.#options.rules.chordMs, { signal });
    } finally {
      this.#releaseAll(link, keysyms);
    }
  }

  /** The next batch leaves when the program has shown something of the last: it cannot fall far behind. */
  async #typeKeys(link: InputLink, text: string, options: Cancellable): Promise<void> {
    const { batchChars, echoMs } = this.#options.rules;
    const chars = [...text];
    for (let start = 0; start < chars.length; start += batchChars) {
      options.signal?.throwIfAborted();
      const echo = Promise.withResolvers<undefined>();
      const stopListening = link.onUpdate(() => echo.resolve(undefined));
      try {
        for (const char of chars.slice(start, start + batchChars)) this.#tap(link, toKeysym(char));
        await link.sync(options);
        if (start + batchChars < chars.length) await this.#within(echo.promise, echoMs, options);
      } finally {
        stopListening();
      }
    }
  }

  async #paste(link: InputLink, text: string, options: Cancellable): Promise<void> {
    options.signal?.throwIfAborted();
    const taken = link.sendClipboard(text);
    await this.#pressAll(link, chordToKeysyms(PASTE_CHORD), options);
    const wasTaken = await this.#within(taken, this.#options.rules.pasteMs, options);
    if (!wasTaken) {
      throw new ActionError(
        'unsupported-text',
        'The program did not take the text that was pasted into it.',
        {
          details: { text },
          hint: 'Click into a text field first, or use characters of the US keyboard.',
        },
      );
    }
    // Whoever asked for the text need not be the program that it is for, which loses it with the next one.
    await this.#options.rest(options);
  }

  /** Whether `promise` resolves in time. */
  async #within(promise: Promise<unknown>, ms: number, { signal }: Cancellable): Promise<boolean> {
    const done = new AbortController();
    const signals = signal === undefined ? [done.signal] : [done.signal, signal];
    const tooLate = this.#options.clock.sleep(ms, { signal: AbortSignal.any(signals) }).then(() => false);
    try {
      return await Promise.race([promise.then(() => true), tooLate]);
    } finally {
      done.abort();
    }
  }

  #tap(link: InputLink, keysym: number): void {
    link.sendKey(keysym, true);
    link.sendKey(keysym, false);
  }

  #press(link: InputLink, keysym: number): void {
    this.#down = [...this.#down, keysym];
    link.sendKey(keysym, true);
  }

  #releaseAll(link: InputLink, keysyms: readonly number[]): void {
    for (const keysym of keysyms.toReversed()) {
      if (this.#down.includes(keysym)) link.sendKey(keysym, false);
      this.#down = this.#down.filter((other) => other !== keysym);
    }
  }
}

function toKeysym(char: string): number {
  if (char === '\n') return ENTER;
  if (char === '\b') return BACKSPACE;
  return char === '\t' ? TAB : charToKeysym(char);
}
