import type { Action } from '../../action/action.ts';
import { parseAction } from '../../action/parse.ts';
import type { EventOf, TrajectoryLine } from '../trajectory.ts';
import { collectTurns } from './turns.ts';
import type { CallRecord, TurnRecord } from './turns.ts';

/** ms of each part of the loop; what a scene did not need is 0. */
export type SceneTimes = Readonly<Record<'model' | 'gate' | 'act' | 'settle', number>>;

/** One picture of the report with what belongs to it. */
export interface Scene {
  readonly kind: 'step' | 'refused-call' | 'words' | 'end';
  readonly title: string;
  /** The turn that it belongs to; absent at the end. */
  readonly turn?: TurnRecord;
  /** Whether it is the first of its turn: the later ones of a turn repeat what the model said. */
  readonly isFirstOfTurn: boolean;
  readonly call?: CallRecord;
  readonly step?: EventOf<'step'>;
  /** What the gate decided about it. */
  readonly decisions: readonly EventOf<'decision'>[];
  /** Drawn on the frame: what was done, or what was asked for and refused. */
  readonly actions: readonly Action[];
  /** Hash of the screen as it was before. */
  readonly before?: string;
  /** Hash of the screen afterwards. */
  readonly after?: string;
  readonly times: SceneTimes;
  /** ms since the recording began. */
  readonly atMs: number;
}

const NO_TIMES: SceneTimes = { model: 0, gate: 0, act: 0, settle: 0 };

/** Cuts a run into scenes: one a step, one a refused call, one a turn without calls, and the end. */
export function toScenes(lines: readonly TrajectoryLine[]): readonly Scene[] {
  const scenes: Scene[] = [];
  let screen = firstFrame(lines);
  for (const turn of collectTurns(lines)) {
    screen = turn.request.frame;
    for (const scene of scenesOfTurn(turn)) {
      const before = scene.step?.before ?? screen;
      scenes.push({ ...scene, ...(before === undefined ? {} : { before }) });
      screen = scene.after ?? screen;
    }
  }
  const atMs = lines.at(-1)?.t ?? 0;
  const end = {
    kind: 'end',
    title: 'The end',
    isFirstOfTurn: true,
    decisions: [],
    actions: [],
    times: NO_TIMES,
    atMs,
  } as const;
  return [...scenes, { ...end, ...(screen === undefined ? {} : { before: screen }) }];
}

function firstFrame(lines: readonly TrajectoryLine[]): string | undefined {
  for (const { event } of lines) if (event.type === 'sandbox-ready') return event.frame;
  return undefined;
}

function scenesOfTurn(turn: TurnRecord): readonly Scene[] {
  const scenes = turn.calls.flatMap((call) => {
    const steps = call.steps.map((step) => stepScene(turn, call, step));
    const isRefused =
      steps.length === 0 || call.decisions.some((decision) => isOfRest(decision, steps.length));
    return isRefused ? [...steps, refusedScene(turn, call)] : steps;
  });
  const all = scenes.length > 0 ? scenes : [wordsScene(turn)];
  const model = turn.response?.durationMs ?? 0;
  return all.map((scene, index) =>
    index === 0 ? { ...scene, times: { ...scene.times, model } } : { ...scene, isFirstOfTurn: false },
  );
}

function stepScene(turn: TurnRecord, call: CallRecord, { event: step, t }: StepLine): Scene {
  const actions = tryParse(step.action);
  const decisions = call.decisions.filter(({ index = 0 }) => index === step.index);
  return {
    kind: 'step',
    title: titleOf(step, actions[0]),
    turn,
    isFirstOfTurn: true,
    call,
    step,
    decisions,
    actions,
    ...(step.frame === undefined ? {} : { after: step.frame }),
    times: { model: 0, gate: durationOf(decisions), act: step.actMs, settle: step.settle?.waitedMs ?? 0 },
    atMs: t,
  };
}

/** Long texts stand in full beside the picture. */
function titleOf({ action, description }: EventOf<'step'>, known: Action | undefined): string {
  if (action.type === 'function_call') return `call ${String(action['name'])}`;
  return known?.type === 'type' ? 'type text' : description;
}

type StepLine = CallRecord['steps'][number];

const REFUSALS = {
  deny: 'Refused',
  terminate: 'Refused; the run was ended',
  approve: 'Approved, not run',
  pause: 'Paused, not run',
} as const;

/** Whether a decision is about what did not run of a call. */
function isOfRest({ index = 0 }: EventOf<'decision'>, ran: number): boolean {
  return index >= ran;
}

function durationOf(decisions: readonly EventOf<'decision'>[]): number {
  return decisions.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

function refusedScene(turn: TurnRecord, call: CallRecord): Scene {
  const decisions = call.decisions.filter((one) => isOfRest(one, call.steps.length));
  const decision = decisions.at(-1);
  return {
    kind: 'refused-call',
    title: decision === undefined ? 'Asked for, not run' : REFUSALS[decision.decision],
    turn,
    isFirstOfTurn: true,
    call,
    decisions,
    actions: call.actions.slice(call.steps.length).flatMap(tryParse),
    times: { ...NO_TIMES, gate: durationOf(decisions) },
    atMs: turn.atMs,
  };
}

function wordsScene(turn: TurnRecord): Scene {
  const isRefusal = turn.items.some(({ type }) => type === 'refusal');
  const title = isRefusal ? 'The model refuses' : 'The model speaks';
  return {
    kind: 'words',
    title: turn.response === undefined ? 'No answer was recorded' : title,
    turn,
    isFirstOfTurn: true,
    decisions: [],
    actions: [],
    times: NO_TIMES,
    atMs: turn.atMs,
  };
}

/** The action, when it is one; a recorded action that is not valid is shown in words only. */
function tryParse(wire: unknown): readonly Action[] {
  try {
    return [parseAction(wire)];
  } catch {
    return [];
  }
}
