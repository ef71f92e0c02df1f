/**
 * Every failure that deskhand reports is one of these. The class says what the caller does next,
 * the literal `code` says what happened, `hint` says how to put it right.
 */
export interface ErrorOptions {
  readonly cause?: unknown;
  /** Facts for machines and logs: ids, sizes, exit codes. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** One sentence: what the user does to put it right. */
  readonly hint?: string;
  readonly retryable?: boolean;
}

export abstract class DeskhandError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly details: Readonly<Record<string, unknown>>;
  readonly hint: string | undefined;
  readonly retryable: boolean;

  constructor(code: Code, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.details = options.details ?? {};
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
  }
}

/** Correct the flag, the file or the environment variable. */
export class InputError extends DeskhandError<
  'invalid-option' | 'invalid-file' | 'invalid-environment' | 'not-found' | 'not-resumable'
> {}

/** The model asked for something that cannot be done: tell the model. */
export class ActionError extends DeskhandError<
  'invalid-action' | 'unknown-key' | 'out-of-bounds' | 'unsupported-text' | 'function-failed'
> {}

/** Install, start or get access to the container engine. */
export class EngineError extends DeskhandError<
  'engine-not-found' | 'engine-permission' | 'engine-unreachable' | 'engine-fault'
> {}

/** Build the desktop image, or mend its build. */
export class ImageError extends DeskhandError<
  'image-not-found' | 'image-build-failed' | 'base-image-failed' | 'disk-full'
> {}

/** This sandbox is lost: start another. */
export class SandboxError extends DeskhandError<
  | 'sandbox-start-failed'
  | 'sandbox-died'
  | 'sandbox-not-ready'
  | 'sandbox-not-found'
  | 'sandbox-in-use'
  | 'vnc-refused'
  | 'exec-failed'
  | 'copy-failed'
  | 'browser-failed'
> {}

/** The display is lost or speaks what we do not: reconnect or end the run. */
export class DisplayError extends DeskhandError<
  | 'display-connect-failed'
  | 'display-closed'
  | 'display-stalled'
  | 'display-protocol'
  | 'display-authentication'
> {}

/** The model's server refused, failed or answered what cannot be used. */
export class ModelError extends DeskhandError<
  | 'model-authentication'
  | 'model-not-found'
  | 'model-rejected-request'
  | 'model-rate-limited'
  | 'model-unavailable'
  | 'model-timeout'
  | 'model-invalid-response'
  | 'model-step-failed'
  | 'model-diverged'
> {}

/** A file that a task wants from the web cannot be had: correct its address or allow its host; try again where it is retryable. */
export class DownloadError extends DeskhandError<'download-refused' | 'download-failed'> {}

/** The run folder cannot be written or read. */
export class StorageError extends DeskhandError<
  | 'disk-full'
  | 'write-failed'
  | 'read-failed'
  | 'corrupt-trajectory'
  | 'unsupported-version'
  | 'run-in-use'
  | 'batch-in-use'
> {}

/** A person or a caller said stop. */
export class CancelledError extends DeskhandError<'cancelled'> {}

/** A defect of deskhand itself: report it. */
export class InternalError extends DeskhandError<'internal'> {}

export function isDeskhandError(value: unknown): value is DeskhandError {
  return value instanceof DeskhandError;
}

/** The message of whatever was thrown, without a stack. */
export function toMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** A DeskhandError stays as it is; anything else is a defect and is wrapped as one. */
export function toDeskhandError(thrown: unknown): DeskhandError {
  if (isDeskhandError(thrown)) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new CancelledError('cancelled', 'Cancelled.', { cause: thrown });
  }
  return new InternalError('internal', toMessage(thrown), {
    cause: thrown,
    hint: 'This is a defect in deskhand: please report it with the trajectory of the run.',
  });
}
