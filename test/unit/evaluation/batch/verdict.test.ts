import { expect, test } from 'vitest';
import {
  type DeskhandError,
  DisplayError,
  InputError,
  ModelError,
  SandboxError,
  StorageError,
} from '../../../../src/errors.ts';
import { judge } from '../../../../src/evaluation/batch/verdict.ts';
import { result } from './results.ts';

const failedBy = (error: DeskhandError, change = {}) =>
  judge(result({ outcome: 'failed', verification: 'unverified', reason: error.message, error, ...change }));

const check = (name: string, found: 'passed' | 'failed' | 'error', score: number, weight = 1) =>
  ({ name, result: found, detail: 'so', score, weight, durationMs: 1 }) as const;

test('what the checks say is the verdict, and their scores are the score', () => {
  expect(judge(result())).toEqual({ verdict: 'passed', reason: 'All checks passed.', score: 1 });
  const half = [check('a', 'passed', 1, 3), check('b', 'failed', 0)];
  expect(judge(result({ verification: 'failed', checks: half }))).toEqual({
    verdict: 'failed',
    reason: 'b: so',
    score: 0.75,
  });
});

test('a check without weight decides and has no part in the score', () => {
  const checks = [check('a', 'passed', 1), check('b', 'failed', 0, 0)];
  expect(judge(result({ verification: 'failed', checks }))).toMatchObject({ verdict: 'failed', score: 1 });
});

test('what could not be checked is ungraded and not failed', () => {
  const checks = [check('a', 'passed', 1), check('b', 'error', 0)];
  expect(judge(result({ verification: 'unverified', checks }))).toEqual({
    verdict: 'ungraded',
    reason: 'b: so',
  });
  expect(judge(result({ verification: 'unverified', checks: [] }))).toEqual({
    verdict: 'ungraded',
    reason: 'The task has no checks.',
  });
  const late = new SandboxError('exec-failed', 'The checks did not end.');
  expect(failedBy(late, { finalMessage: 'Done.' }).verdict).toBe('ungraded');
});

test.each(['refused', 'limit-reached'] as const)('a model that ends with %s has failed', (outcome) => {
  expect(judge(result({ outcome, verification: 'unverified', reason: 'so' }))).toEqual({
    verdict: 'failed',
    reason: 'so',
    score: 0,
  });
});

test.each([
  [new ModelError('model-step-failed', 'x'), 'failed', undefined],
  [new ModelError('model-invalid-response', 'x'), 'failed', undefined],
  [new ModelError('model-unavailable', 'x'), 'invalid', true],
  [new ModelError('model-rate-limited', 'x'), 'invalid', true],
  [new ModelError('model-authentication', 'x'), 'invalid', false],
  [new SandboxError('sandbox-died', 'x'), 'invalid', true],
  [new DisplayError('display-closed', 'x'), 'invalid', true],
  [new SandboxError('exec-failed', 'a setup step'), 'invalid', false],
  [new InputError('invalid-file', 'no such application'), 'invalid', false],
  [new StorageError('disk-full', 'x'), 'invalid', false],
] as const)('%o is %s', (error, verdict, mayPass) => {
  const found = failedBy(error, { turns: 0 });
  expect({ verdict: found.verdict, mayPass: found.failure?.mayPass }).toEqual({ verdict, mayPass });
});
