import { executeAction } from '../agent/executor.ts';
import type { Display } from '../display/display.ts';
import { InputError, isDeskhandError } from '../errors.ts';
import type { TaskSecrets } from '../safety/task-secrets.ts';
import type { Clock } from '../util/clock.ts';
import type { Rect } from '../util/geometry.ts';
import { decode } from './pictures.ts';
import type { Picture } from './pictures.ts';
import type { PlannedStep, RecordedCall, ReplayPlan } from './replay-plan.ts';
import { ScreenWatch } from './screen-watch.ts';
import type { Sighting } from './screen-watch.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface ReplayOptions extends Cancellable {
  readonly display: Display;
  readonly clock: Clock;
  /** The PNG of a frame. @throws StorageError read-failed */
  readonly readFrame: (sha256: string) => Promise<Buffer>;
  /** First and last step that count; those before are only a way to get there. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Pace as a multiple of the recording's own. Default: as fast as the screens come. */
  readonly speed?: number | undefined;
  /** How long each screen is waited for, ms. */
  readonly patienceMs: number;
  /** Parts of the screen that are not compared, px. */
  readonly ignore?: readonly Rect[] | undefined;
  /** What steps type by name. */
  readonly secrets?: TaskSecrets | undefined;
  /** Does a call of a function again. Absent: a run with one cannot be replayed. */
  readonly callFunction?: (call: RecordedCall) => Promise<void>;
  /** Before each step that counts, when its screen is there; a debugger waits here. */
  readonly before?: (step: PlannedStep) => Promise<void>;
  readonly onFrame?: (place: Place, likeness: Sighting['likeness'] | 'missing') => void;
}

/** Where in a run: before a step, or after the last one. */
export type Place = { readonly before: PlannedStep } | { readonly after: 'last' };

export interface FrameCounts {
  readonly identical: number;
  /** What differs is ignored, or too little for an eye. */
  readonly alike: number;
  readonly different: number;
  /** Frames that the recording no longer has. */
  readonly missing: number;
}

export interface Divergence {
  readonly place: Place;
  readonly expected: Picture;
  readonly expectedPng: Buffer;
  readonly sighting: Sighting;
  readonly ignored: Uint8Array;
}

export interface ReplayResult {
  readonly outcome: 'same' | 'diverged';
  readonly frames: FrameCounts;
  readonly steps: number;
  readonly durationMs: number;
  readonly divergence?: Divergence;
}

/** The actions of a recording, done again on a fresh desktop; each waits until the screen is the recorded one. */
class Replay {
  readonly #plan: ReplayPlan;
  readonly #options: ReplayOptions;
  readonly #watch: ScreenWatch;
  readonly #counts = { identical: 0, alike: 0, different: 0, missing: 0 };
  readonly #startedAtMs: number;
  #steps = 0;

  constructor(plan: ReplayPlan, options: ReplayOptions) {
    const { clock, display, ignore = [], patienceMs } = options;
    this.#plan = plan;
    this.#options = options;
    this.#watch = new ScreenWatch({ display, clock, patienceMs, ignore });
    this.#startedAtMs = clock.now();
  }

  async run(): Promise<ReplayResult> {
    const { from = 1, to = Infinity } = this.#options;
    const steps = this.#plan.steps.filter(({ step }) => step <= to);
    for (const step of steps) {
      const counts = step.step >= from;
      const divergence = await this.#checkBefore(step, counts);
      if (divergence !== undefined) return this.#result(divergence);
      if (counts) await this.#pace(step);
      if (counts) await this.#options.before?.(step);
      await this.#act(step);
    }
    const next = this.#plan.steps[steps.length];
    const isPassing = next !== undefined && isPassive(next);
    if (isPassing) return this.#result(undefined);
    return this.#result(await this.#check(next?.before ?? this.#plan.last, { after: 'last' }, true));
  }

  /**
   * A screen that was only looked at may have been one that passed, such as a window half drawn: what counts is what an
   * input was done on.
   */
  async #checkBefore(step: PlannedStep, counts: boolean): Promise<Divergence | undefined> {
    if (isPassive(step)) return undefined;
    return await this.#check(step.before, { before: step }, counts);
  }

  /** The divergence, if there is one. A frame that is lost cannot be compared: the screen has settled, and that is all. */
  async #check(sha256: string, place: Place, counts: boolean): Promise<Divergence | undefined> {
    const { onFrame, readFrame, signal } = this.#options;
    const expectedPng = await readFrame(sha256).catch((error: unknown) => {
      if (isDeskhandError(error)) return undefined;
      throw error;
    });
    if (expectedPng === undefined) {
      if (counts) this.#counts.missing += 1;
      onFrame?.(place, 'missing');
      return undefined;
    }
    const expected = await decode(expectedPng);
    const sighting = await this.#watch.waitFor(expected, { signal });
    if (counts || sighting.likeness === 'different') this.#counts[sighting.likeness] += 1;
    onFrame?.(place, sighting.likeness);
    if (sighting.likeness !== 'different') return undefined;
    return { place, expected, expectedPng, sighting, ignored: this.#watch.ignored };
  }

  async #pace({ atMs }: PlannedStep): Promise<void> {
    const { clock, speed, signal } = this.#options;
    if (speed === undefined) return;
    const leftMs = this.#startedAtMs + atMs / speed - clock.now();
    if (leftMs > 0) await clock.sleep(leftMs, { signal });
  }

  async #act(step: PlannedStep): Promise<void> {
    const { display, signal } = this.#options;
    this.#steps += 1;
    // A pause was the model's way to wait for what the next frame shows; that is waited for anyway.
    if (isPassive(step)) return;
    await this.#do(step).catch(async (error: unknown) => {
      if (!step.hasFailed || !isDeskhandError(error) || error.code === 'cancelled') throw error;
      await display.releaseAll();
    });
    await display.settle({ signal });
  }

  async #do({ step, action }: PlannedStep): Promise<void> {
    const { callFunction, clock, display, secrets, signal } = this.#options;
    if (action.type !== 'function_call')
      return await executeAction(action, display, { clock, secrets, signal });
    if (callFunction !== undefined) return await callFunction(action);
    throw new InputError(
      'invalid-file',
      `Step ${step} called the function ${action.name}, which cannot be replayed here.`,
    );
  }

  #result(divergence: Divergence | undefined): ReplayResult {
    return {
      outcome: divergence === undefined ? 'same' : 'diverged',
      frames: { ...this.#counts },
      steps: this.#steps,
      durationMs: this.#options.clock.now() - this.#startedAtMs,
      ...(divergence === undefined ? {} : { divergence }),
    };
  }
}

function isPassive({ action }: PlannedStep): boolean {
  return action.type === 'wait' || action.type === 'screenshot';
}

/** Replays on a desktop that is prepared as the recorded one was. @throws DisplayError, ActionError, CancelledError */
export async function replayRun(plan: ReplayPlan, options: ReplayOptions): Promise<ReplayResult> {
  return await new Replay(plan, options).run();
}
