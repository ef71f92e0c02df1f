import type { EgressDecision } from './egress-decision.ts';

const KEPT = 1_000;

/** The decisions about one sandbox. Who comes late is told those of before, too. */
export class EgressLog {
  readonly #decisions: EgressDecision[] = [];
  readonly #listeners = new Set<(decision: EgressDecision) => void>();

  add(decision: EgressDecision): void {
    if (this.#decisions.length < KEPT) this.#decisions.push(decision);
    for (const listener of this.#listeners) listener(decision);
  }

  listen(listener: (decision: EgressDecision) => void): void {
    for (const decision of this.#decisions) listener(decision);
    this.#listeners.add(listener);
  }
}
