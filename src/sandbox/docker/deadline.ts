import { CancelledError } from '../../errors.ts';

/** Settles as `work` does, or rejects with the signal's reason as soon as it aborts. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    work.catch(() => {});
  }
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw toCancelled(signal.reason);
}

export function toCancelled(reason: unknown): CancelledError {
  return reason instanceof CancelledError
    ? reason
    : new CancelledError('cancelled', 'Cancelled.', { cause: reason });
}
