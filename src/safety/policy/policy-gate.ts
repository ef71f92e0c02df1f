import type { Gate, GateDecision, GateRequest } from '../gate.ts';
import { judge, type Sight, type Verdict } from './judge.ts';
import type { Policy, PolicyRule } from './policy-schema.ts';
import { typedAfter, type PolicySubject } from './subject.ts';

interface Cancellable {
  readonly signal?: AbortSignal;
}

export interface PolicyGateOptions {
  readonly policy: Policy;
  /** Decides what the policy asks about and what a safety check singles out. */
  readonly ask: Gate;
}

/** How a verdict was come by, for the records. */
interface Basis {
  readonly by: string;
  readonly rule?: string;
  readonly foreground?: Exclude<Sight, string>;
}

/** Holds a run to a policy, action by action. One for each run: it remembers what was typed in a row. */
export function createPolicyGate({ policy, ask }: PolicyGateOptions): Gate {
  let typedBefore = '';
  return {
    name: 'policy',
    async decide(request, options = {}) {
      const subject = toSubject(request, typedBefore);
      if (subject === undefined) {
        return { decision: 'deny', by: 'policy', reason: 'there is nothing to decide about' };
      }
      const { verdict, sight } = await weigh(policy, subject, request, options);
      const decision = await follow(verdict, sight, { ask, request, options });
      if (decision.decision === 'approve' && subject.kind === 'action') {
        typedBefore = typedAfter(typedBefore, subject.action);
      }
      return decision;
    },
  };
}

function toSubject(
  { actions, next, functionCall }: GateRequest,
  typedBefore: string,
): PolicySubject | undefined {
  if (functionCall !== undefined) return { kind: 'tool', ...functionCall };
  const action = actions[next];
  return action && { kind: 'action', action, typedBefore };
}

/** The desktop is asked only where a rule before the one that matches needs it. */
async function weigh(
  policy: Policy,
  subject: PolicySubject,
  { desktop }: GateRequest,
  { signal }: Cancellable,
): Promise<{ readonly verdict: Verdict; readonly sight: Sight }> {
  const blind = judge(policy, subject, 'unread');
  if (blind.open.length === 0) return { verdict: blind, sight: 'unread' };
  const sight = await look(desktop, signal);
  return { verdict: judge(policy, subject, sight), sight };
}

async function look(desktop: GateRequest['desktop'], signal: AbortSignal | undefined): Promise<Sight> {
  if (desktop === undefined) return 'unreadable';
  try {
    return await desktop.foreground({ signal });
  } catch (error) {
    signal?.throwIfAborted();
    // Why it did not tell changes nothing: a rule that restricts holds.
    if (error instanceof Error) return 'unreadable';
    throw error;
  }
}

async function follow(
  { effect, rule }: Verdict,
  sight: Sight,
  asking: { readonly ask: Gate; readonly request: GateRequest; readonly options: Cancellable },
): Promise<GateDecision> {
  const basis: Basis = {
    by: rule === undefined ? 'default' : 'policy',
    ...(rule === undefined ? {} : { rule: rule.name }),
    ...(typeof sight === 'string' ? {} : { foreground: sight }),
  };
  const { ask, request, options } = asking;
  switch (effect) {
    case 'deny':
    case 'terminate':
      return { ...basis, by: 'policy', decision: effect, reason: reasonOf(rule, sight) };
    case 'ask':
      return { ...basis, ...(await ask.decide({ ...request, reasons: [reasonOf(rule, sight)] }, options)) };
    case 'allow':
      // A rule allows an action; it does not answer a safety check.
      if (request.pendingSafetyChecks.length === 0) return { ...basis, decision: 'approve' };
      return { ...basis, ...(await ask.decide(request, options)) };
  }
}

function reasonOf(rule: PolicyRule | undefined, sight: Sight): string {
  if (rule === undefined) return 'the policy says so where no rule matches';
  const why = rule.why === undefined ? `the rule ${rule.name} of the policy` : `${rule.name}: ${rule.why}`;
  const needsDesktop = rule.when.url !== undefined || rule.when.application !== undefined;
  return sight === 'unreadable' && needsDesktop ? `${why} (the desktop did not tell what is in front)` : why;
}
