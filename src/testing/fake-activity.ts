import type { Activity } from '../util/activity.ts';

/** Processes that work when a test says so. */
export class FakeActivity implements Activity {
  /** Whether one of them is at work at this moment. */
  isAtWork = false;
  #usedMs: number | undefined = 0;

  work(ms: number): void {
    this.#usedMs = (this.#usedMs ?? 0) + ms;
  }

  /** Nothing is known of them any more. */
  end(): void {
    this.#usedMs = undefined;
  }

  usedMs(): number | undefined {
    return this.#usedMs;
  }

  isWorking(): boolean {
    return this.isAtWork;
  }
}
