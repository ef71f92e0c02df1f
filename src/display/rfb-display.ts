import type { Duplex } from 'node:stream';
import type { Screenshot } from '../action/screenshot.ts';
import { DisplayError, isDeskhandError, toMessage } from '../errors.ts';
import type { Activity } from '../util/activity.ts';
import { systemClock } from '../util/clock.ts';
import type { Clock } from '../util/clock.ts';
import type { Point, Size } from '../util/geometry.ts';
import { Attention } from './attention.ts';
import { Concealment } from './concealment.ts';
import type { Display, Keyboard, Pointer, SettleReport } from './display.ts';
import { watchInput } from './input-link.ts';
import type { OpenInputLink } from './input-link.ts';
import { DisplayKeyboard, KEYBOARD_RULES } from './keyboard.ts';
import type { KeyboardOptions, KeyboardRules } from './keyboard.ts';
import { LastingLink } from './lasting-link.ts';
import { DisplayPointer, POINTER_RULES } from './pointer.ts';
import type { PointerRules } from './pointer.ts';
import { connectRfb2 } from './rfb/rfb2-client.ts';
import type { Rfb2ClientOptions } from './rfb/rfb2-client.ts';
import type { RfbClient } from './rfb/rfb-client.ts';
import { Scaling } from './scaling.ts';
import { isBlank, ScreenshotEncoder } from './screenshot.ts';
import { shiftOf, stripsAt } from './scroll-shift.ts';
import type { Direction, Strips } from './scroll-shift.ts';
import { SETTLE_RULES } from './settle.ts';
import type { SettleRules } from './settle.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** A desktop is ready when its first picture has been still for this long, ms. */
const READY_QUIET_MS = 250;
/** Rules that look at nothing but the screen. */
const BY_PIXELS = { idleMs: Number.POSITIVE_INFINITY, workingQuietMs: 0 } as const;
/** How long a program may take to show how far one click of the wheel goes, ms. */
const SHIFT_CAP_MS = 500;
/** How long closing waits for the server to let go of what is held, ms. */
const RELEASE_MS = 250;

export interface DisplayOptions extends Pick<
  Rfb2ClientOptions,
  'password' | 'drawPointer' | 'handshakeTimeoutMs' | 'stallTimeoutMs' | 'probeIntervalMs' | 'signal'
> {
  /** A new stream to the VNC server; called again when a connection was lost. */
  readonly connect: (options: Cancellable) => Promise<Duplex>;
  /** Declared size, px: what the model is told. The real screen may have another. */
  readonly size: Size;
  readonly clock?: Clock;
  /** What the desktop's processes do, where that can be seen: settling is then surer and faster. */
  readonly activity?: Activity | undefined;
  /** Gives keysyms keys of their own, where that can be asked for: no program then loses the first press of one. */
  readonly giveKeys?: KeyboardOptions['giveKeys'];
  readonly settle?: Partial<SettleRules>;
  readonly pointer?: Partial<PointerRules>;
  readonly keyboard?: Partial<KeyboardRules>;
}

class RfbDisplay implements Display {
  readonly size: Size;
  readonly #options: DisplayOptions;
  readonly #clock: Clock;
  readonly #rules: SettleRules;
  readonly #link: LastingLink;
  readonly #attention: Attention;
  readonly #encoder: ScreenshotEncoder;
  readonly #pointer: DisplayPointer;
  readonly #keyboard: DisplayKeyboard;
  readonly #concealment = new Concealment();
  #concealing: Promise<void> | undefined;
  #scaling: Scaling;

