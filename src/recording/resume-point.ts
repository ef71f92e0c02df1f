import { describeAction } from '../action/describe.ts';
import { parseAction } from '../action/parse.ts';
import { CUT_OFF, type TrajectoryReading } from './reader.ts';
import { toEnding } from './result.ts';
import type { Cost, EventOf, TrajectoryEvent, Usage } from './trajectory.ts';

/** Where a run that was killed can be gone on with. */
export interface ResumePoint {
  readonly sandboxId: string;
  readonly turns: number;
  readonly steps: number;
  readonly usage: Usage;
  readonly costUsd?: Cost;
  /** In words: the one action of which it is not known whether it happened. */
  readonly inFlight?: string;
  /** What the model is told before it goes on: what was done so far, and what is in doubt. */
  readonly notes: readonly string[];
}

export type ResumeAnswer =
  | { readonly ok: true; readonly point: ResumePoint }
  /** One sentence, and what to do instead. */
  | { readonly ok: false; readonly why: string; readonly hint: string };

const TOLD_LINES = 200;
const TOLD_LENGTH = 300;

/** Whether a recorded run can be gone on with, and from where. */
export function findResumePoint(reading: TrajectoryReading): ResumeAnswer {
  if (reading.end !== undefined) {
    const why = `The run has ended: ${reading.end.outcome}, ${reading.end.reason}`;
    return { ok: false, why, hint: 'Run its task anew.' };
  }
  const { damage } = reading;
  if (damage !== undefined && damage.reason !== CUT_OFF) {
    // Later lines may tell of actions that were done: going on from before them would do them again.
    const why = `Its trajectory is damaged at line ${damage.line}: ${damage.reason}.`;
    return { ok: false, why, hint: 'Run its task anew.' };
  }
  const events = reading.lines.map(({ event }) => event);
  const ready = events.findLast((event) => event.type === 'sandbox-ready');
  if (ready === undefined) {
    return { ok: false, why: 'The run was killed before its desktop was ready.', hint: 'Run its task anew.' };
  }
  const { turns, steps, usage, costUsd } = toEnding(reading);
  const [inFlight, ...unstarted] = findOpenActions(events);
  const doubt = inFlight === undefined ? {} : { inFlight };
  const cost = costUsd === undefined ? {} : { costUsd };
  const notes = [tellStory(events), tellDoubt(inFlight, unstarted.length)];
  return { ok: true, point: { sandboxId: ready.sandboxId, turns, steps, usage, ...cost, ...doubt, notes } };
}

/**
 * What the last response asked for and no step tells of. Each step is on disk before the next action begins, so only
 * the first of these can have happened.
 */
function findOpenActions(events: readonly TrajectoryEvent[]): readonly string[] {
  const at = events.findLastIndex(({ type }) => type === 'response' || type === 'run-resumed');
  const last = events[at];
  // Killed once more before the model had been told of it.
  if (last?.type === 'run-resumed' && last.inFlight !== undefined) return [last.inFlight];
  if (last?.type !== 'response') return [];
  const later = events.slice(at + 1);
  const steps = later.filter((event) => event.type === 'step');
  const refused = later.some((event) => event.type === 'decision' && event.decision !== 'approve');
  // After a denial or a failed action nothing more of a turn runs.
  if (refused || steps.some(({ error }) => error !== undefined)) return [];
  if (later.some(({ type }) => type === 'request' || type === 'check')) return [];
  return last.items.flatMap(toOpenActions).slice(steps.length);
}

function toOpenActions(item: EventOf<'response'>['items'][number]): readonly string[] {
  if (item.type === 'function_call') return [`call the function ${String(item['name'])}`];
  if (item.type !== 'computer_call') return [];
  const actions: readonly unknown[] = Array.isArray(item['actions']) ? item['actions'] : [];
  return actions.map(describe);
}

function describe(action: unknown): string {
  try {
    return describeAction(parseAction(action));
  } catch {
    return 'an action that could not be read';
  }
}

function tellStory(events: readonly TrajectoryEvent[]): string {
  const told = events.flatMap(toLine).map((line) => line.slice(0, TOLD_LENGTH));
  const opening =
    'This task was begun before. The program that drives the desktop was killed and started again; the desktop is as ' +
    'it was left.';
  if (told.length === 0) return `${opening} Nothing had been done yet.`;
  const left = told.length - TOLD_LINES;
  const omitted = left > 0 ? [`(${left} earlier lines are left out)`] : [];
  return [`${opening} So far, oldest first:`, ...omitted, ...told.slice(-TOLD_LINES)].join('\n');
}

function toLine(event: TrajectoryEvent): readonly string[] {
  if (event.type === 'step') {
    return [
      `Done: ${event.description}${event.error === undefined ? '' : `, which failed: ${event.error.message}`}`,
    ];
  }
  if (event.type === 'decision' && event.decision !== 'approve') {
    return [`Not allowed: ${event.reason ?? 'no reason was given'}`];
  }
  if (event.type !== 'response') return [];
  return event.items.flatMap((item) =>
    item.type === 'message' ? [`You said: ${String(item['text'])}`] : [],
  );
}

function tellDoubt(inFlight: string | undefined, unstarted: number): string {
  if (inFlight === undefined)
    return 'Nothing was under way when it was killed. Look at the screen and go on.';
  const rest =
    unstarted === 0
      ? ''
      : ` The ${unstarted === 1 ? 'action' : `${unstarted} actions`} that you asked for after it did not happen.`;
  return (
    `One action may or may not have happened when it was killed: ${inFlight}.${rest} ` +
    'Look at the screen to tell, before you do anything, and do not do it again if it happened.'
  );
}
