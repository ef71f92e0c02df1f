/** What tokens cost, by kind, US dollars. `input` is without what came from the cache; reasoning is part of `output`. */
export interface Cost {
  readonly total: number;
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

export const NO_COST: Cost = { total: 0, input: 0, cachedInput: 0, output: 0 };

/** Sums of binary fractions drift; a billionth of a dollar is below the price of a single token. */
const SMALLEST = 1e9;

const tidy = (usd: number): number => Math.round(usd * SMALLEST) / SMALLEST;

export function toCost({ input, cachedInput, output }: Omit<Cost, 'total'>): Cost {
  return {
    total: tidy(input + cachedInput + output),
    input: tidy(input),
    cachedInput: tidy(cachedInput),
    output: tidy(output),
  };
}

/** What is not known on one side is not known of the sum. */
export function addCost(a: Cost | undefined, b: Cost | undefined): Cost | undefined {
  if (a === undefined || b === undefined) return undefined;
  return toCost({
    input: a.input + b.input,
    cachedInput: a.cachedInput + b.cachedInput,
    output: a.output + b.output,
  });
}
