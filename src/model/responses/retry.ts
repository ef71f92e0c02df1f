import { CancelledError, ModelError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';

/** A wait before the same request is sent again. */
export interface RetryNotice {
  /** Attempts so far, from 1. */
  readonly attempt: number;
  readonly waitMs: number;
  readonly reason: string;
}

export interface RetrySettings {
  /** How often a failed request is sent again. */
  readonly maxRetries: number;
  /** All attempts and waits together, ms. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
}

const FIRST_WAIT_MS = 500;
/** A rate limit is counted by the minute, so a fault's short waits would only use up the attempts. */
const FIRST_RATE_LIMIT_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 20_000;

function toWaitMs(error: ModelError, attempt: number, random: () => number): number {
  const asked = error.details['retryAfterMs'];
  // Clients that were told the same time would all come back at once: up to a tenth is added.
  if (typeof asked === 'number') return asked * (1 + random() * 0.1);
  const first = error.code === 'model-rate-limited' ? FIRST_RATE_LIMIT_WAIT_MS : FIRST_WAIT_MS;
  return Math.min(LONGEST_WAIT_MS, first * 2 ** (attempt - 1)) * (0.75 + random() * 0.5);
}

const toSeconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

function toFinalError(error: ModelError, attempts: number, elapsedMs: number, isLate: boolean): ModelError {
  const asked = error.details['retryAfterMs'];
  const remarks = [
    ...(attempts > 1 ? [`${attempts} attempts in ${toSeconds(elapsedMs)}`] : []),
    ...(isLate && typeof asked === 'number'
      ? [`it asks to wait ${toSeconds(asked)}, longer than a turn may take`]
      : []),
  ];
  if (remarks.length === 0) return error;
  return new ModelError(error.code, `${error.message} (${remarks.join('; ')})`, {
    cause: error.cause,
    details: { ...error.details, attempts },
    ...(error.hint !== undefined && { hint: error.hint }),
    retryable: error.retryable,
  });
}

/**
 * Sends until it works, the error is not one to retry, or the attempts or the time are used up. Only the request to
 * the model is repeated, never an action. `attempt` gets the time that is left, ms.
 * @throws whatever the last attempt threw; CancelledError
 */
export async function withRetries<T>(
  attempt: (remainingMs: number) => Promise<T>,
  settings: RetrySettings,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const { clock, maxRetries, deadlineMs, random, onRetry } = settings;
  const startedAt = clock.now();
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt(deadlineMs - (clock.now() - startedAt));
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      const elapsedMs = clock.now() - startedAt;
      const waitMs = toWaitMs(error, attempts, random);
      const isLate = error.retryable && elapsedMs + waitMs >= deadlineMs;
      if (!error.retryable || isLate || attempts > maxRetries) {
        throw toFinalError(error, attempts, elapsedMs, isLate);
      }
      onRetry?.({ attempt: attempts, waitMs, reason: error.message });
      await pause(clock, waitMs, options.signal);
    }
  }
}

async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(ms, { signal });
  } catch (error) {
    throw new CancelledError('cancelled', 'Cancelled while waiting to ask the model again.', {
      cause: error,
    });
  }
}
