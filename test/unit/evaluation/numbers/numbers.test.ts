import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBatches } from '../../../../src/evaluation/numbers/compare.ts';
import { bootstrapInterval, quantile, wilsonInterval } from '../../../../src/evaluation/numbers/interval.ts';
import { flipRate, passAtK, passHatK } from '../../../../src/evaluation/numbers/pass-at-k.ts';
import { statisticsOf, summarise } from '../../../../src/evaluation/numbers/summary.ts';
import { record, trial } from '../batch/results.ts';

describe('the Wilson interval', () => {
  // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%d of %d', (passed, trials, low, high) => {
    const found = wilsonInterval(passed, trials);
    expect([found.low.toFixed(4), found.high.toFixed(4)]).toEqual([low.toFixed(4), high.toFixed(4)]);
  });

  test('contains the rate, and is the same from the other side', () => {
    const counts = fc
      .integer({ min: 1, max: 500 })
      .chain((trials) => fc.tuple(fc.integer({ min: 0, max: trials }), fc.constant(trials)));
    fc.assert(
      fc.property(counts, ([passed, trials]) => {
        const { low, high } = wilsonInterval(passed, trials);
        const other = wilsonInterval(trials - passed, trials);
        expect(low).toBeLessThanOrEqual(passed / trials);
        expect(high).toBeGreaterThanOrEqual(passed / trials);
        expect(other.low).toBeCloseTo(1 - high, 12);
      }),
    );
  });
});

describe('the interval over tasks', () => {
  test('is that of the normal distribution where there are many', () => {
    const values = Array.from({ length: 400 }, (_, at) => (at % 4 === 0 ? 1 : 0));
    const { low, high } = bootstrapInterval(values);
    const spread = 1.96 * Math.sqrt((0.25 * 0.75) / 400);
    expect(low).toBeCloseTo(0.25 - spread, 1.9);
    expect(high).toBeCloseTo(0.25 + spread, 1.9);
  });

  test('is the same for the same values, and a point where all are equal', () => {
    expect(bootstrapInterval([0, 1, 0.5])).toEqual(bootstrapInterval([0, 1, 0.5]));
    expect(bootstrapInterval([0.5, 0.5, 0.5])).toEqual({ low: 0.5, high: 0.5 });
  });
});

test('a quantile lies between the nearest values', () => {
  expect([0, 0.25, 0.5, 1].map((share) => quantile([1, 2, 3, 10], share))).toEqual([1, 1.75, 2.5, 10]);
});

