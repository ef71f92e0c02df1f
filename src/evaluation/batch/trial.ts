import { z } from 'zod';
import { CHECK_RESULTS, OUTCOMES, shared } from '../../recording/trajectory.ts';

/** Raised when a reader of the version before could not read the file. */
export const RESULTS_VERSION = 1;

/** One attempt of one model at one task, as it is planned. */
export interface Trial {
  /** Names it in the ledger: task, model and number. */
  readonly id: string;
  readonly task: string;
  readonly model: string;
  /** From 1; the task's parameters are drawn by it. */
  readonly number: number;
  readonly tags: readonly string[];
}

export const VERDICTS = ['passed', 'failed', 'ungraded', 'invalid'] as const;

/**
 * `passed`, `failed`: the checks decided, or the model did not finish. `ungraded`: the checks could not be done, or there are
 * none. `invalid`: the machinery failed, which says nothing about the model.
 */
export type Verdict = (typeof VERDICTS)[number];

const failure = z.strictObject({ code: z.string(), message: z.string() });

/** What came of a trial: a line of results.jsonl. */
export const trialRecord = z.strictObject({
  trial: z.string(),
  task: z.string(),
  model: z.string(),
  number: z.int(),
  tags: z.array(z.string()),
  verdict: z.enum(VERDICTS),
  reason: z.string().describe('one sentence'),
  score: z.number().describe('0 to 1; absent where it is not graded').optional(),
  outcome: z.enum(OUTCOMES).describe('of the run; absent where there was none').optional(),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      result: z.enum(CHECK_RESULTS),
      detail: z.string(),
      score: z.number().optional(),
    }),
  ),
  turns: z.number(),
  steps: z.number(),
  usage: shared.usage,
  costUsd: z.number().describe('US dollars of all attempts; absent where it is not known').optional(),
  judgeCostUsd: z
    .number()
    .describe('US dollars of the model that judged, in all attempts; no part of `costUsd`')
    .optional(),
  times: z.record(z.string(), z.number()).describe('ms by phase'),
  failures: z.array(failure).describe('of the machinery, in attempts before the one that counts'),
  folder: z.string().describe('of the run, relative to the folder of the batch').optional(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
});

export type TrialRecord = z.infer<typeof trialRecord>;
