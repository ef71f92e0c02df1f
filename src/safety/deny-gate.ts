import type { Gate, GateDecision, GateRequest } from './gate.ts';

/** The checks of a request in words, one line each. */
export function describeChecks({ pendingSafetyChecks }: GateRequest): readonly string[] {
  return pendingSafetyChecks.map(
    ({ code, message }) => `${code ?? 'unnamed check'}: ${message ?? 'no explanation'}`,
  );
}

/** For runs that nobody watches: what a check singles out does not run, everything else does. */
export function createDenyGate(): Gate {
  return {
    name: 'deny',
    decide(request): Promise<GateDecision> {
      if (request.pendingSafetyChecks.length === 0)
        return Promise.resolve({ decision: 'approve', by: 'default' });
      return Promise.resolve({
        decision: 'deny',
        by: 'deny',
        reason: `nobody is there to approve it (${describeChecks(request).join('; ')})`,
      });
    },
  };
}
