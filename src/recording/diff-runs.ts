import { isDeepStrictEqual } from 'node:util';
import type { TrajectoryReading } from './reader.ts';
import type { EventOf } from './trajectory.ts';

/** What a run said and did at one place, without times and ids. */
interface Moment {
  readonly kind: 'screen' | 'reasoning' | 'message' | 'action' | 'decision' | 'check' | 'end';
  readonly place: string;
  readonly text: string;
  /** Compared in place of the text. */
  readonly value: unknown;
  readonly frame?: string | undefined;
}

export interface Parting {
  /** What they differ in first. */
  readonly kind: Moment['kind'];
  /** Absent where that run had ended. */
  readonly first?: Moment | undefined;
  readonly second?: Moment | undefined;
}

export interface RunDiff {
  /** Moments that are the same before they part. */
  readonly shared: number;
  readonly parting: Parting | undefined;
  /** What of how they were started differs: `model`, `image`, `settings.display`, … */
  readonly settings: readonly { readonly name: string; readonly first: string; readonly second: string }[];
}

/**
 * Where two runs part ways: the first screen, words, action, decision or check that is not the same. Screens are the
 * same when their pixels are; what an action did is seen in the screen after it.
 */
export function diffRuns(first: TrajectoryReading, second: TrajectoryReading): RunDiff {
  const [one, other] = [momentsOf(first), momentsOf(second)];
  const longest = Math.max(one.length, other.length);
  let shared = 0;
  while (shared < longest && isSame(one[shared], other[shared])) shared += 1;
  const [a, b] = [one[shared], other[shared]];
  const kind = (a ?? b)?.kind;
  return {
    shared,
    parting: kind === undefined ? undefined : { kind, first: a, second: b },
    settings: diffSettings(first, second),
  };
}

function isSame(first: Moment | undefined, second: Moment | undefined): boolean {
  if (first === undefined || second === undefined) return false;
  return first.kind === second.kind && isDeepStrictEqual(first.value, second.value);
}

function momentsOf({ lines }: TrajectoryReading): readonly Moment[] {
  return lines.flatMap(({ event }): readonly Moment[] => {
    switch (event.type) {
      case 'sandbox-ready':
        return [screen('the first screen', event.frame)];
      case 'request':
        return [screen(`turn ${event.turn}: the screen that the model is shown`, event.frame)];
      case 'response':
        return event.items.flatMap((item) => wordsOf(item, `turn ${event.turn}`));
      case 'decision':
        return [decisionOf(event)];
      case 'step':
        return stepOf(event);
      case 'check':
        return [toMoment('check', `check "${event.name}"`, event.result)];
      case 'run-finished':
        return [toMoment('end', 'the end', `${event.outcome}, ${event.verification}`)];
      case 'run-started':
      case 'run-resumed':
      case 'prepared':
      case 'warning':
        return [];
    }
  });
}

function toMoment(kind: Moment['kind'], place: string, text: string, value: unknown = text): Moment {
  return { kind, place, text, value };
}

function screen(place: string, frame: string | undefined): Moment {
  return { ...toMoment('screen', place, frame ?? 'no screen'), frame };
}

function decisionOf({ turn, decision, by, reason }: EventOf<'decision'>): Moment {
  const why = reason === undefined ? '' : `: ${reason}`;
  return toMoment('decision', `turn ${turn}: the gate`, `${decision} by ${by}${why}`, decision);
}

function stepOf({ step, action, description, error, frame }: EventOf<'step'>): readonly Moment[] {
  const what = error === undefined ? description : `${description} (failed: ${error.message})`;
  const place = `step ${step}`;
  return [
    toMoment('action', place, what, { action, failed: error !== undefined }),
    screen(`${place}: the screen afterwards`, frame),
  ];
}

function wordsOf(item: EventOf<'response'>['items'][number], place: string): readonly Moment[] {
  const { type, text, summary } = item;
  if (type === 'reasoning' && typeof summary === 'string') return [toMoment('reasoning', place, summary)];
  return typeof text === 'string' ? [toMoment('message', place, text)] : [];
}

function diffSettings(first: TrajectoryReading, second: TrajectoryReading): RunDiff['settings'] {
  const [one, other] = [settingsOf(first), settingsOf(second)];
  const names = [...new Set([...one.keys(), ...other.keys()])];
  return names
    .map((name) => ({ name, first: one.get(name) ?? '-', second: other.get(name) ?? '-' }))
    .filter(({ first: a, second: b }) => a !== b);
}

function settingsOf({ lines, start }: TrajectoryReading): ReadonlyMap<string, string> {
  const sandbox = lines.map(({ event }) => event).find((event) => event.type === 'sandbox-ready');
  if (start === undefined) return new Map();
  const { model, display, gate, task, settings, versions } = start;
  return new Map([
    ['instruction', task.instruction],
    ['model', `${model.provider}:${model.name} (${model.tool})`],
    ['display', `${display.width}x${display.height}`],
    ['gate', gate],
    ['image', sandbox?.image.id ?? '-'],
    ['clock', sandbox?.clock ?? '-'],
    ...Object.entries(versions).map(([name, value]): [string, string] => [`version of ${name}`, value]),
    ...Object.entries(settings)
      .filter(([name]) => name.startsWith('settle.') || name.startsWith('sandbox.'))
      .map(([name, value]): [string, string] => [name, value]),
  ]);
}
