import type { Gate, GateDecision, GateRequest } from '../../../src/safety/gate.ts';

/** Answers as it is told, and keeps what it was asked. */
export class RecordingGate implements Gate {
  readonly name = 'recording';
  readonly requests: GateRequest[] = [];
  readonly #answer: () => GateDecision;

  constructor(answer: () => GateDecision = () => ({ decision: 'approve', by: 'recording' })) {
    this.#answer = answer;
  }

  decide(request: GateRequest): Promise<GateDecision> {
    this.requests.push(request);
    return Promise.resolve().then(this.#answer);
  }
}
