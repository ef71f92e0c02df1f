import type { TrialRecord } from './evaluation/batch/trial.ts';
import type { Task } from './evaluation/task/task-file.ts';
import { runSuite, type RunSuiteOptions, type SuiteRun } from './run-suite.ts';
import { COUNTER_EXAMPLE, REFERENCE } from './trial-runner.ts';

export interface TaskCheck {
  readonly task: string;
  /** What is wrong with its checks, in words; nothing where they tell success from failure. */
  readonly problems: readonly string[];
  /** Whether a reference shows that the task can be done and seen to be done. */
  readonly hasReference: boolean;
}

export interface SuiteCheck extends Pick<SuiteRun, 'folder' | 'stoppedBy' | 'left'> {
  readonly tasks: readonly TaskCheck[];
}

/**
 * Does every task's reference and counter-example, without any model, and tells the tasks whose checks cannot tell the two
 * apart. Where a task has no counter-example, nothing is done instead: a desktop as the setup left it must not pass.
 */
export async function checkSuite(
  options: Omit<RunSuiteOptions, 'models' | 'trials' | 'budgetUsd'>,
): Promise<SuiteCheck> {
  const attempts = ({ reference }: Task): readonly string[] =>
    reference === undefined ? [COUNTER_EXAMPLE] : [REFERENCE, COUNTER_EXAMPLE];
  const { folder, header, records, stoppedBy, left } = await runSuite({
    ...options,
    models: attempts,
    trials: 1,
  });
  const ids = [...new Set(header.pairs.map(({ task }) => task))];
  return {
    folder,
    left,
    tasks: ids.map((task) => ({
      task,
      hasReference: header.pairs.some((pair) => pair.task === task && pair.model === REFERENCE),
      problems: records.filter((record) => record.task === task).flatMap(problemOf),
    })),
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
  };
}

function problemOf({ model, verdict, outcome, reason: whole }: TrialRecord): readonly string[] {
  const [reason = ''] = whole.split('\n');
  const attempt = model === REFERENCE ? 'reference' : 'counter-example';
  if (outcome === undefined || verdict === 'invalid') return [`its ${attempt} could not be tried: ${reason}`];
  if (outcome !== 'completed') return [`its ${attempt} cannot be done: ${reason}`];
  if (verdict === 'ungraded') return [`its checks cannot be done after the ${attempt}: ${reason}`];
  if (model === REFERENCE && verdict === 'failed') return [`its checks fail after the reference: ${reason}`];
  if (model === COUNTER_EXAMPLE && verdict === 'passed') return ['its checks pass after the counter-example'];
  return [];
}
