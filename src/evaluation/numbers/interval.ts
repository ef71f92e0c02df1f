/** An estimate with the range that it may as well be, at 95 %. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The 97.5 % quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/**
 * The Wilson score interval of a proportion (Wilson 1927, without continuity correction): right for few trials, and inside
 * 0 to 1 also where all or none passed.
 */
export function wilsonInterval(passed: number, trials: number): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const rate = passed / trials;
  const denominator = 1 + Z ** 2 / trials;
  const centre = (rate + Z ** 2 / (2 * trials)) / denominator;
  const spread = (Z * Math.sqrt((rate * (1 - rate)) / trials + Z ** 2 / (4 * trials ** 2))) / denominator;
  // Where none or all passed the bound is 0 or 1, but for rounding.
  return {
    low: passed === 0 ? 0 : Math.max(0, centre - spread),
    high: passed === trials ? 1 : Math.min(1, centre + spread),
  };
}

const RESAMPLES = 2_000;

/**
 * The interval of a mean over tasks, by resampling the tasks (percentile bootstrap): trials of one task are not independent of
 * each other, tasks are. The same values give the same interval.
 */
export function bootstrapInterval(values: readonly number[]): Interval {
  if (values.length === 0) return { low: 0, high: 1 };
  const random = randomNumbers(values.length);
  const means = new Float64Array(RESAMPLES);
  for (let sample = 0; sample < RESAMPLES; sample++) {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw++) {
      sum += values[Math.floor(random() * values.length)] ?? 0;
    }
    means[sample] = sum / values.length;
  }
  means.sort();
  return { low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

/** Linear between the two nearest values (Hyndman and Fan, type 7). `sorted` is ascending. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return below + (above - below) * (place - Math.floor(place));
}

/** mulberry32: numbers in [0, 1) that are the same on every machine. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
