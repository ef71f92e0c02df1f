import type { Gate, GateDecision, GateRequest } from './gate.ts';

/** Why somebody has to decide, in words: what the checks and the rules say. None: nobody has to. */
export function describeReasons({ pendingSafetyChecks, reasons = [] }: GateRequest): readonly string[] {
  const checks = pendingSafetyChecks.map(
    ({ code, message }) => `${code ?? 'unnamed check'}: ${message ?? 'no explanation'}`,
  );
  return [...checks, ...reasons];
}

/** For runs that nobody watches: what a check or a rule singles out does not run, everything else does. */
export function createDenyGate(): Gate {
  return {
    name: 'deny',
    decide(request): Promise<GateDecision> {
      const reasons = describeReasons(request);
      if (reasons.length === 0) return Promise.resolve({ decision: 'approve', by: 'default' });
      return Promise.resolve({
        decision: 'deny',
        by: 'deny',
        reason: `nobody is there to approve it (${reasons.join('; ')})`,
      });
    },
  };
}
