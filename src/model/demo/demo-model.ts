import { ModelError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import { systemClock } from '../../util/clock.ts';
import type { Point, Size } from '../../util/geometry.ts';
import { LocalConversation } from '../local/local-conversation.ts';
import { parseSteps } from '../local/parse-steps.ts';
import { ScreenMemory } from '../local/screen-memory.ts';
import type { Conversation, ModelClient, Turn, TurnInput, TurnItem, Usage } from '../model-client.ts';
import { createScreenReader } from '../ocr/screen-reader.ts';
import type { ScreenReader } from '../ocr/screen-reader.ts';
import { findSnippet, toRaster } from './find-snippet.ts';

/** One step of a demo: words for whoever watches, and something to do; either may be absent. */
export interface DemoStep {
  readonly say?: string | undefined;
  /** In the words of docs/local-model.md. */
  readonly do?: string | undefined;
  /** Something to do at the place of a picture. */
  readonly picture?: PictureStep | undefined;
}

export interface PictureStep {
  /** A PNG. */
  readonly snippet: Uint8Array;
  readonly name: string;
  /** From the picture's top left corner, px. Default: its middle. */
  readonly at?: Point | undefined;
  /** The action in its wire form. */
  readonly toAction: (at: Point) => Readonly<Record<string, unknown>>;
}

export interface DemoModelOptions {
  readonly name: string;
  readonly steps: readonly DemoStep[];
  readonly clock?: Clock;
  readonly reader?: ScreenReader;
}

const NO_USAGE: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };
/** How long a picture may take to come, ms. */
const PATIENCE_MS = 10_000;

/** A model that does what a demo file says, and says its captions. The local model reads the screen for it. */
export function createDemoModel(options: DemoModelOptions): ModelClient {
  const { name, steps, clock = systemClock, reader = createScreenReader() } = options;
  return {
    provider: 'demo',
    model: name,
    tool: 'computer',
    // One memory for all steps: what a menu is, is told by what was there before it.
    start: () => new DemoConversation({ steps, memory: new ScreenMemory(reader), clock }),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

interface Parts {
  readonly steps: readonly DemoStep[];
  readonly memory: ScreenMemory;
  readonly clock: Clock;
}

interface Progress {
  readonly items: readonly TurnItem[];
  /** Whether the step needs no further look. */
  readonly isDone: boolean;
}

class DemoConversation implements Conversation {
  readonly #parts: Parts;
  #index = 0;
  #turns = 0;
  #isAnnounced = false;
  #inner: Conversation | undefined;
  #actedAtMs: number | undefined;
  #lookingSinceMs: number | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async respond(input: TurnInput, options: { readonly signal?: AbortSignal } = {}): Promise<Turn> {
    const items: TurnItem[] = [];
    let fresh = input;
    for (let step = this.#step; step !== undefined; step = this.#step) {
      if (!this.#isAnnounced && step.say !== undefined) items.push({ type: 'message', text: step.say });
      this.#isAnnounced = true;
      const progress = await this.#take(step, fresh, options);
      items.push(...progress.items);
      if (!progress.isDone) return this.#toTurn(items);
      this.#next();
      // The results were those of the step that is done.
      fresh = { results: [], notes: [], screenshot: input.screenshot };
    }
    const isSaid = items.some(({ type }) => type === 'message');
    return this.#toTurn(isSaid ? items : [...items, { type: 'message', text: 'The demo is over.' }]);
  }

  get #step(): DemoStep | undefined {
    return this.#parts.steps[this.#index];
  }

  #next(): void {
    this.#index += 1;
    this.#isAnnounced = false;
    this.#inner = undefined;
    this.#actedAtMs = undefined;
    this.#lookingSinceMs = undefined;
  }

  async #take(
    step: DemoStep,
    input: TurnInput,
    options: { readonly signal?: AbortSignal },
  ): Promise<Progress> {
    if (step.picture !== undefined) return await this.#actOn(step.picture, input);
    if (step.do === undefined) return { items: [], isDone: true };
    this.#inner ??= this.#startStep(step.do);
    const { items } = await this.#inner.respond(input, options);
    const calls = items.some(({ type }) => type === 'computer_call');
    return { items: items.filter(({ type }) => type !== 'message'), isDone: !calls };
  }

  #startStep(deed: string): Conversation {
    const { clock, memory } = this.#parts;
    const name = `demo-step-${this.#index + 1}`;
    return new LocalConversation({ steps: parseSteps(deed), memory, clock, name });
  }

  async #actOn(
    { snippet, name, at, toAction }: PictureStep,
    { screenshot, notes }: TurnInput,
  ): Promise<Progress> {
    if (this.#actedAtMs !== undefined) {
      if (notes.length > 0) throw this.#failed(`it was not done: ${notes.join(' ')}`);
      return { items: [], isDone: true };
    }
    const nowMs = this.#parts.clock.now();
    this.#lookingSinceMs ??= nowMs;
    const picture = await toRaster(snippet);
    const middle = findSnippet(await toRaster(screenshot.png), picture);
    if (middle === undefined) {
      if (nowMs - this.#lookingSinceMs > PATIENCE_MS) throw this.#failed(`${name} is not on the screen`);
      return { items: [this.#call({ type: 'wait' })], isDone: false };
    }
    this.#actedAtMs = nowMs;
    return { items: [this.#call(toAction(pointOn(picture, middle, at)))], isDone: false };
  }

  #call(action: Readonly<Record<string, unknown>>): TurnItem {
    const callId = `demo-call-${this.#turns + 1}`;
    return { type: 'computer_call', callId, status: 'completed', actions: [action], pendingSafetyChecks: [] };
  }

  #failed(why: string): ModelError {
    return new ModelError('model-step-failed', `Step ${this.#index + 1} of the demo: ${why}.`);
  }

  #toTurn(items: readonly TurnItem[]): Turn {
    this.#turns += 1;
    return { responseId: `demo-turn-${this.#turns}`, status: 'completed', items, usage: NO_USAGE };
  }
}

function pointOn({ width, height }: Size, middle: Point, at: Point | undefined): Point {
  if (at === undefined) return middle;
  return { x: middle.x - Math.floor(width / 2) + at.x, y: middle.y - Math.floor(height / 2) + at.y };
}
