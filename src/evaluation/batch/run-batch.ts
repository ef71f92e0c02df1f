import type { RunResult } from '../../agent/run.ts';
import { type DeskhandError, toDeskhandError } from '../../errors.ts';
import { addUsage, NO_USAGE } from '../../model/usage.ts';
import type { TrajectoryEvent } from '../../recording/trajectory.ts';
import type { Clock } from '../../util/clock.ts';
import { Budget } from './budget.ts';
import type { Ledger } from './ledger.ts';
import type { Trial, TrialRecord } from './trial.ts';
import { isFatal, judge, judgeError, type Judgement } from './verdict.ts';

export interface TrialAttempt {
  readonly result: RunResult;
  /** Of the run, relative to the folder of the batch. */
  readonly folder: string;
}

export interface TrialRunOptions {
  /** Ends the run as `stopped`. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: TrajectoryEvent) => void;
  /** Told of what each answer of the judge cost, US dollars. */
  readonly onJudgeCost: (usd: number) => void;
}

/** Does one trial on a desktop of its own. @throws DeskhandError when there could be no run at all */
export type TrialRunner = (trial: Trial, options: TrialRunOptions) => Promise<TrialAttempt>;

export type BatchEvent =
  | { readonly type: 'trial-started'; readonly trial: Trial; readonly attempt: number }
  | { readonly type: 'run-event'; readonly trial: Trial; readonly event: TrajectoryEvent }
  | { readonly type: 'trial-retried'; readonly trial: Trial; readonly error: DeskhandError }
  | { readonly type: 'trial-finished'; readonly trial: Trial; readonly record: TrialRecord }
  | { readonly type: 'trial-stopped'; readonly trial: Trial }
  | { readonly type: 'warning'; readonly message: string };

export interface BatchOptions {
  /** What is still to be done. */
  readonly trials: readonly Trial[];
  readonly parallel: number;
  readonly runTrial: TrialRunner;
  readonly ledger: Pick<Ledger, 'append' | 'flush' | 'unwritten'>;
  readonly clock: Clock;
  /** How often a trial is tried again after a failure of the machinery. */
  readonly retries: number;
  /** What all trials together may cost, US dollars, less what was spent before. */
  readonly budgetUsd?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: BatchEvent) => void) | undefined;
}

export interface BatchEnd {
  readonly records: readonly TrialRecord[];
  /** Why trials are left: a person, the budget, or a failure that every other would meet. */
  readonly stoppedBy?: { readonly reason: string; readonly error?: DeskhandError };
}

/**
 * Does trials, so many at a time, and records each as it ends. Whatever happens in one of them is that one's verdict and the
 * others go on; only a stop, the budget and a failure that all would meet end the batch.
 */
export async function runBatch(options: BatchOptions): Promise<BatchEnd> {
  const batch = new Batch(options);
  return await batch.run();
}

const RETRY_PAUSE_MS = 1_000;

class Batch {
  readonly #options: BatchOptions;
  readonly #queue: Trial[];
  readonly #records: TrialRecord[] = [];
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #budget: Budget;
  #stoppedBy: BatchEnd['stoppedBy'];