  constructor(options: DisplayOptions) {
    const { size, clock = systemClock } = options;
    this.size = size;
    this.#options = options;
    this.#clock = clock;
    this.#rules = toRules(options.settle);
    this.#scaling = new Scaling(size, size);
    this.#attention = new Attention(clock, options.activity);
    this.#encoder = new ScreenshotEncoder(clock);
    this.#link = new LastingLink({
      clock,
      connect: async ({ signal }) => this.#connect(signal),
      onLink: (client) => this.#adopt(client),
    });
    const link: OpenInputLink = async (use) => this.#openInput(use);
    this.#keyboard = new DisplayKeyboard({
      clock,
      link,
      giveKeys: options.giveKeys,
      rules: { ...KEYBOARD_RULES, ...options.keyboard },
      rest: async (cancel) => this.#awaitReaction(cancel),
    });
    this.#pointer = new DisplayPointer({
      clock,
      link,
      rules: { ...POINTER_RULES, ...options.pointer },
      scaling: () => this.#scaling,
      typedAtMs: () => this.#keyboard.typedAtMs,
      rest: async (quietMs, capMs, cancel) => this.#rest(quietMs, capMs, cancel),
      shift: async (...args) => this.#shift(...args),
    });
  }

  get pointer(): Pointer {
    return this.#pointer;
  }

  get keyboard(): Keyboard {
    return this.#keyboard;
  }

  get lost(): Promise<Error> {
    return this.#link.lost;
  }

  async open(): Promise<void> {
    await this.#link.open({ signal: this.#options.signal });
  }

  async screenshot(options: Cancellable = {}): Promise<Screenshot> {
    await this.#concealing;
    return await this.#encode(await this.#whole(options));
  }

  async settle(options: Cancellable = {}): Promise<SettleReport> {
    const calledAtMs = this.#clock.now();
    await this.#synced(options);
    const report = await this.#attention.settle(this.#rules, {
      ...options,
      barrier: async (cancel) => this.#synced(cancel),
      onLull: () => this.#encodeAhead(),
    });
    return { ...report, waitedMs: this.#clock.now() - calledAtMs };
  }

  async ready(
    options: Cancellable & { readonly timeoutMs: number; readonly quietMs?: number },
  ): Promise<void> {
    const { quietMs = READY_QUIET_MS } = options;
    const untilMs = this.#clock.now() + options.timeoutMs;
    const still = { ...this.#rules, ...BY_PIXELS, minimumMs: 0, quietMs };
    const firstChangeMs = { ...still.firstChangeMs, nothing: quietMs };
    for (;;) {
      const leftMs = untilMs - this.#clock.now();
      if (leftMs <= 0) throw notReady(options.timeoutMs);
      const client = await this.#whole(options);
      const { reason } = await this.#attention.settle({ ...still, firstChangeMs, capMs: leftMs }, options);
      if (reason !== 'cap' && !isBlank({ pixels: client.framebuffer })) return;
    }
  }

  async conceal<T>(act: () => Promise<T>, options: Cancellable = {}): Promise<T> {
    const done = Promise.withResolvers<void>();
    this.#concealing = done.promise;
    try {
      // What was typed right before is no part of the secret.
      await this.settle(options);
      const before = toPicture(await this.#whole(options));
      try {
        return await act();
      } finally {
        await this.settle(options);
        this.#concealment.add(before, toPicture(await this.#whole(options)));
      }
    } finally {
      this.#concealing = undefined;
      done.resolve();
    }
  }

  async releaseAll(): Promise<void> {
    const client = this.#link.live;
    if (client === undefined) return;
    this.#release(client);
    await client.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = this.#link.live;
    if (client !== undefined) {
      this.#release(client);
      await Promise.race([client.sync(), this.#clock.sleep(RELEASE_MS)]).catch(() => undefined);
    }
    await this.#link.close();
  }

  /** Nothing is held on a new connection, whatever was held on the one before. */
  async #connect(signal: AbortSignal): Promise<RfbClient> {
    const stream = await this.#options.connect({ signal }).catch((thrown: unknown) => {
      throw isDeskhandError(thrown) ? thrown : unreachable(thrown);
    });
    const client = await connectRfb2(stream, { ...this.#options, clock: this.#clock, signal });
    this.#scaling = new Scaling(this.size, client.size);
    this.#keyboard.release(client);
    await this.#pointer.takeOver(client, { signal });
    return client;
  }

  #adopt(client: RfbClient): void {
    client.onUpdate(() => {
      const { width, height } = client.size;
      const isSame = width === this.#scaling.real.width && height === this.#scaling.real.height;
      if (!isSame) this.#scaling = new Scaling(this.size, client.size);
    });
    this.#attention.watch(client);
  }

  #release(client: RfbClient): void {
    const link = watchInput(client, (pointer) => this.#attention.input(pointer));
    this.#keyboard.release(link);
    this.#pointer.release(link);
  }

  async #openInput(use: Parameters<OpenInputLink>[0]): ReturnType<OpenInputLink> {
    const client = await this.#link.client(use);
    this.#attention.expect(use.for);
    return watchInput(client, (pointer) => this.#attention.input(pointer));
  }

  async #awaitReaction(options: Cancellable): Promise<void> {
    await this.settle(options);
    this.#attention.expect('echo');
  }

  async #rest(quietMs: number, capMs: number, options: Cancellable): Promise<void> {
    const firstChangeMs = { ...this.#rules.firstChangeMs, deed: quietMs };
    const quiet = { quietMs, litQuietMs: quietMs, windowQuietMs: quietMs, longestQuietMs: quietMs };
    const rules = { ...this.#rules, ...BY_PIXELS, ...quiet, minimumMs: 0, firstChangeMs, capMs };
    await this.#attention.settle(rules, options);
    this.#attention.expect('deed');
  }

  async #shift(
    act: () => Promise<void>,
    { axis, towards }: Direction,
    at: Point,
    options: Cancellable,
  ): Promise<number | undefined> {
    const look = async (): Promise<Strips> => stripsAt(toPicture(await this.#whole(options)), axis, at);
    const before = await look();
    await act();
    const barrier = async (cancel: Cancellable): Promise<unknown> => this.#synced(cancel);
    await this.#attention.settle({ ...this.#rules, capMs: SHIFT_CAP_MS }, { ...options, barrier });
    this.#attention.expect('echo');
    const after = await look();
    return towards === 'forth' ? shiftOf(before, after) : shiftOf(after, before);
  }

  /** The picture is as good as taken when the screen has settled as it is now. */
  #encodeAhead(): void {
    const client = this.#link.live;
    const isBusy = this.#concealing !== undefined || this.#encoder.isAtWork;
    if (client === undefined || client.isMidUpdate || isBusy) return;
    void this.#encode(client).catch(() => undefined);
  }

  async #encode(client: RfbClient): Promise<Screenshot> {
    const { frame } = this.#attention;
    const { places } = this.#concealment;
    const key = `${frame}/${places}`;
    if (places === 0) {
      return await this.#encoder.encode({ key, pixels: client.framebuffer, ...client.size }, this.#scaling);
    }
    const picture = toPicture(client);
    this.#concealment.cover(picture);
    return await this.#encoder.encode({ key, ...picture }, this.#scaling);
  }

  /** A connection with no update under way. */
  async #whole(options: Cancellable): Promise<RfbClient> {
    const client = await this.#link.client(options);
    return client.isMidUpdate ? await this.#synced(options) : client;
  }

  /** A connection whose server has done all that it was sent; after a loss, the next connection. */
  async #synced(options: Cancellable): Promise<RfbClient> {
    for (;;) {
      const client = await this.#link.client(options);
      try {
        await client.sync(options);
        return client;
      } catch (thrown) {
        if (!(thrown instanceof DisplayError)) throw thrown;
      }
    }
  }
}

