import type { RunResult } from '../../agent/run.ts';
import {
  type DeskhandError,
  DisplayError,
  DownloadError,
  EngineError,
  ImageError,
  InputError,
  InternalError,
  ModelError,
  SandboxError,
  StorageError,
} from '../../errors.ts';
import { weightedScore } from '../checks/combine.ts';
import type { Verdict } from './trial.ts';

export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence. */
  readonly reason: string;
  readonly score?: number;
  /** Set where the machinery failed. `mayPass`: another attempt may not meet the same failure. */
  readonly failure?: { readonly error: DeskhandError; readonly mayPass: boolean };
}

/** What a run says about the model. `stopped` runs say nothing and are not judged. */
export function judge(result: RunResult): Judgement {
  const { outcome, reason, error } = result;
  switch (outcome) {
    case 'completed':
      return judgeChecks(result);
    case 'refused':
    case 'limit-reached':
      return { verdict: 'failed', reason, score: 0 };
    case 'stopped':
      return { verdict: 'invalid', reason };
    case 'failed':
      if (error === undefined) return { verdict: 'failed', reason, score: 0 };
      // Once the model is done, what fails are the checks.
      return isUngraded(result, error) ? { verdict: 'ungraded', reason } : judgeError(error);
  }
}

function judgeChecks({ verification, checks }: RunResult): Judgement {
  const score = weightedScore(
    checks.map((check) => check.score ?? (check.result === 'passed' ? 1 : 0)),
    checks.map(({ weight = 1 }) => weight),
  );
  const first = (wanted: 'failed' | 'error') => checks.find(({ result }) => result === wanted);
  switch (verification) {
    case 'passed':
      return { verdict: 'passed', reason: 'All checks passed.', score };
    case 'failed': {
      const failed = first('failed');
      return {
        verdict: 'failed',
        reason: `${failed?.name ?? 'A check'}: ${failed?.detail ?? 'failed'}`,
        score,
      };
    }
    case 'unverified': {
      const broken = first('error');
      const reason = broken === undefined ? 'The task has no checks.' : `${broken.name}: ${broken.detail}`;
      return { verdict: 'ungraded', reason };
    }
  }
}

function isUngraded({ turns, finalMessage }: RunResult, error: DeskhandError): boolean {
  return turns > 0 && finalMessage !== undefined && error.code === 'exec-failed';
}

/** What the model itself brought about is a failure of the model; all else says nothing about it. */
export function judgeError(error: DeskhandError): Judgement {
  const { message: reason } = error;
  if (isOfModel(error)) return { verdict: 'failed', reason, score: 0 };
  return { verdict: 'invalid', reason, failure: { error, mayPass: isPassing(error) } };
}

function isOfModel(error: DeskhandError): boolean {
  return (
    error.code === 'model-invalid-response' ||
    error.code === 'model-step-failed' ||
    error.code === 'model-diverged'
  );
}

/** Failures that come and go. A setup that fails, a full disk and a defect of ours do not. */
function isPassing(error: DeskhandError): boolean {
  if (error instanceof InputError || error instanceof StorageError || error instanceof InternalError)
    return false;
  if (error instanceof DownloadError) return error.retryable;
  if (error instanceof ModelError) {
    return ['model-rate-limited', 'model-unavailable', 'model-timeout'].includes(error.code);
  }
  if (error instanceof SandboxError) return error.code !== 'exec-failed';
  return error instanceof EngineError || error instanceof ImageError || error instanceof DisplayError;
}

/** A failure that every other trial of the model would meet too. */
export function isFatal(error: DeskhandError): boolean {
  return (
    error.code === 'model-authentication' ||
    error.code === 'model-not-found' ||
    error.code === 'engine-not-found' ||
    error.code === 'engine-permission'
  );
}