describe('pass@k and pass^k', () => {
  test.each([
    [10, 3, 1, 0.3, 0.3],
    [10, 3, 2, 1 - 21 / 45, 3 / 45],
    [10, 3, 8, 1, 0],
    [5, 5, 5, 1, 1],
    [5, 0, 3, 0, 0],
  ])('of %d trials %d passed, k = %d', (trials, passed, k, at, hat) => {
    expect(passAtK(trials, passed, k)).toBeCloseTo(at, 12);
    expect(passHatK(trials, passed, k)).toBeCloseTo(hat, 12);
  });

  test('say nothing beyond the number of trials', () => {
    expect([passAtK(3, 1, 4), passHatK(3, 1, 4), passAtK(3, 1, 0)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('are what counting all choices of k trials gives', () => {
    const verdicts = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(verdicts, fc.integer({ min: 1, max: 8 }), (trials, k) => {
        fc.pre(k <= trials.length && trials.length > 1);
        const choices = choose(trials, k);
        const passed = trials.filter(Boolean).length;
        const share = (of: (choice: readonly boolean[]) => boolean) =>
          choices.filter(of).length / choices.length;
        expect(passAtK(trials.length, passed, k)).toBeCloseTo(
          share((choice) => choice.includes(true)),
          9,
        );
        expect(passHatK(trials.length, passed, k)).toBeCloseTo(
          share((choice) => !choice.includes(false)),
          9,
        );
        const pairs = choose(trials, 2);
        const flips = pairs.filter(([a, b]) => a !== b).length / pairs.length;
        expect(flipRate(trials.length, passed)).toBeCloseTo(flips, 9);
      }),
    );
  });
});

function choose<T>(items: readonly T[], k: number): readonly (readonly T[])[] {
  if (k === 0) return [[]];
  return items.flatMap((item, at) => choose(items.slice(at + 1), k - 1).map((rest) => [item, ...rest]));
}

const passes = (task: string, ...verdicts: readonly ('passed' | 'failed' | 'ungraded' | 'invalid')[]) =>
  verdicts.map((verdict, at) =>
    record(trial(task, at + 1), { verdict, ...(verdict === 'failed' ? { score: 0.5 } : {}) }),
  );

describe('a summary', () => {
  test('counts what has no verdict apart, and each task the same', () => {
    const found = statisticsOf([
      ...passes('a', 'passed', 'passed', 'passed', 'failed'),
      ...passes('b', 'failed', 'failed', 'ungraded', 'invalid'),
    ]);
    expect(found).toMatchObject({
      trials: 8,
      graded: 6,
      verdicts: { passed: 3, failed: 3, ungraded: 1, invalid: 1 },
      passRate: 0.375,
      score: 0.75,
      passAtK: { 1: 0.375, 2: 0.5 },
      passHatK: { 1: 0.375, 2: 0.25 },
      flipRate: 0.25,
    });
  });

  test('mixes no two models in one pass@k', () => {
    const other = record(trial('a', 1, 'openai:x'), { verdict: 'passed' });
    const found = statisticsOf([...passes('a', 'failed'), other]);
    expect(found).toMatchObject({ passRate: 0.5, passAtK: { 1: 0.5 }, passHatK: { 1: 0.5 } });
    expect(Object.keys(found.passAtK)).toEqual(['1']);
  });

  test('of one task has the interval of Wilson', () => {
    const found = statisticsOf(passes('a', 'passed', 'failed', 'failed'));
    expect(found.interval).toEqual(wilsonInterval(1, 3));
  });

  test('has medians, the split of the time, tokens and cost', () => {
    const usage = { inputTokens: 10, cachedInputTokens: 4, outputTokens: 2, reasoningTokens: 1 };
    const times = {
      provisioning: 1,
      model: 10,
      gate: 0,
      act: 2,
      settle: 3,
      checks: 4,
      disposing: 5,
      total: 25,
    };
    const records = [1, 2, 9].map((turns) =>
      record(trial('a', turns), { turns, usage, times, costUsd: 0.5 }),
    );
    expect(statisticsOf(records)).toMatchObject({
      turns: 2,
      durationMs: 25,
      timeSplit: { model: 10, gate: 0, act: 2, settle: 3, sandbox: 10 },
      tokens: { input: 30, cachedInput: 12, output: 6 },
      costUsd: 1.5,
    });
    expect(statisticsOf([...records, record(trial('b'))]).costUsd).toBeUndefined();
  });

  test('of nothing graded has no rate', () => {
    const found = summarise(passes('a', 'invalid'));
    expect(found.all.passRate).toBeUndefined();
    expect(Object.keys(found.byTag)).toEqual(['all']);
  });
});

describe('a comparison', () => {
  test('pairs the tasks and lists those that changed, the largest first', () => {
    const found = compareBatches(
      [
        ...passes('a', 'failed', 'failed'),
        ...passes('b', 'passed', 'passed'),
        ...passes('c', 'passed'),
        ...passes('x', 'passed'),
      ],
      [
        ...passes('a', 'passed', 'passed'),
        ...passes('b', 'passed', 'failed'),
        ...passes('c', 'passed'),
        ...passes('y', 'passed'),
      ],
    );
    expect(found).toMatchObject({
      paired: 3,
      changes: [
        { name: 'a', before: 0, after: 1, trials: { before: 2, after: 2 } },
        { name: 'b', before: 1, after: 0.5 },
      ],
      onlyBefore: ['x'],
      onlyAfter: ['y'],
    });
    expect(found.difference).toBeCloseTo(0.5 / 3, 12);
    expect(found.interval.low).toBeLessThan(0);
    expect(found.interval.high).toBeGreaterThan(0);
  });

  test('of a batch with itself is a difference of nothing', () => {
    const records = [...passes('a', 'failed', 'passed'), ...passes('b', 'passed')];
    expect(compareBatches(records, records)).toMatchObject({
      difference: 0,
      interval: { low: 0, high: 0 },
      changes: [],
    });
  });
});
