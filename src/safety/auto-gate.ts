import type { Gate, GateDecision } from './gate.ts';

/** Approves everything, safety checks too, and nobody looks. Only for who has accepted that in so many words. */
export function createAutoGate(): Gate {
  return {
    name: 'auto',
    decide: (): Promise<GateDecision> => Promise.resolve({ decision: 'approve', by: 'auto' }),
  };
}
