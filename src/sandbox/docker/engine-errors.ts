import { z } from 'zod';
import { EngineError, ImageError, isDeskhandError, toMessage } from '../../errors.ts';
import type { DeskhandError } from '../../errors.ts';
import { errorCode } from '../../util/system-errors.ts';
import { toCancelled } from './deadline.ts';

export interface EngineErrorContext {
  /** What was tried, for `while ...`. */
  readonly doing: string;
  /** Where the engine was looked for. */
  readonly endpoint: string;
  /** It was there before: a socket that is gone now means that the engine ended. */
  readonly hasAnswered: boolean;
}

/** What docker-modem puts before the engine's words. */
const modemPrefix = /^\(HTTP code \d+\) [^-]*- /;

const answerSchema = z.object({ message: z.string() });

const lostConnection = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The one place that turns what dockerode throws into errors of ours. */
export function toEngineError(thrown: unknown, context: EngineErrorContext): DeskhandError {
  if (isDeskhandError(thrown)) return thrown;
  if (!(thrown instanceof Error)) return fault(String(thrown), context, thrown);
  if (thrown.name === 'AbortError') return toCancelled(thrown);
  const code = errorCode(thrown);
  const refusal = toRefusal(thrown, context);
  if (refusal) return refusal;
  if (code === 'EACCES' || code === 'EPERM') return permission(thrown, context);
  if (code === 'ENOENT' && !context.hasAnswered) return notFound(thrown, context);
  if ((code !== undefined && lostConnection.has(code)) || /socket hang up|aborted/.test(thrown.message)) {
    return unreachable(thrown, context);
  }
  return fault(thrown.message, context, thrown);
}

/** The HTTP status with which the engine refused, if that is what happened. */
export function refusalStatus(thrown: unknown): number | undefined {
  const status = isDeskhandError(thrown) ? thrown.details['statusCode'] : undefined;
  return typeof status === 'number' ? status : undefined;
}

export function isDiskFull(text: string): boolean {
  return /no space left on device|disk quota exceeded|not enough space/i.test(text);
}

export function diskFull(
  message: string,
  options: { readonly cause?: unknown; readonly details?: object },
): ImageError {
  return new ImageError('disk-full', message, {
    cause: options.cause,
    details: { ...options.details },
    hint: "See what takes it with `docker system df`, and free space where the engine keeps its files (docker info: 'Docker Root Dir'), e.g. with `docker image prune`.",
  });
}

/** The engine answered, and its answer was no. docker-modem puts the status and the answer on the error. */
function toRefusal(thrown: Error, { doing }: EngineErrorContext): DeskhandError | undefined {
  if (!('statusCode' in thrown) || typeof thrown.statusCode !== 'number') return undefined;
  const answer = answerSchema.safeParse('json' in thrown ? thrown.json : undefined);
  const reason = (answer.data?.message ?? thrown.message.replace(modemPrefix, '')).trim();
  const details = { statusCode: thrown.statusCode };
  if (isDiskFull(reason)) return diskFull(`The disk is full: ${reason}`, { cause: thrown, details });
  return new EngineError('engine-fault', `The engine refused ${doing}: ${reason}`, {
    cause: thrown,
    details,
  });
}

function permission(cause: Error, { endpoint }: EngineErrorContext): EngineError {
  return new EngineError('engine-permission', `No permission to use the container engine at ${endpoint}.`, {
    cause,
    hint: 'Join the group that owns the socket (sudo usermod -aG docker "$USER", then log in again), or run with sudo.',
  });
}

export function notFound(cause: unknown, { endpoint }: Pick<EngineErrorContext, 'endpoint'>): EngineError {
  return new EngineError('engine-not-found', `There is no container engine at ${endpoint}.`, {
    cause,
    hint: 'Install Docker and start it (`deskhand doctor` tells how), or set DOCKER_HOST to the engine to use.',
  });
}

function unreachable(cause: Error, { doing, endpoint }: EngineErrorContext): EngineError {
  return new EngineError(
    'engine-unreachable',
    `The container engine at ${endpoint} did not answer while ${doing}: ${toMessage(cause)}`,
    { cause, retryable: true, hint: 'See that the engine runs: `docker version`.' },
  );
}

/** The engine took longer than any engine that works. */
export function noAnswer(timeoutMs: number, { doing, endpoint }: EngineErrorContext): EngineError {
  return new EngineError(
    'engine-unreachable',
    `The container engine at ${endpoint} gave no answer within ${timeoutMs} ms while ${doing}.`,
    { retryable: true, hint: 'See that the engine runs and is not overloaded: `docker version`.' },
  );
}

function fault(message: string, { doing }: EngineErrorContext, cause: unknown): DeskhandError {
  if (isDiskFull(message)) return diskFull(`The disk is full: ${message}`, { cause });
  return new EngineError('engine-fault', `The engine failed while ${doing}: ${message}`, { cause });
}
