import { isDeepStrictEqual } from 'node:util';
import { CancelledError, SandboxError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import {
  type AdoptOptions,
  POOL_RUN_ID,
  type Sandbox,
  type SandboxDriver,
  type SandboxSpec,
  type SandboxSummary,
} from '../sandbox-driver.ts';
import { Demand } from './demand.ts';
import { lend } from './lend.ts';
import { PoolMember } from './pool-member.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

type PoolSpec = Omit<SandboxSpec, 'runId' | 'isKept'>;

export interface WarmPoolOptions {
  /** Stays with the caller. */
  readonly driver: SandboxDriver;
  /** What the pool's desktops are like; another kind is made by the driver when it is asked for. */
  readonly spec: PoolSpec;
  readonly clock: Clock;
  /** How many are kept ready when nobody has asked for a while. Default 1. */
  readonly minimum?: number;
  /** How many are kept ready at most. Default 4. */
  readonly maximum?: number;
  /** How many start at the same time at most, however many are waited for. Default 2. */
  readonly maximumStarts?: number;
  /** As many as were asked for within this time are kept ready, ms. Default 60,000. */
  readonly demandWindowMs?: number;
  /** Waits until a new desktop's screen has come to rest, before it is paused. */
  readonly settle?: (sandbox: Sandbox, options: { readonly signal: AbortSignal }) => Promise<void>;
  /** Memory that the engine has left, bytes; undefined when nobody knows. Asked before each start ahead of demand. */
  readonly freeMemory?: () => number | undefined;
}

interface Waiter {
  readonly resolve: (sandbox: Sandbox) => void;
  readonly reject: (error: unknown) => void;
}

const DEFAULT_STARTS = 2;
const LOOK_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** What is left to the host besides the sandboxes, bytes. */
const RESERVE_BYTES = 512 * 1024 ** 2;

/**
 * A driver that keeps paused desktops ready and hands them out in place of new ones. Each is given once: who leased
 * it gives it back by disposing it and does not wait for its removal, which is the pool's, as is starting another.
 * Disposing the pool removes what nobody has leased or what was given back.
 */
export class WarmPool implements SandboxDriver {
  readonly name: string;
  readonly #options: WarmPoolOptions;
  readonly #demand: Demand;
  readonly #end = new AbortController();
  readonly #keeping: Promise<void>;
  readonly #starts = new Set<Promise<void>>();
  #ready: PoolMember[] = [];
  #waiters: Waiter[] = [];
  #discarded = new Set<Sandbox>();
  #nudge = Promise.withResolvers<void>();
  #failures = 0;
  #nextStartAt = 0;

  constructor(options: WarmPoolOptions) {
    const { clock, driver, minimum = 1, maximum = 4, demandWindowMs: windowMs = 60_000 } = options;
    this.name = `${driver.name} pool`;
    this.#options = options;
    this.#demand = new Demand({ clock, minimum: Math.min(minimum, maximum), maximum, windowMs });
    this.#keeping = this.#keep();
  }

  /** How many desktops can be leased at once without waiting. */
  get readyCount(): number {
    return this.#ready.length;
  }

  /** A desktop of the pool where `spec` is that of the pool but for its run, else a new one of the driver's. */
  async create(spec: SandboxSpec, options: Parameters<SandboxDriver['create']>[1] = {}): Promise<Sandbox> {
    if (!this.#fits(spec)) return await this.#options.driver.create(spec, options);
    return await this.#lease(options);
  }

  async list(options: Cancellable = {}): Promise<readonly SandboxSummary[]> {
    return await this.#options.driver.list(options);
  }

  async attach(idOrName: string, options: Cancellable = {}): Promise<Sandbox> {
    return await this.#options.driver.attach(idOrName, options);
  }

  async adopt(idOrName: string, options: AdoptOptions = {}): Promise<Sandbox> {
    return await this.#options.driver.adopt(idOrName, options);
  }

  async remove(idOrName: string, options: Cancellable = {}): Promise<void> {
    await this.#options.driver.remove(idOrName, options);
  }

  async prune(options: Parameters<SandboxDriver['prune']>[0] = {}): Promise<readonly SandboxSummary[]> {
    return await this.#options.driver.prune(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new CancelledError('cancelled', 'The pool of desktops was closed.');
    this.#end.abort(ended);
    for (const { reject } of this.#waiters.splice(0)) reject(ended);
    await Promise.all([this.#keeping, ...this.#starts]);
    for (const { sandbox } of this.#ready.splice(0)) this.#discarded.add(sandbox);
    const failures = await this.#removeDiscarded();
    if (failures.length > 0) throw failures[0];
  }

  #fits({ runId: _runId, isKept = false, ...spec }: SandboxSpec): boolean {
    // A clock that starts at a stated time has run on in a desktop that waited.
    const mayWait = !isKept && spec.clock === undefined;
    return mayWait && isDeepStrictEqual(toKind(spec), toKind(this.#options.spec));
  }

  /** A member leaves the list before anything is awaited: nobody else can be given it. */
  async #lease({ signal }: Cancellable): Promise<Sandbox> {
    signal?.throwIfAborted();
    this.#end.signal.throwIfAborted();
    this.#demand.note();
    for (let member = this.#ready.shift(); member; member = this.#ready.shift()) {
      this.#nudge.resolve();
      const isGood = await member.wake({ signal }).catch((error: unknown) => {
        this.#discard(member.sandbox);
        throw error;
      });
      if (isGood) return this.#lend(member.sandbox, this.#options.settle !== undefined);
      this.#discard(member.sandbox);
    }
    return this.#lend(await this.#nextStarted(signal), false);
  }

  #lend(sandbox: Sandbox, isDrawn: boolean): Sandbox {
    const giveBack = async (): Promise<void> => {
      if (this.#end.signal.aborted) await sandbox[Symbol.asyncDispose]();
      else this.#discard(sandbox);
    };
    return lend(sandbox, { isDrawn, giveBack });
  }

  /** Whoever waits gets the first desktop that is drawn, whoever's start it was. */
  async #nextStarted(signal: AbortSignal | undefined): Promise<Sandbox> {
    const { promise, resolve, reject } = Promise.withResolvers<Sandbox>();
    const waiter = { resolve, reject };
    this.#waiters.push(waiter);
    this.#startForWaiters();
    const giveUp = (): void => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      reject(new CancelledError('cancelled', 'Cancelled.', { cause: signal?.reason }));
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /**
   * A start keeps a processor busy until the desktop is drawn: many at once would all be late, where one after the other
   * most come early.
   */
  #startForWaiters(): void {
    const { maximumStarts = DEFAULT_STARTS } = this.#options;
    while (this.#starts.size < Math.min(this.#waiters.length, maximumStarts)) this.#start();
  }

  #start(): void {
    const start = this.#startOne().finally(() => {
      this.#starts.delete(start);
      this.#startForWaiters();
      this.#nudge.resolve();
    });
    this.#starts.add(start);
  }

  async #startOne(): Promise<void> {
    const { driver, settle, spec } = this.#options;
    const { signal } = this.#end;
    let sandbox: Sandbox | undefined;
    try {
      sandbox = await driver.create({ ...spec, runId: POOL_RUN_ID }, { signal });
      if (this.#handOver(sandbox)) return;
      await settle?.(sandbox, { signal });
      await this.#giveOrShelve(sandbox);
    } catch (error) {
      if (sandbox !== undefined) this.#discard(sandbox);
      this.#failStart(error);
    }
  }

  /** Somebody may come while it is being paused, and have gone again when it is woken. */
  async #giveOrShelve(sandbox: Sandbox): Promise<void> {
    const { signal } = this.#end;
    while (!this.#handOver(sandbox)) {
      const member = await PoolMember.putAside(sandbox, { signal });
      if (this.#waiters.length === 0) {
        this.#ready.push(member);
        void sandbox.died.then(() => this.#drop(member));
        return;
      }
      if (!(await member.wake({ signal }))) throw lostMeanwhile(sandbox);
    }
  }

  #handOver(sandbox: Sandbox): boolean {
    this.#failures = 0;
    const waiter = this.#end.signal.aborted ? undefined : this.#waiters.shift();
    waiter?.resolve(sandbox);
    return waiter !== undefined;
  }

  /** Who waits is told why; who does not is spared a row of failing starts. */
  #failStart(error: unknown): void {
    this.#waiters.shift()?.reject(error);
    const waitMs = Math.min(LONGEST_RETRY_MS, LOOK_MS * 2 ** this.#failures++);
    this.#nextStartAt = this.#options.clock.now() + waitMs;
  }

  #drop(member: PoolMember): void {
    if (!this.#ready.includes(member)) return;
    this.#ready = this.#ready.filter((other) => other !== member);
    this.#discard(member.sandbox);
  }

  #discard(sandbox: Sandbox): void {
    this.#discarded.add(sandbox);
    this.#nudge.resolve();
  }

  async #keep(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#end;
    while (!signal.aborted) {
      this.#nudge = Promise.withResolvers();
      this.#adjust();
      // What cannot be removed now is tried again at the next look, and once more when the pool is closed.
      await this.#removeDiscarded();
      const look = new AbortController();
      const scope = AbortSignal.any([signal, look.signal]);
      await Promise.race([this.#nudge.promise, clock.sleep(LOOK_MS, { signal: scope }).catch(() => {})]);
      look.abort();
    }
  }

  /** Brings what is ready near to what is wanted: one start at a time, since each takes a processor of its own. */
  #adjust(): void {
    const surplus = this.#ready.length - this.#wanted();
    for (const { sandbox } of this.#ready.splice(0, Math.max(0, surplus))) this.#discarded.add(sandbox);
    const mayStart = this.#starts.size === 0 && this.#options.clock.now() >= this.#nextStartAt;
    if (surplus < 0 && mayStart && this.#hasMemoryForAnother()) this.#start();
  }

  /** None but the first ahead of demand while memory is short. */
  #wanted(): number {
    const free = this.#options.freeMemory?.();
    return free !== undefined && free < RESERVE_BYTES ? 0 : this.#demand.wanted;
  }

  /** Each sandbox may come to use its limit. */
  #hasMemoryForAnother(): boolean {
    const free = this.#options.freeMemory?.();
    return free === undefined || free >= RESERVE_BYTES + this.#options.spec.memoryBytes;
  }

  async #removeDiscarded(): Promise<readonly unknown[]> {
    const failures: unknown[] = [];
    const remove = async (sandbox: Sandbox): Promise<void> => {
      try {
        await sandbox[Symbol.asyncDispose]();
        this.#discarded.delete(sandbox);
      } catch (error) {
        failures.push(error);
      }
    };
    // One after the other: many at once would keep the engine from those who are asking for a desktop.
    for (const sandbox of this.#discarded) await remove(sandbox);
    return failures;
  }
}

/** What tells one kind of desktop from another. */
function toKind({ expiresInMs: _expiry, ...rest }: PoolSpec): Omit<PoolSpec, 'expiresInMs'> {
  return rest;
}

function lostMeanwhile({ name }: Sandbox): SandboxError {
  return new SandboxError('sandbox-died', `The sandbox ${name} was lost before anybody had used it.`, {
    retryable: true,
  });
}
