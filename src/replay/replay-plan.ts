import type { Action } from '../action/action.ts';
import { parseAction } from '../action/parse.ts';
import { InputError } from '../errors.ts';
import { IMPORTED } from '../recording/export/imported.ts';
import type { TrajectoryReading } from '../recording/reader.ts';
import type { EventOf, TrajectoryLine } from '../recording/trajectory.ts';
import { secretNamesIn } from '../safety/task-secrets.ts';

/** A call of a function that the model was offered. */
export interface RecordedCall {
  readonly type: 'function_call';
  readonly name: string;
  /** JSON, as it was checked. */
  readonly arguments: unknown;
}

/** One recorded action and the screen that it was done on. */
export interface PlannedStep {
  /** Number of the step in the run, from 1. */
  readonly step: number;
  readonly action: Action | RecordedCall;
  readonly description: string;
  /** Hash of the last frame that was recorded before the action. */
  readonly before: string;
  /** When the action began, ms since the desktop was ready. */
  readonly atMs: number;
  /** Whether the action failed when it was recorded. */
  readonly hasFailed: boolean;
}

export interface TypedSecret {
  readonly step: number;
  readonly name: string;
}

/** What a replay needs of a run. */
export interface ReplayPlan {
  readonly runId: string;
  /** What the desktop's clock said when it started, ISO 8601: the true time, or the one that it was given. */
  readonly clock: string;
  readonly start: EventOf<'run-started'>;
  readonly sandbox: EventOf<'sandbox-ready'>;
  readonly prepared: EventOf<'prepared'> | undefined;
  readonly steps: readonly PlannedStep[];
  /** Hash of the last frame after the last step. */
  readonly last: string;
  /** What the recorded steps took from the first screen to the last, ms. */
  readonly recordedMs: number;
}

/**
 * What can be replayed of a run, up to the damage where there is one.
 * @throws InputError invalid-file when the run never had a desktop
 */
export function toReplayPlan(reading: TrajectoryReading): ReplayPlan {
  const { lines, start, path } = reading;
  const events = lines.map(({ event }) => event);
  const sandbox = events.find((event) => event.type === 'sandbox-ready');
  const [first] = lines;
  if (first === undefined || start === undefined || sandbox === undefined) {
    throw new InputError('invalid-file', `${path} has nothing to replay: ${whyNot(reading)}.`);
  }
  const { steps, last, lastMs } = collectSteps(lines);
  return {
    runId: start.runId,
    clock: sandbox.clock === 'real' ? first.at : sandbox.clock,
    start,
    sandbox,
    prepared: events.find((event) => event.type === 'prepared'),
    steps,
    last,
    recordedMs: lastMs,
  };
}

function whyNot({ start, damage }: TrajectoryReading): string {
  if (damage !== undefined) return `it is damaged at line ${damage.line}, ${damage.reason}`;
  if (start?.model.provider === IMPORTED) return 'it was imported, and an export tells of no desktop';
  return start === undefined ? 'no run starts there' : 'the run ended before its desktop was ready';
}

function collectSteps(lines: readonly TrajectoryLine[]) {
  const steps: PlannedStep[] = [];
  let last = '';
  let readyMs = 0;
  let lastMs = 0;
  for (const { event, t } of lines) {
    if (event.type === 'sandbox-ready') readyMs = t;
    if (event.type === 'step') steps.push(toPlannedStep(event, event.before ?? last, t - readyMs));
    if (!('frame' in event) || event.frame === undefined) continue;
    last = event.frame;
    lastMs = t - readyMs;
  }
  return { steps, last, lastMs };
}

function toPlannedStep(event: EventOf<'step'>, before: string, endMs: number): PlannedStep {
  const { step, description, actMs, settle, error } = event;
  const atMs = Math.max(0, endMs - actMs - (settle?.waitedMs ?? 0));
  return {
    step,
    action: toAction(event.action),
    description,
    before,
    atMs,
    hasFailed: error !== undefined,
  };
}

function toAction(recorded: EventOf<'step'>['action']): PlannedStep['action'] {
  const { type, name, arguments: given } = recorded;
  if (type === 'function_call') return { type, name: String(name), arguments: given };
  return parseAction(recorded);
}

/** What the steps up to `to` typed by name: the values of secrets are in no recording. */
export function secretsTypedIn(
  { steps }: ReplayPlan,
  to: number = Number.POSITIVE_INFINITY,
): readonly TypedSecret[] {
  return steps
    .filter(({ step }) => step <= to)
    .flatMap(({ step, action }) =>
      action.type === 'type' ? secretNamesIn(action.text).map((name) => ({ step, name })) : [],
    );
}

/** The steps from one number to another. @throws InputError invalid-option when the run has no such step */
export function checkRange(
  { steps, runId }: ReplayPlan,
  { from, to }: { readonly from: number; readonly to: number | undefined },
): void {
  const last = steps.at(-1)?.step ?? 0;
  const of = `${runId} has the steps 1 to ${last}`;
  if (from > Math.max(last, 1)) throw new InputError('invalid-option', `--from ${from}: ${of}.`);
  if (to === undefined) return;
  if (to > last) throw new InputError('invalid-option', `--to ${to}: ${of}.`);
  if (to < from) throw new InputError('invalid-option', `--to ${to} is before --from ${from}.`);
}
