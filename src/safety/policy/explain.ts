import { describeAction } from '../../action/describe.ts';
import type { Action } from '../../action/action.ts';
import { judge, type Verdict } from './judge.ts';
import type { Policy } from './policy-schema.ts';
import { typedAfter, type Foreground } from './subject.ts';

/** A step of a run that was recorded. */
export interface RecordedStep {
  readonly step: number;
  readonly turn: number;
  /** An action, or a call of a tool. */
  readonly subject: Action | { readonly name: string; readonly arguments: unknown };
  /** What was in front then; absent: it was not recorded. */
  readonly foreground?: Foreground | undefined;
}

export interface Explanation {
  readonly place: { readonly step: number; readonly turn: number };
  /** The step in words. */
  readonly shown: string;
  readonly verdict: Verdict;
}

/** Which rule each step of a run would have met. */
export function explainPolicy(policy: Policy, steps: readonly RecordedStep[]): readonly Explanation[] {
  let typedBefore = '';
  return steps.map(({ step, turn, subject: done, foreground }) => {
    const place = { step, turn };
    const sight = foreground ?? 'unread';
    if (!('type' in done)) {
      const verdict = judge(policy, { kind: 'tool', ...done }, sight);
      return { place, shown: `call ${done.name}`, verdict };
    }
    const verdict = judge(policy, { kind: 'action', action: done, typedBefore }, sight);
    typedBefore = typedAfter(typedBefore, done);
    return { place, shown: describeAction(done), verdict };
  });
}
