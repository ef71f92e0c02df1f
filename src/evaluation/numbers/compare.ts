import type { TrialRecord } from '../batch/trial.ts';
import { bootstrapInterval, type Interval } from './interval.ts';
import { mean, type Tally, tally } from './summary.ts';

export interface TaskChange {
  /** The task, with its model where the batches have several. */
  readonly name: string;
  /** Pass rates. */
  readonly before: number;
  readonly after: number;
  readonly trials: { readonly before: number; readonly after: number };
}

/** Two batches of the same tasks. */
export interface Comparison {
  /** Tasks that both have graded trials of. */
  readonly paired: number;
  readonly before: number;
  readonly after: number;
  /** Of the pass rate, B less A, over the paired tasks. */
  readonly difference: number;
  /** Of the difference, by resampling the tasks. Where it has no 0 in it, chance alone is an unlikely reason. */
  readonly interval: Interval;
  /** Tasks whose pass rate differs, the largest change first. */
  readonly changes: readonly TaskChange[];
  /** Tasks that only one of the two has. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

/**
 * Compares two batches task by task: what a task is hard for is hard for both, so that the difference is known better than
 * either rate.
 */
export function compareBatches(before: readonly TrialRecord[], after: readonly TrialRecord[]): Comparison {
  const isMatrix = hasSeveralModels(before) || hasSeveralModels(after);
  const nameOf = ({ task, model }: TrialRecord): string => (isMatrix ? `${task} ${model}` : task);
  const [a, b] = [tally(before, nameOf), tally(after, nameOf)];
  const names = [...a.keys()].filter((name) => b.has(name));
  const changes = names.map((name): TaskChange => toChange(name, a.get(name), b.get(name)));
  const differences = changes.map((change) => change.after - change.before);
  return {
    paired: names.length,
    before: mean(changes.map((change) => change.before)),
    after: mean(changes.map((change) => change.after)),
    difference: mean(differences),
    interval: names.length === 0 ? { low: -1, high: 1 } : bootstrapInterval(differences),
    changes: changes
      .filter((change) => change.after !== change.before)
      .toSorted((one, two) => Math.abs(two.after - two.before) - Math.abs(one.after - one.before)),
    onlyBefore: [...a.keys()].filter((name) => !b.has(name)),
    onlyAfter: [...b.keys()].filter((name) => !a.has(name)),
  };
}

function toChange(name: string, before: Tally | undefined, after: Tally | undefined): TaskChange {
  const [a, b] = [before ?? { trials: 0, passed: 0 }, after ?? { trials: 0, passed: 0 }];
  return {
    name,
    before: a.passed / a.trials,
    after: b.passed / b.trials,
    trials: { before: a.trials, after: b.trials },
  };
}

function hasSeveralModels(records: readonly TrialRecord[]): boolean {
  return new Set(records.map(({ model }) => model)).size > 1;
}
