import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Size } from '../../../src/util/geometry.ts';

/** A VNC server, and what it says itself of what it shows and of what it was told. */
export interface WatchedServer extends AsyncDisposable {
  /** Of the screen now, px. */
  readonly size: Size;
  connect(): Promise<Duplex>;
  /** Changes what is shown: another `seed`, another picture. */
  draw(seed: number): Promise<void>;
  /** R, G, B of every pixel of the screen, from the server's side. */
  pixels(): Promise<Buffer>;
  /**
   * Presses and releases since the last call of `forget`: `press 1 at 5,6`, `release 1 at 5,6`, `down a`, `up a`. Keys
   * have the names of X.
   */
  inputs(): Promise<readonly string[]>;
  forget(): Promise<void>;
  /** The server's end. */
  kill(): Promise<void>;
}

/** What a server has, as far as one differs from the other. */
export interface ServerTraits {
  /** Where it wants VNC authentication. */
  readonly password?: string | undefined;
  /** How far a channel of a pixel may be off: a screen of few colours is rounded twice. */
  readonly tolerance?: number;
  /** Gives the screen another size. */
  readonly resize?: (server: WatchedServer) => Promise<void>;
  /** What a program that pastes gets. */
  readonly readClipboard?: (server: WatchedServer) => Promise<string>;
}

const WAIT_MS = 15_000;
const POLL_MS = 20;

/** What `look` gives as soon as it is good, or what it gave at the deadline. */
export async function eventually<T>(look: () => Promise<T>, isGood: (found: T) => boolean): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const found = await look();
    if (isGood(found) || performance.now() > deadline) return found;
    await delay(POLL_MS);
  }
}

/** What is down after these inputs. */
export function heldAfter(inputs: readonly string[]): readonly string[] {
  const held = new Set<string>();
  for (const [deed = '', what = ''] of inputs.map((line) => line.split(' '))) {
    if (deed === 'press' || deed === 'down') held.add(what);
    else held.delete(what);
  }
  return [...held];
}