/**
 * Connects to a VNC server and keeps the connection: the picture is always current, a lost connection is made
 * again a few times with nothing held.
 * @throws DisplayError display-connect-failed, display-authentication, display-protocol
 */
export async function createDisplay(options: DisplayOptions): Promise<Display> {
  const display = new RfbDisplay(options);
  await display.open();
  return display;
}

/** A copy of what the screen shows now. */
function toPicture({ framebuffer, size }: RfbClient): Size & { readonly pixels: Buffer } {
  // Of its own memory: numbers are read from it four bytes at a time.
  const pixels = Buffer.allocUnsafeSlow(framebuffer.length);
  framebuffer.copy(pixels);
  return { pixels, ...size };
}

/** Who says how long quiet has to be means the processes as well as the screen. */
function toRules(settle: Partial<SettleRules> = {}): SettleRules {
  const { quietMs = SETTLE_RULES.idleMs } = settle;
  const timedIdleMs = Math.max(SETTLE_RULES.timedIdleMs, quietMs);
  return { ...SETTLE_RULES, idleMs: quietMs, timedIdleMs, ...settle };
}

function notReady(timeoutMs: number): DisplayError {
  return new DisplayError('display-stalled', `The desktop was not drawn and still within ${timeoutMs} ms.`);
}

function unreachable(cause: unknown): DisplayError {
  return new DisplayError('display-connect-failed', `Cannot reach the VNC server: ${toMessage(cause)}`, {
    cause,
    retryable: true,
  });
}
