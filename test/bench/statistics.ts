/** Of at least one sample, in the samples' unit. */
export interface Summary {
  readonly n: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function summarize(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const round = (value: number): number => Math.round(value * 100) / 100;
  return {
    n: sorted.length,
    min: round(quantile(sorted, 0)),
    p50: round(quantile(sorted, 0.5)),
    p95: round(quantile(sorted, 0.95)),
    max: round(quantile(sorted, 1)),
  };
}

export async function sample(
  times: number,
  act: (index: number) => Promise<number>,
): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let index = 0; index < times; index++) samples.push(await act(index));
  return samples;
}

/** ms that `act` takes. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}
