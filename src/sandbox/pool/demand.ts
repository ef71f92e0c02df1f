import type { Clock } from '../../util/clock.ts';

export interface DemandOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** How many are kept ready when nobody asks. */
  readonly minimum: number;
  readonly maximum: number;
  /** How far back what was asked for counts, ms. */
  readonly windowMs: number;
}

/** How many desktops to keep ready: as many as were asked for of late, since that many may be asked for again. */
export class Demand {
  readonly #options: DemandOptions;
  #askedAt: number[] = [];

  constructor(options: DemandOptions) {
    this.#options = options;
  }

  /** One was asked for just now. */
  note(): void {
    this.#askedAt.push(this.#options.clock.now());
  }

  get wanted(): number {
    const { clock, minimum, maximum, windowMs } = this.#options;
    const since = clock.now() - windowMs;
    this.#askedAt = this.#askedAt.filter((at) => at > since).slice(-maximum);
    return Math.min(maximum, Math.max(minimum, this.#askedAt.length));
  }
}