  constructor(options: BatchOptions) {
    this.#options = options;
    this.#queue = [...options.trials];
    const { signal, budgetUsd } = options;
    this.#signal = AbortSignal.any([this.#stop.signal, ...(signal === undefined ? [] : [signal])]);
    this.#budget = new Budget(budgetUsd, () =>
      this.#end({ reason: `The budget of ${budgetUsd} $ is spent.` }),
    );
  }

  async run(): Promise<BatchEnd> {
    const { parallel, ledger, signal } = this.#options;
    const workers = Array.from({ length: Math.min(parallel, this.#queue.length) }, () => this.#work());
    await Promise.all(workers);
    if (ledger.unwritten > 0) await ledger.flush();
    if (signal?.aborted === true) this.#stoppedBy ??= { reason: String(signal.reason) };
    return {
      records: this.#records,
      ...(this.#stoppedBy === undefined ? {} : { stoppedBy: this.#stoppedBy }),
    };
  }

  #end(by: NonNullable<BatchEnd['stoppedBy']>): void {
    this.#stoppedBy ??= by;
    this.#stop.abort(by.reason);
  }

  async #work(): Promise<void> {
    for (;;) {
      if (this.#signal.aborted) return;
      const trial = this.#queue.shift();
      if (trial === undefined) return;
      await this.#begin(trial);
      const record = await this.#try(trial);
      if (record === undefined) this.#tell({ type: 'trial-stopped', trial });
      else await this.#keep(trial, record);
    }
  }

  async #begin(trial: Trial): Promise<void> {
    const at = new Date(this.#options.clock.wall()).toISOString();
    await this.#append({ type: 'started', trial: trial.id, at });
  }

  async #keep(trial: Trial, record: TrialRecord): Promise<void> {
    this.#records.push(record);
    await this.#append({ type: 'finished', record });
    this.#tell({ type: 'trial-finished', trial, record });
  }

  /** A ledger that cannot be written keeps its lines and the batch goes on. */
  async #append(line: Parameters<Ledger['append']>[0]): Promise<void> {
    try {
      await this.#options.ledger.append(line);
    } catch (error) {
      const { message } = toDeskhandError(error);
      this.#tell({ type: 'warning', message: `${message} The batch goes on and tries again.` });
    }
  }

  /** The record, after as many attempts as it took; undefined when it was stopped. */
  async #try(trial: Trial): Promise<TrialRecord | undefined> {
    const { clock, retries } = this.#options;
    const startedAt = new Date(clock.wall()).toISOString();
    const failures: TrialRecord['failures'] = [];
    const spent = { modelUsd: 0, judgeUsd: 0 };
    for (let attempt = 1; ; attempt++) {
      this.#tell({ type: 'trial-started', trial, attempt });
      const tried = await this.#attempt(trial, spent);
      const { judgement, run } = tried;
      if (run?.result.outcome === 'stopped' || (this.#signal.aborted && judgement.verdict === 'invalid'))
        return undefined;
      const { failure } = judgement;
      if (failure !== undefined && isFatal(failure.error)) {
        this.#end({ reason: failure.error.message, error: failure.error });
        return undefined;
      }
      if (failure?.mayPass === true && attempt <= retries) {
        failures.push({ code: failure.error.code, message: failure.error.message });
        this.#tell({ type: 'trial-retried', trial, error: failure.error });
        await this.#pause(attempt);
        continue;
      }
      const finishedAt = new Date(clock.wall()).toISOString();
      return toRecord(trial, { ...tried, spent }, { failures, startedAt, finishedAt });
    }
  }

  async #pause(attempt: number): Promise<void> {
    const { clock } = this.#options;
    // A stop is seen by the next attempt.
    await clock.sleep(RETRY_PAUSE_MS * 2 ** (attempt - 1), { signal: this.#signal }).catch(() => undefined);
  }

  async #attempt(trial: Trial, spent: Spent): Promise<Tried> {
    const onEvent = (event: TrajectoryEvent): void => {
      if (event.type === 'response') {
        const usd = event.costUsd?.total ?? 0;
        spent.modelUsd += usd;
        this.#budget.spend(usd);
      }
      this.#tell({ type: 'run-event', trial, event });
    };
    const onJudgeCost = (usd: number): void => {
      spent.judgeUsd += usd;
      this.#budget.spend(usd);
    };
    try {
      const run = await this.#options.runTrial(trial, { signal: this.#signal, onEvent, onJudgeCost });
      return { run, judgement: judge(run.result) };
    } catch (thrown) {
      return { judgement: judgeError(toDeskhandError(thrown)) };
    }
  }

  #tell(event: BatchEvent): void {
    this.#options.onEvent?.(event);
  }
}

interface Tried {
  readonly judgement: Judgement;
  readonly run?: TrialAttempt;
}

/** By all attempts at a trial, US dollars. */
interface Spent {
  modelUsd: number;
  judgeUsd: number;
}

function toRecord(
  { id: trial, task, model, number, tags }: Trial,
  { judgement, run, spent }: Tried & { readonly spent: Readonly<Spent> },
  rest: Pick<TrialRecord, 'failures' | 'startedAt' | 'finishedAt'>,
): TrialRecord {
  const { verdict, reason, score } = judgement;
  const result = run?.result;
  const isKnown = result?.costUsd !== undefined || spent.modelUsd > 0;
  return {
    trial,
    task,
    model,
    number,
    tags: [...tags],
    verdict,
    reason: reason.split('\n')[0] ?? '',
    ...(score === undefined ? {} : { score }),
    ...(result === undefined ? {} : { outcome: result.outcome }),
    checks: (result?.checks ?? []).map(({ name, result: found, detail, score: part }) => ({
      name,
      result: found,
      detail,
      ...(part === undefined ? {} : { score: part }),
    })),
    turns: result?.turns ?? 0,
    steps: result?.steps ?? 0,
    usage: addUsage(NO_USAGE, result?.usage ?? NO_USAGE),
    ...(isKnown ? { costUsd: spent.modelUsd } : {}),
    ...(spent.judgeUsd === 0 ? {} : { judgeCostUsd: spent.judgeUsd }),
    times: { ...result?.times },
    ...(run === undefined ? {} : { folder: run.folder }),
    ...rest,
  };
}
