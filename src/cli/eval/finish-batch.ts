import { statisticsOf, summarise } from '../../evaluation/numbers/summary.ts';
import type { Statistics } from '../../evaluation/numbers/summary.ts';
import type { SuiteRun } from '../../run-suite.ts';
import { formatUsd } from '../../util/money.ts';
import { EXIT, type ExitCode, exitCodeOfError } from '../exit-codes.ts';
import { type CliContext, formatDuration, formatTable, printLine } from '../terminal.ts';

/** Prints what came of a batch and where it is kept. */
export function finishBatch(
  context: CliContext,
  run: SuiteRun,
  { failUnder }: { readonly failUnder: number | undefined },
): ExitCode {
  const { stdout } = context;
  const { all } = summarise(run.records);
  printNumbers(context, run);
  if (run.stoppedBy !== undefined) {
    printLine(stdout, `stopped: ${run.stoppedBy.reason}`, 'yellow');
    printLine(stdout, `${run.left} trials are left: deskhand eval resume ${run.folder.path}`);
  }
  printLine(stdout, `report: ${run.reports.page}`);
  if (run.stoppedBy !== undefined) return exitCodeOfStop(context, run.stoppedBy);
  const isLow = failUnder !== undefined && (all.passRate ?? 0) < failUnder;
  return isLow ? EXIT.unverified : EXIT.done;
}

function exitCodeOfStop({ signal }: CliContext, { error }: NonNullable<SuiteRun['stoppedBy']>): ExitCode {
  if (error !== undefined) return exitCodeOfError(error);
  return signal.aborted ? EXIT.stopped : EXIT.limitReached;
}

function printNumbers({ stdout }: CliContext, { records }: SuiteRun): void {
  const { byModel } = summarise(records);
  const rows = Object.entries(byModel).map(([model, numbers]) => toRow(model, numbers));
  if (rows.length > 1) rows.push(toRow('all', statisticsOf(records)));
  const head = ['MODEL', 'TRIALS', 'PASSED', 'RATE', '95 %', 'NO VERDICT', 'TURNS', 'TIME', 'COST'];
  printLine(stdout);
  for (const line of formatTable([head, ...rows]).split('\n')) printLine(stdout, line);
}

function toRow(name: string, numbers: Statistics): readonly string[] {
  const { verdicts, trials, passRate, interval, turns, durationMs, costUsd } = numbers;
  return [
    name,
    String(trials),
    String(verdicts.passed),
    passRate === undefined ? '-' : toPercent(passRate),
    interval === undefined ? '-' : `${toPercent(interval.low)} to ${toPercent(interval.high)}`,
    String(verdicts.ungraded + verdicts.invalid),
    String(turns),
    formatDuration(durationMs),
    costUsd === undefined ? '-' : formatUsd(costUsd),
  ];
}

function toPercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
