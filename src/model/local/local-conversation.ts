import { CancelledError, InternalError, ModelError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { Point } from '../../util/geometry.ts';
import type { Conversation, Turn, TurnInput, TurnItem, Usage } from '../model-client.ts';
import { nearestLabel } from '../ocr/find-label.ts';
import type { WireAction } from './decision.ts';
import type { Missing } from './locate-target.ts';
import type { ScreenMemory, SeenScreen } from './screen-memory.ts';
import { toWaits } from './step-actions.ts';
import { StepRunner } from './step-runner.ts';
import type { Step } from './steps.ts';
import { listLabels } from './wording.ts';

/** No token is counted: there are none. */
const NO_USAGE: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };

export interface LocalConversationOptions {
  /** At least one. */
  readonly steps: readonly Step[];
  readonly memory: ScreenMemory;
  readonly clock: Clock;
  /** Distinguishes the ids of this conversation from those of others. */
  readonly name: string;
}

function pointOf(action: WireAction | undefined): Point | undefined {
  const path: unknown = action?.['path'];
  const end: unknown = Array.isArray(path) ? path.at(-1) : action;
  if (typeof end !== 'object' || end === null || !('x' in end) || !('y' in end)) return undefined;
  return typeof end.x === 'number' && typeof end.y === 'number' ? { x: end.x, y: end.y } : undefined;
}

/** Takes the steps of one instruction in order, looking at the newest screenshot before each of them. */
export class LocalConversation implements Conversation {
  readonly #options: LocalConversationOptions;
  /** Steps after which nothing on the screen had changed. */
  readonly #withoutEffect: number[] = [];
  #index = 0;
  #runner: StepRunner | undefined;
  #pointer: Point | undefined;
  #turns = 0;
  #isBusy = false;

  constructor(options: LocalConversationOptions) {
    this.#options = options;
  }

  async respond(input: TurnInput, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Turn> {
    if (this.#isBusy) throw new InternalError('internal', 'A conversation takes one request at a time.');
    if (signal?.aborted) throw new CancelledError('cancelled', 'Cancelled.', { cause: signal.reason });
    this.#isBusy = true;
    try {
      this.#refuseFailures(input);
      const screen = await this.#options.memory.look(input.screenshot, signal);
      return this.#toTurn(this.#continue(screen));
    } finally {
      this.#isBusy = false;
    }
  }

  /** Another way round what failed or was denied is not to be found in a list of steps. */
  #refuseFailures({ results, notes }: TurnInput): void {
    const refused = results.some(({ outcome }) => outcome === 'refused');
    if (!refused && notes.length === 0) return;
    const why = notes.join(' ') || 'its computer call was not run.';
    throw this.#stepFailed(`${this.#nameStep()} was not done: ${why}`, { refused });
  }

  /** Goes on through steps that need no action until one does, or all are done. */
  #continue(screen: SeenScreen): readonly TurnItem[] {
    const said: string[] = [];
    const { clock, steps } = this.#options;
    for (let step = steps[this.#index]; step; step = steps[this.#index]) {
      this.#runner ??= new StepRunner(step, { clock, pointer: this.#pointer });
      const decision = this.#runner.next(screen);
      if (decision.kind === 'fail') throw this.#missing(decision.missing, screen);
      const isSilent = decision.say === '';
      if (!isSilent) said.push(`Step ${this.#index + 1} of ${steps.length}, ${step.text}: ${decision.say}`);
      if (decision.kind === 'act') return this.#act(said, decision.actions);
      if (decision.kind === 'wait') return this.#act(said, toWaits(decision.turns));
      if (!decision.hadEffect) this.#withoutEffect.push(this.#index + 1);
      this.#index++;
      this.#runner = undefined;
    }
    return [...toReasoning(said), { type: 'message', text: this.#summarise(screen) }];
  }

  #act(said: readonly string[], actions: readonly WireAction[]): readonly TurnItem[] {
    const callId = `${this.#options.name}-call-${this.#turns + 1}`;
    this.#pointer = actions.reduce<Point | undefined>((at, action) => pointOf(action) ?? at, this.#pointer);
    return [
      ...toReasoning(said),
      { type: 'computer_call', callId, status: 'completed', actions, pendingSafetyChecks: [] },
    ];
  }

  #toTurn(items: readonly TurnItem[]): Turn {
    const responseId = `${this.#options.name}-turn-${++this.#turns}`;
    return { responseId, status: 'completed', items, usage: NO_USAGE };
  }

  #summarise(screen: SeenScreen): string {
    const count = this.#options.steps.length;
    const quiet = this.#withoutEffect
      .map((number) => `step ${number} (${this.#textOf(number - 1)})`)
      .join(', ');
    return [
      `Done: ${count} ${count === 1 ? 'step' : 'steps'}.`,
      ...(quiet === '' ? [] : [`Nothing that I could see changed after ${quiet}.`]),
      `On the screen now: ${listLabels(screen)}.`,
    ].join(' ');
  }

  #textOf(index: number): string {
    return this.#options.steps[index]?.text ?? '';
  }

  #nameStep(): string {
    return `Step ${this.#index + 1} of ${this.#options.steps.length} (${this.#textOf(this.#index)})`;
  }

  #missing({ label, why }: Missing, screen: SeenScreen): ModelError {
    const nearest = nearestLabel(screen.lines, label);
    const message = [
      `${this.#nameStep()} failed: "${label}": ${why}.`,
      ...(nearest === undefined || nearest === label ? [] : [`The nearest text is "${nearest}".`]),
      `On the screen: ${listLabels(screen)}.`,
    ].join(' ');
    return this.#stepFailed(message, { visible: screen.lines.map(({ text }) => text), nearest });
  }

  #stepFailed(message: string, details: Readonly<Record<string, unknown>>): ModelError {
    const step = this.#options.steps[this.#index];
    return new ModelError('model-step-failed', message, {
      details: { step: { number: this.#index + 1, line: step?.line, text: step?.text }, ...details },
      hint: 'Correct the step, or put "wait until ... is visible" before it; quote the label as it stands on the screen.',
    });
  }
}

function toReasoning(said: readonly string[]): readonly TurnItem[] {
  return said.length === 0 ? [] : [{ type: 'reasoning', summary: said.join('\n') }];
}
