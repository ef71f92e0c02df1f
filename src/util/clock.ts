import { setTimeout as delay } from 'node:timers/promises';

/** Time as a dependency, so that tests turn it by hand. All values in ms. */
export interface Clock {
  /** Monotonic, from an arbitrary origin. */
  now(): number;
  /** Wall clock, ms since the epoch. */
  wall(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  sleep: async (ms, options = {}) => {
    await delay(ms, undefined, options.signal ? { signal: options.signal } : {});
  },
};
