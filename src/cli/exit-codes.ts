import type { RunResult } from '../agent/run.ts';
import type { DeskhandError } from '../errors.ts';
import type { RunResultFile } from '../recording/result.ts';
import { EngineError, ImageError, InputError, InternalError } from '../errors.ts';

/** What `deskhand` exits with; docs/cli.md explains each. 69 and 70 are from sysexits.h. */
export const EXIT = {
  done: 0,
  unverified: 1,
  badInput: 2,
  refused: 3,
  limitReached: 4,
  failed: 5,
  diverged: 6,
  unavailable: 69,
  defect: 70,
  stopped: 130,
} as const;

const OUTCOME_CODES = {
  refused: EXIT.refused,
  'limit-reached': EXIT.limitReached,
  stopped: EXIT.stopped,
} as const;

/** One of `EXIT`, or the code of a program that was run on a desktop. */
export type ExitCode = number;

export function exitCodeOfError(error: DeskhandError): ExitCode {
  if (error.code === 'cancelled') return EXIT.stopped;
  if (error instanceof InputError) return EXIT.badInput;
  if (error.code === 'download-refused') return EXIT.badInput;
  // A task that the chosen model cannot take at all is the caller's to correct.
  if (error.code === 'model-rejected-request') return EXIT.badInput;
  if (error instanceof EngineError || error instanceof ImageError) return EXIT.unavailable;
  if (error instanceof InternalError) return EXIT.defect;
  return EXIT.failed;
}

/** Of a run that is read from its folder. */
export function exitCodeOfResult(
  result: Pick<RunResultFile, 'outcome' | 'verification' | 'error' | 'checks'>,
): ExitCode {
  const { outcome, verification, error, checks } = result;
  if (outcome === 'interrupted') return EXIT.failed;
  if (outcome === 'completed') {
    return checks.length === 0 || verification === 'passed' ? EXIT.done : EXIT.unverified;
  }
  if (outcome !== 'failed') return OUTCOME_CODES[outcome];
  if (error?.code === 'internal') return EXIT.defect;
  return /^(engine|image)-/.test(error?.code ?? '') ? EXIT.unavailable : EXIT.failed;
}

/** `hasChecks`: whether the task says how its work is verified. */
export function exitCodeOfRun(result: RunResult, hasChecks: boolean): ExitCode {
  switch (result.outcome) {
    case 'completed':
      return !hasChecks || result.verification === 'passed' ? EXIT.done : EXIT.unverified;
    case 'refused':
      return EXIT.refused;
    case 'limit-reached':
      return EXIT.limitReached;
    case 'stopped':
      return EXIT.stopped;
    case 'failed':
      return result.error === undefined ? EXIT.failed : exitCodeOfError(result.error);
  }
}
