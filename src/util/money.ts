/** US dollars by the kind of token that they were paid for. */
interface CostParts {
  readonly total: number;
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

/** `$0.0123`, `$12.34`: four decimals below a dollar, where a turn costs fractions of a cent. */
export function formatUsd(usd: number): string {
  return `$${usd.toFixed(usd < 1 && usd > 0 ? 4 : 2)}`;
}

/** `$0.0123 (input $0.0100, cached $0.00, output $0.0023)`. */
export function formatCost({ total, input, cachedInput, output }: CostParts): string {
  const parts = `input ${formatUsd(input)}, cached ${formatUsd(cachedInput)}, output ${formatUsd(output)}`;
  return `${formatUsd(total)} (${parts})`;
}
