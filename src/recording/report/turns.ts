import { z } from 'zod';
import type { EventOf, TrajectoryLine } from '../trajectory.ts';

type Timed<E> = { readonly event: E; readonly t: number };

export interface CallRecord {
  readonly callId: string;
  /** In wire form, as the model gave them; a function call is one. */
  readonly actions: readonly unknown[];
  /** In order: with the first action, then for each later one that a rule singled out. */
  readonly decisions: readonly EventOf<'decision'>[];
  readonly steps: readonly Timed<EventOf<'step'>>[];
}

/** Everything that belongs to one request to the model. */
export interface TurnRecord {
  readonly number: number;
  readonly atMs: number;
  readonly request: EventOf<'request'>;
  readonly response: EventOf<'response'> | undefined;
  readonly items: readonly ModelItem[];
  readonly calls: readonly CallRecord[];
}

/** What the report shows of a model's items; whatever else there is counts as `other`. */
const modelItem = z.union([
  z.object({ type: z.enum(['message', 'refusal']), text: z.string() }),
  z.object({ type: z.literal('reasoning'), summary: z.string() }),
  z.object({ type: z.literal('computer_call'), callId: z.string(), actions: z.array(z.unknown()) }),
  z.object({
    type: z.literal('function_call'),
    callId: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.object({ type: z.string() }).transform(({ type }) => ({ type: 'other' as const, name: type })),
]);

export type ModelItem = z.infer<typeof modelItem>;

/** Gathers the events of each turn. Events of a turn whose request is lost are left out. */
export function collectTurns(lines: readonly TrajectoryLine[]): readonly TurnRecord[] {
  return lines.flatMap(({ event, t }) => (event.type === 'request' ? [toTurn(event, t, lines)] : []));
}

function toTurn(request: EventOf<'request'>, atMs: number, lines: readonly TrajectoryLine[]): TurnRecord {
  const number = request.turn;
  const own = lines.filter(({ event }) => 'turn' in event && event.turn === number);
  const response = own.map(({ event }) => event).find((event) => event.type === 'response');
  const items = (response?.items ?? []).map((item) => modelItem.parse(item));
  return { number, atMs, request, response, items, calls: toCalls(items, own) };
}

function toCalls(items: readonly ModelItem[], own: readonly TrajectoryLine[]): readonly CallRecord[] {
  const steps = own.flatMap(({ event, t }) => (event.type === 'step' ? [{ event, t }] : []));
  const decisions = own.flatMap(({ event }) => (event.type === 'decision' ? [event] : []));
  return items.flatMap((item) => {
    if (item.type !== 'computer_call' && item.type !== 'function_call') return [];
    const { callId } = item;
    const actions = item.type === 'computer_call' ? item.actions : [item];
    return [
      {
        callId,
        actions,
        decisions: decisions.filter((decision) => decision.callId === callId),
        steps: steps.filter(({ event }) => event.callId === callId),
      },
    ];
  });
}
