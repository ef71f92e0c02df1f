import type { TrialRecord, Verdict } from '../batch/trial.ts';
import { bootstrapInterval, type Interval, quantile, wilsonInterval } from './interval.ts';
import { flipRate, passAtK, passHatK } from './pass-at-k.ts';

/** The numbers of some trials. */
export interface Statistics {
  readonly trials: number;
  /** `graded` are those that passed or failed: rates are of these alone. */
  readonly graded: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** Attempts that the machinery failed and that were tried again. */
  readonly retried: number;
  /** Absent where nothing was graded. */
  readonly passRate?: number;
  /** Of one task by Wilson; of several by resampling the tasks. */
  readonly interval?: Interval;
  readonly score?: number;
  /** By k; the mean over tasks that have as many graded trials. */
  readonly passAtK: Readonly<Record<number, number>>;
  readonly passHatK: Readonly<Record<number, number>>;
  /** The chance that two trials of a task differ. */
  readonly flipRate?: number;
  /** Medians over the graded trials. */
  readonly turns: number;
  readonly steps: number;
  readonly durationMs: number;
  /** Means over the graded trials, ms. */
  readonly timeSplit: TimeSplit;
  /** Of all trials together. */
  readonly tokens: { readonly input: number; readonly cachedInput: number; readonly output: number };
  /** US dollars of all trials together; absent where that of one is not known. */
  readonly costUsd?: number;
}

/** Where the time of a trial goes. `sandbox`: starting, preparing, checking and removing the desktop. */
export interface TimeSplit {
  readonly model: number;
  readonly gate: number;
  readonly act: number;
  readonly settle: number;
  readonly sandbox: number;
}

export interface Summary {
  readonly all: Statistics;
  readonly byModel: Readonly<Record<string, Statistics>>;
  readonly byTag: Readonly<Record<string, Statistics>>;
  readonly byTask: Readonly<Record<string, Statistics>>;
}

export function summarise(records: readonly TrialRecord[]): Summary {
  return {
    all: statisticsOf(records),
    byModel: groupBy(records, ({ model }) => [model]),
    byTag: groupBy(records, ({ tags }) => tags),
    byTask: groupBy(records, ({ task }) => [task]),
  };
}

function groupBy(
  records: readonly TrialRecord[],
  keysOf: (record: TrialRecord) => readonly string[],
): Readonly<Record<string, Statistics>> {
  const groups = new Map<string, TrialRecord[]>();
  for (const record of records) {
    for (const key of keysOf(record)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [record]);
      else group.push(record);
    }
  }
  return Object.fromEntries([...groups].map(([key, group]) => [key, statisticsOf(group)]));
}

const SHOWN_K = [1, 2, 3, 4, 5, 8, 10];

export function statisticsOf(records: readonly TrialRecord[]): Statistics {
  const graded = records.filter(isGraded);
  const tasks = [...tally(graded, ({ task }) => task).values()];
  // Trials of two models are not trials of the same thing.
  const pairs = [...tally(graded, ({ task, model }) => `${task} ${model}`).values()];
  const scores = graded.map(({ score = 0 }) => score);
  const flips = pairs.map(({ trials, passed }) => flipRate(trials, passed)).filter(isNumber);
  const costs = records.map(({ costUsd }) => costUsd);
  return {
    trials: records.length,
    graded: graded.length,
    verdicts: countVerdicts(records),
    retried: sumOf(records.map(({ failures }) => failures.length)),
    ...(graded.length === 0 ? {} : { ...rateOf(tasks), score: mean(scores) }),
    passAtK: byK(pairs, passAtK),
    passHatK: byK(pairs, passHatK),
    ...(flips.length === 0 ? {} : { flipRate: mean(flips) }),
    turns: median(graded.map(({ turns }) => turns)),
    steps: median(graded.map(({ steps }) => steps)),
    durationMs: median(graded.map(({ times }) => times['total'] ?? 0)),
    timeSplit: splitTime(graded),
    tokens: {
      input: sumOf(records.map(({ usage }) => usage.inputTokens)),
      cachedInput: sumOf(records.map(({ usage }) => usage.cachedInputTokens)),
      output: sumOf(records.map(({ usage }) => usage.outputTokens)),
    },
    ...(costs.every(isNumber) ? { costUsd: sumOf(costs.filter(isNumber)) } : {}),
  };
}

function isGraded({ verdict }: Pick<TrialRecord, 'verdict'>): boolean {
  return verdict === 'passed' || verdict === 'failed';
}

export interface Tally {
  trials: number;
  passed: number;
}

/** How many of the graded trials of each name passed. */
export function tally(
  records: readonly TrialRecord[],
  nameOf: (record: TrialRecord) => string,
): ReadonlyMap<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const record of records.filter(isGraded)) {
    const name = nameOf(record);
    const found = tallies.get(name) ?? { trials: 0, passed: 0 };
    found.trials += 1;
    if (record.verdict === 'passed') found.passed += 1;
    tallies.set(name, found);
  }
  return tallies;
}

/** Every task counts the same, however often it was tried. */
function rateOf(tasks: readonly Tally[]): { readonly passRate: number; readonly interval: Interval } {
  const [only, second] = tasks;
  const rates = tasks.map(({ trials, passed }) => passed / trials);
  const interval =
    only !== undefined && second === undefined
      ? wilsonInterval(only.passed, only.trials)
      : bootstrapInterval(rates);
  return { passRate: mean(rates), interval };
}

function byK(
  tasks: readonly Tally[],
  estimate: (trials: number, passed: number, k: number) => number | undefined,
): Readonly<Record<number, number>> {
  const entries = SHOWN_K.flatMap((k): (readonly [number, number])[] => {
    const values = tasks.map(({ trials, passed }) => estimate(trials, passed, k)).filter(isNumber);
    return values.length < tasks.length || values.length === 0 ? [] : [[k, mean(values)]];
  });
  return Object.fromEntries(entries);
}

function countVerdicts(records: readonly TrialRecord[]): Readonly<Record<Verdict, number>> {
  const counts = { passed: 0, failed: 0, ungraded: 0, invalid: 0 };
  for (const { verdict } of records) counts[verdict] += 1;
  return counts;
}

function splitTime(records: readonly TrialRecord[]): TimeSplit {
  const part = (...names: readonly string[]): number =>
    mean(records.map(({ times }) => sumOf(names.map((name) => times[name] ?? 0))));
  return {
    model: part('model'),
    gate: part('gate'),
    act: part('act'),
    settle: part('settle'),
    sandbox: part('provisioning', 'checks', 'disposing'),
  };
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sumOf(values) / values.length;
}

function median(values: readonly number[]): number {
  return values.length === 0 ? 0 : quantile(Float64Array.from(values).sort(), 0.5);
}
