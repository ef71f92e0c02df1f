/** What a batch may cost. Told of every response, so that it ends the batch within one turn of each run under way. */
export class Budget {
  readonly #limitUsd: number | undefined;
  readonly #onSpent: () => void;
  #spentUsd = 0;

  constructor(limitUsd: number | undefined, onSpent: () => void) {
    this.#limitUsd = limitUsd;
    this.#onSpent = onSpent;
  }

  readonly spend = (usd: number): void => {
    this.#spentUsd += usd;
    if (this.#limitUsd !== undefined && this.#spentUsd >= this.#limitUsd) this.#onSpent();
  };
}
