import { relative } from 'node:path';
import type { BatchEvent } from '../../evaluation/batch/run-batch.ts';
import type { Trial, TrialRecord, Verdict } from '../../evaluation/batch/trial.ts';
import type { SuitePlan } from '../../run-suite.ts';
import { formatUsd } from '../../util/money.ts';
import { formatDuration, printLine, styled } from '../terminal.ts';

type Stream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

const MARKS: Readonly<Record<Verdict, string>> = { passed: '✔', failed: '✗', ungraded: '?', invalid: '!' };
const STYLES = { passed: 'green', failed: 'red', ungraded: 'yellow', invalid: 'yellow' } as const;
/** A terminal is painted anew at most this often, ms. */
const PAINT_MS = 200;
const WIDTH = 100;

interface Active {
  readonly trial: Trial;
  readonly startedAt: number;
  turns: number;
  doing: string;
}

interface BatchProgressOptions {
  readonly parallel: number;
  /** The verdict that is good news: a counter-example has to fail. Default `passed`. */
  readonly expects?: ((trial: Trial) => Verdict) | undefined;
}

/**
 * What a batch is doing. In a terminal a block of lines that is painted anew in place; elsewhere one line for each trial that
 * ends.
 */
export class BatchProgress {
  readonly #out: Stream;
  readonly #parallel: number;
  readonly #active = new Map<string, Active>();
  readonly #counts: Record<Verdict, number> = { passed: 0, failed: 0, ungraded: 0, invalid: 0 };
  readonly #startedAt = performance.now();
  #total = 0;
  #done = 0;
  #retried = 0;
  #costUsd = 0;
  #painted = 0;
  #timer: NodeJS.Timeout | undefined;

  readonly #expects: (trial: Trial) => Verdict;

  constructor(out: Stream, { parallel, expects = () => 'passed' }: BatchProgressOptions) {
    this.#out = out;
    this.#parallel = parallel;
    this.#expects = expects;
  }

  begin({ folder, trials, done }: SuitePlan): void {
    this.#total = trials.length;
    const before = done.size === 0 ? '' : `, ${done.size} done before`;
    const where = relative(process.cwd(), folder.path) || folder.path;
    printLine(this.#out, `${trials.length} trials, ${this.#parallel} at a time${before}, in ${where}`);
    if (this.#out.isTTY === true) this.#timer = setInterval(() => this.#paint(), PAINT_MS).unref();
  }

  tell(event: BatchEvent): void {
    switch (event.type) {
      case 'trial-started':
        this.#active.set(event.trial.id, {
          trial: event.trial,
          startedAt: performance.now(),
          turns: 0,
          doing: 'starting',
        });
        return;
      case 'run-event':
        this.#follow(event);
        return;
      case 'trial-retried':
        this.#retried += 1;
        this.#say(`↻ ${event.trial.id}: ${event.error.message}`, 'yellow');
        return;
      case 'trial-stopped':
        this.#active.delete(event.trial.id);
        return;
      case 'trial-finished':
        this.#finish(event.trial, event.record);
        return;
      case 'warning':
        this.#say(`warning: ${event.message}`, 'yellow');
        return;
    }
  }

  end(): void {
    clearInterval(this.#timer);
    this.#erase();
  }

  #follow({ trial, event }: Extract<BatchEvent, { type: 'run-event' }>): void {
    const active = this.#active.get(trial.id);
    if (active === undefined) return;
    if (event.type === 'response') {
      active.turns = event.turn;
      this.#costUsd += event.costUsd?.total ?? 0;
    } else if (event.type === 'step') active.doing = event.description;
    else if (event.type === 'request') active.doing = 'asking the model';
    else if (event.type === 'check') active.doing = 'checking';
  }

  #finish(trial: Trial, record: TrialRecord): void {
    this.#active.delete(trial.id);
    this.#done += 1;
    this.#counts[record.verdict] += 1;
    const took = formatDuration(record.times['total'] ?? 0);
    const isExpected = record.verdict === this.#expects(trial);
    const kind = isExpected ? 'passed' : record.verdict === 'passed' ? 'failed' : record.verdict;
    const why = record.verdict === 'passed' ? '' : `: ${record.reason}`;
    const place = this.#out.isTTY === true ? '' : `[${this.#done}/${this.#total}] `;
    this.#say(`${place}${MARKS[kind]} ${trial.id} (${took})${isExpected ? '' : why}`, STYLES[kind]);
  }

  #say(text: string, style: 'green' | 'red' | 'yellow'): void {
    this.#erase();
    printLine(this.#out, shorten(text, this.#out.isTTY === true ? this.#width : 400), style);
    if (this.#out.isTTY === true) this.#paint();
  }

  get #width(): number {
    return (this.#out.columns ?? WIDTH) - 1;
  }

  #paint(): void {
    this.#erase();
    const lines = [this.#summary(), ...[...this.#active.values()].map((active) => this.#line(active))];
    for (const line of lines) this.#out.write(`${styled(this.#out, 'dim', shorten(line, this.#width))}\n`);
    this.#painted = lines.length;
  }

  /** Moves up over what was painted and clears to the end of the screen. */
  #erase(): void {
    if (this.#painted > 0) this.#out.write(`\u001b[${this.#painted}A\u001b[J`);
    this.#painted = 0;
  }

  #summary(): string {
    const { passed, failed, ungraded, invalid } = this.#counts;
    const others = ungraded + invalid === 0 ? '' : `, ${ungraded + invalid} without a verdict`;
    const retried = this.#retried === 0 ? '' : `, ${this.#retried} retried`;
    const cost = this.#costUsd === 0 ? '' : `, ${formatUsd(this.#costUsd)}`;
    const elapsed = performance.now() - this.#startedAt;
    const left =
      this.#done === 0
        ? ''
        : `, about ${formatDuration((elapsed / this.#done) * (this.#total - this.#done))} left`;
    return `${this.#done} of ${this.#total}: ${passed} passed, ${failed} failed${others}${retried}${cost}${left}`;
  }

  #line({ trial, startedAt, turns, doing }: Active): string {
    const took = formatDuration(performance.now() - startedAt);
    return `  ${trial.id}  turn ${turns}  ${took}  ${doing}`;
  }
}

function shorten(text: string, width: number): string {
  const line = text.replaceAll('\n', ' ');
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
