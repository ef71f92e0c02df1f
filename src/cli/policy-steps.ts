import { parseAction } from '../action/parse.ts';
import type { EventOf, TrajectoryLine } from '../recording/trajectory.ts';
import type { RecordedStep } from '../safety/policy/explain.ts';

/** The steps of a recorded run, as a policy is asked about them, with what was in front where the gate noted it. */
export function stepsOf(lines: readonly TrajectoryLine[]): readonly RecordedStep[] {
  const decisions = lines.flatMap(({ event }) => (event.type === 'decision' ? [event] : []));
  return lines.flatMap(({ event }): readonly RecordedStep[] => {
    if (event.type !== 'step') return [];
    const { step, turn, action } = event;
    const place = { step, turn, foreground: foregroundOf(event, decisions) };
    if (action.type !== 'function_call') return [{ ...place, subject: parseAction(action) }];
    return [{ ...place, subject: { name: String(action['name']), arguments: action['arguments'] } }];
  });
}

function foregroundOf(
  { turn, callId, index }: EventOf<'step'>,
  decisions: readonly EventOf<'decision'>[],
): RecordedStep['foreground'] {
  return decisions.findLast((one) => one.turn === turn && one.callId === callId && (one.index ?? 0) === index)
    ?.foreground;
}
