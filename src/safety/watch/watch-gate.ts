import type { Clock } from '../../util/clock.ts';
import { toPrintable } from '../../util/printable.ts';
import { describeReasons } from '../deny-gate.ts';
import type { Gate, GateDecision, GateRequest } from '../gate.ts';
import type { Presence } from './presence.ts';

/** The check that OpenAI's guide wants a person to watch for, rather than to answer. */
const WATCHED = 'sensitive_domain';

export interface WatchGateOptions {
  readonly presence: Presence;
  readonly output: NodeJS.WritableStream;
  readonly clock: Clock;
  /** Decides about everything else. */
  readonly ask: Gate;
  /** How long a key press counts, and how long the next one is waited for, ms. */
  readonly withinMs?: number;
  /** A person is back after a pause. */
  readonly onReturn: () => void;
}

const WITHIN_MS = 15_000;

/**
 * Watch mode: the actions of a call on a sensitive page go on only while a person is there. They press any key now
 * and then; without one the run pauses, and the next key lets it go on.
 */
export function createWatchGate(options: WatchGateOptions): Gate {
  return new WatchGate(options);
}

class WatchGate implements Gate {
  readonly name: string;
  readonly #options: WatchGateOptions;
  readonly #withinMs: number;
  #watched: string | undefined;

  constructor(options: WatchGateOptions) {
    this.#options = options;
    this.#withinMs = options.withinMs ?? WITHIN_MS;
    this.name = options.ask.name;
  }

  async decide(request: GateRequest, options: { readonly signal?: AbortSignal } = {}): Promise<GateDecision> {
    const { presence, ask } = this.#options;
    const watched = request.pendingSafetyChecks.filter(({ code }) => code === WATCHED);
    const pendingSafetyChecks = request.pendingSafetyChecks.filter(({ code }) => code !== WATCHED);
    const rest = { ...request, pendingSafetyChecks };
    if (watched.length > 0 && this.#watched !== request.callId) this.#begin(request);
    const isWatched = this.#watched === request.callId;
    if (!isWatched) presence.stop();
    if (describeReasons(rest).length > 0) {
      const decision = await presence.leaveTo(() => ask.decide(rest, options));
      if (decision.decision !== 'approve' || !isWatched) return decision;
    }
    return isWatched ? await this.#watch(options) : { decision: 'approve', by: 'default' };
  }

  #begin(request: GateRequest): void {
    this.#watched = request.callId;
    this.#options.presence.start();
    const why = describeReasons({ ...request, reasons: [] }).map((reason) => `  ! ${reason}\n`);
    this.#say(
      `\nWatch mode: press a key at least every ${this.#withinMs / 1000} s while this goes on.\n${why.join('')}`,
    );
  }

  async #watch({ signal }: { readonly signal?: AbortSignal }): Promise<GateDecision> {
    const { presence, clock, onReturn } = this.#options;
    if ((presence.sinceMs ?? Infinity) <= this.#withinMs) return { decision: 'approve', by: 'watch' };
    const seconds = this.#withinMs / 1000;
    this.#say(`Is somebody watching? Press a key within ${seconds} s.\n`);
    const key = presence.nextKey();
    const over = new AbortController();
    const silence = clock.sleep(this.#withinMs, {
      signal: signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]),
    });
    const isPresent = await Promise.race([key.then(() => true), silence.then(() => false)]).finally(() => {
      over.abort();
      silence.catch(() => undefined);
    });
    if (isPresent) return { decision: 'approve', by: 'watch' };
    this.#say('Paused, since nobody watches. Press a key to go on; Ctrl-C ends the run.\n');
    void key.then(onReturn);
    return { decision: 'pause', by: 'watch', reason: `nobody was watching for ${seconds} s` };
  }

  #say(text: string): void {
    this.#options.output.write(toPrintable(text));
  }
}
