import { z } from 'zod';
import { InputError } from '../../errors.ts';
import type { Suite, SuiteTask } from '../suite/suite-file.ts';
import type { Trial } from './trial.ts';

export const shardSchema = z.strictObject({ index: z.int().describe('from 1'), count: z.int() });

/** The part of a batch that one of several machines does. */
export type Shard = z.infer<typeof shardSchema>;

export const pairSchema = z.strictObject({ task: z.string(), model: z.string(), tags: z.array(z.string()) });

/** A task and a model that is to try it. */
export type Pair = z.infer<typeof pairSchema>;

/** The tasks that have one of the tags; all where there are no tags. @throws InputError when there are none */
export function selectTasks(suite: Suite, tags: readonly string[]): readonly SuiteTask[] {
  const tasks = suite.tasks.filter(
    (task) => tags.length === 0 || task.tags.some((tag) => tags.includes(tag)),
  );
  if (tasks.length > 0) return tasks;
  const known = [...new Set(suite.tasks.flatMap((task) => task.tags))].toSorted().join(', ');
  throw new InputError('invalid-option', `No task of ${suite.id} has one of the tags ${tags.join(', ')}.`, {
    hint: `Its tags are: ${known || 'none'}.`,
  });
}

/**
 * All trials of a batch, in the order in which they are begun: every task once, then every task again, so that a batch that is
 * cut short has tried all of them about as often. The same pairs always give the same plan.
 */
export function planTrials(
  pairs: readonly Pair[],
  { trials, shard = { index: 1, count: 1 } }: { readonly trials: number; readonly shard?: Shard | undefined },
): readonly Trial[] {
  const rounds = Array.from({ length: trials }, (_, index) => index + 1);
  return rounds
    .flatMap((number) => pairs.map((pair) => toTrial(pair, number)))
    .filter((_, index) => index % shard.count === shard.index - 1);
}

function toTrial({ task, model, tags }: Pair, number: number): Trial {
  return { id: `${task} ${model} ${number}`, task, model, number, tags };
}
