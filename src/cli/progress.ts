import type { RunResult } from '../agent/run.ts';
import type { TrajectoryEvent } from '../recording/trajectory.ts';
import { formatCost, formatUsd } from '../util/money.ts';
import { formatDuration, printLine } from './terminal.ts';

type Stream = NodeJS.WritableStream;
type EventOf<T extends TrajectoryEvent['type']> = Extract<TrajectoryEvent, { type: T }>;

function printResponse(out: Stream, event: EventOf<'response'>): void {
  const tokens = event.usage.inputTokens + event.usage.outputTokens;
  const used = tokens > 0 ? [`${tokens} tokens`] : [];
  const paid = tokens > 0 && event.costUsd ? [formatUsd(event.costUsd.total)] : [];
  const facts = [formatDuration(event.durationMs), ...used, ...paid];
  printLine(out, `turn ${event.turn} (${facts.join(', ')})`, 'bold');
  for (const item of event.items) {
    const { summary, text } = item;
    if (item.type === 'reasoning' && typeof summary === 'string' && summary !== '') {
      for (const line of summary.split('\n')) printLine(out, `  ${line}`, 'dim');
    }
    if (item.type === 'unknown') {
      printLine(
        out,
        `  (an item of type ${String(item['wireType'])}, which deskhand does not know)`,
        'yellow',
      );
    }
    if ((item.type === 'message' || item.type === 'refusal') && typeof text === 'string') {
      printLine(out, `  “${text}”`);
    }
  }
}

function printStep(out: Stream, event: EventOf<'step'>): void {
  const { settle, error } = event;
  if (error !== undefined) {
    printLine(out, `  ✗ ${event.description}: ${error.message}`, 'red');
    return;
  }
  if (event.output !== undefined) {
    printLine(out, `  → ${event.description}`);
    printLine(out, `    ${shownOutput(event.output)}`, 'dim');
    return;
  }
  const waited = settle === undefined ? '' : `  [${formatDuration(settle.waitedMs)}, ${settle.reason}]`;
  printLine(out, `  → ${event.description}${waited}`);
}

const MOST_SHOWN = 200;

/** What a function gave, in a line; the report has all of it. */
function shownOutput(output: string): string {
  const line = output.replaceAll('\n', ' ⏎ ');
  return line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line;
}

function printCheck(out: Stream, { result, name, detail }: EventOf<'check'>): void {
  const mark = result === 'passed' ? '✔' : '✗';
  printLine(
    out,
    `  ${mark} ${name}${result === 'passed' ? '' : `: ${detail}`}`,
    result === 'passed' ? 'green' : 'red',
  );
}

/** One event of a run as a person follows it. */
export function printEvent(out: Stream, event: TrajectoryEvent): void {
  switch (event.type) {
    case 'sandbox-ready': {
      const { panel, desktop } = event.phases;
      const drawn = Math.max(panel ?? 0, desktop ?? 0);
      printLine(
        out,
        `desktop ready (${formatDuration(drawn)} to the panel, network ${event.network})`,
        'bold',
      );
      return;
    }
    case 'response':
      printResponse(out, event);
      return;
    case 'decision':
      if (event.decision !== 'approve' || event.pendingSafetyChecks.length > 0 || event.by === 'person') {
        printLine(
          out,
          `  ${event.decision} by ${event.by}${event.rule ? ` (rule ${event.rule})` : ''}${event.reason ? `: ${event.reason}` : ''}`,
          'yellow',
        );
      }
      return;
    case 'step':
      printStep(out, event);
      return;
    case 'check':
      printCheck(out, event);
      return;
    case 'warning':
      printLine(out, `warning: ${event.message}`, 'yellow');
      return;
    case 'run-resumed':
      printLine(out, `resumed after ${event.turns} turns and ${event.steps} steps`, 'bold');
      return;
    case 'run-started':
    case 'prepared':
    case 'request':
    case 'run-finished':
      return;
    default:
      event satisfies never;
  }
}

const OUTCOME_WORDS: Readonly<Record<ShownResult['outcome'], string>> = {
  interrupted: 'interrupted',
  completed: 'completed',
  refused: 'refused',
  stopped: 'stopped',
  'limit-reached': 'ended at a limit',
  failed: 'failed',
};

function verdict(result: ShownResult): { readonly text: string; readonly style: 'green' | 'yellow' | 'red' } {
  const words = OUTCOME_WORDS[result.outcome];
  if (result.outcome !== 'completed') return { text: `${words}: ${result.reason}`, style: 'red' };
  const passed = result.checks.filter((check) => check.result === 'passed').length;
  if (result.verification === 'passed') {
    return {
      text: `${words} and verified: ${passed} of ${result.checks.length} checks passed`,
      style: 'green',
    };
  }
  if (result.checks.length === 0) return { text: `${words} (the task has no checks)`, style: 'yellow' };
  return { text: `${words}, but only ${passed} of ${result.checks.length} checks passed`, style: 'red' };
}

const UNKNOWN_COST = 'unknown, since the price table has no price for this model (see --prices)';

export interface RunPaths {
  readonly trajectory: string;
  readonly report: string;
  /** The hash of the audit log's last entry. */
  /** Unknown to who only follows the run. */
  readonly auditHead?: string;
}

/** What is shown of a result, of this process's own run or of one that is read from its folder. */
export interface ShownResult extends Pick<
  RunResult,
  'verification' | 'reason' | 'turns' | 'steps' | 'usage'
> {
  readonly outcome: RunResult['outcome'] | 'interrupted';
  readonly costUsd?: RunResult['costUsd'] | undefined;
  readonly checks: readonly Pick<RunResult['checks'][number], 'result'>[];
  readonly error?: { readonly code: string; readonly hint?: string | undefined } | undefined;
  readonly times: Readonly<Record<string, number>>;
}

/** The end of a run: what came of it, what it took, and where it is kept. */
export function printResult(out: Stream, result: ShownResult, paths: RunPaths): void {
  const { text, style } = verdict(result);
  const tokens = result.usage.inputTokens + result.usage.outputTokens;
  const { total = 0, ...parts } = result.times;
  const times = Object.entries(parts).map(([name, ms]) => `${name} ${formatDuration(ms)}`);
  printLine(out);
  printLine(out, text, style);
  if (result.error?.hint !== undefined) printLine(out, `hint: ${result.error.hint}`);
  printLine(out, `${result.turns} turns, ${result.steps} steps, ${tokens} tokens, ${formatDuration(total)}`);
  if (tokens > 0) printLine(out, `cost: ${result.costUsd ? formatCost(result.costUsd) : UNKNOWN_COST}`);
  printLine(out, `time: ${times.join(', ')}`);
  printLine(out, `trajectory: ${paths.trajectory}`);
  printLine(out, `report: ${paths.report}`);
  if (paths.auditHead !== undefined) printLine(out, `audit: ${paths.auditHead}`);
}
