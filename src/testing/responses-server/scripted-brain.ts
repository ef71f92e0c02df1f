import { invalidRequest } from './api-fault.ts';
import type { Brain, BrainReply, BrainRequest, Draft } from './brain.ts';

/** One answer: the output items, the whole reply, or decided from the request. */
export type ScriptedAnswer =
  | readonly Draft[]
  | BrainReply
  | ((request: BrainRequest) => readonly Draft[] | BrainReply | Promise<readonly Draft[] | BrainReply>);

/** Plays a list of answers; a request that it has no answer for is refused for good (400), and fails the test. */
export class ScriptedBrain implements Brain {
  /** What reached the brain, in order. */
  readonly requests: BrainRequest[] = [];
  readonly #answers: readonly ScriptedAnswer[];

  constructor(answers: readonly ScriptedAnswer[]) {
    this.#answers = answers;
  }

  async answer(request: BrainRequest): Promise<BrainReply> {
    const scripted = this.#answers[this.requests.length];
    if (scripted === undefined) {
      throw invalidRequest(`The script has no answer to request ${this.requests.length + 1}.`);
    }
    this.requests.push(request);
    const answer = typeof scripted === 'function' ? await scripted(request) : scripted;
    return 'output' in answer ? answer : { output: answer };
  }

  /** @throws Error when answers were never asked for. */
  assertFinished(): void {
    const left = this.#answers.length - this.requests.length;
    if (left > 0)
      throw new Error(`${left} of ${this.#answers.length} scripted answers were never asked for.`);
  }
}
