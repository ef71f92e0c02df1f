import type { Clock } from '../../util/clock.ts';
import type { Point } from '../../util/geometry.ts';
import { containsText } from '../ocr/find-label.ts';
import type { Decision, WireAction } from './decision.ts';
import { type Located, type Missing, type Place, isPlace, locateTarget } from './locate-target.ts';
import type { SeenScreen } from './screen-memory.ts';
import {
  middleOfText,
  offsetFrom,
  toClearing,
  toClick,
  toDrag,
  toMove,
  toPresses,
  toScroll,
  toTyping,
} from './step-actions.ts';
import type { Command, Step, Target } from './steps.ts';
import { describePlace } from './wording.ts';

type CommandOf<K extends Command['kind']> = Extract<Command, { kind: K }>;

/** How long a target may take to come, ms. */
const FIND_PATIENCE_MS = 10_000;
/** How long `wait until` waits where nothing is said, ms. */
const WAIT_PATIENCE_MS = 30_000;
/** However slow each look is, so many are taken before a step fails. */
const LEAST_LOOKS = 4;
/** Waits for an input to show, before the step goes on without. */
const EFFECT_WAITS: Readonly<Record<Command['kind'], number>> = {
  click: 2,
  drag: 2,
  type: 1,
  clear: 1,
  press: 1,
  scroll: 1,
  hover: 0,
  look: 0,
  wait: 0,
  'wait-until': 0,
  check: 0,
};
/** A list that goes on for ever is given up. */
const MOST_SCROLLS = 200;

export interface StepContext {
  readonly clock: Clock;
  /** Where the pointer was left, if it was moved at all. */
  readonly pointer: Point | undefined;
}

/** Takes one step: each look at the screen leads to a decision, until one is `done` or `fail`. No input is repeated. */
export class StepRunner {
  readonly #command: Command;
  readonly #clock: Clock;
  readonly #pointer: Point | undefined;
  readonly #startedMs: number;
  #looks = 0;
  #waits = 0;
  #inputs = 0;
  /** The screen before the last input; undefined while none is under way. */
  #before: string | undefined;
  #effectWaits = 0;
  #wheel: Point | undefined;

  constructor({ command }: Step, { clock, pointer }: StepContext) {
    this.#command = command;
    this.#clock = clock;
    this.#pointer = pointer;
    this.#startedMs = clock.now();
  }

  next(screen: SeenScreen): Decision {
    this.#looks++;
    return this.#before === undefined ? this.#begin(screen) : this.#afterInput(screen);
  }

  #begin(screen: SeenScreen): Decision {
    const command = this.#command;
    switch (command.kind) {
      case 'click':
        return this.#at(screen, command.target, (place) => [toClick(command, place)]);
      case 'hover':
        return this.#at(screen, command.target, (place) => [toMove(place)]);
      case 'type':
        if (!command.field) return this.#input(screen, toTyping(command.text), 'I type.');
        return this.#at(screen, command.field, (place) => toTyping(command.text, place));
      case 'clear':
        return this.#at(screen, command.field, toClearing);
      case 'press':
        return this.#input(screen, toPresses(command), 'I press it.');
      case 'scroll':
        return this.#scroll(screen, command);
      case 'drag':
        return this.#drag(screen, command);
      case 'wait-until':
        return this.#waitUntil(screen, command);
      case 'wait':
        return this.#wait(command);
      case 'check':
        return this.#check(screen, command);
      case 'look':
        return this.#input(screen, [{ type: 'screenshot' }], 'I look.');
    }
  }

  #input(screen: SeenScreen, actions: readonly WireAction[], say: string): Decision {
    this.#before = screen.sha256;
    this.#effectWaits = 0;
    this.#inputs++;
    return { kind: 'act', actions, say };
  }

  #afterInput(screen: SeenScreen): Decision {
    const hadEffect = screen.sha256 !== this.#before;
    if (!hadEffect && this.#effectWaits < EFFECT_WAITS[this.#command.kind]) {
      this.#effectWaits++;
      return { kind: 'wait', turns: 1, say: 'Nothing has changed yet; I do not repeat it, I look again.' };
    }
    const command = this.#command;
    if (command.kind === 'scroll' && command.until !== undefined) {
      return this.#scrollOn(screen, command, hadEffect);
    }
    return { kind: 'done', hadEffect, say: hadEffect ? '' : 'Nothing that I can see has changed.' };
  }

  #isPatient(patienceMs: number): boolean {
    return this.#looks < LEAST_LOOKS || this.#clock.now() - this.#startedMs < patienceMs;
  }

  #again(say: string): Decision {
    this.#waits++;
    // One wait is a second: short ones first, since most things come at once.
    return { kind: 'wait', turns: this.#waits <= 2 ? 1 : 2, say };
  }

  #retry(missing: Missing): Decision {
    if (!this.#isPatient(FIND_PATIENCE_MS)) return { kind: 'fail', missing };
    return this.#again(`I do not find "${missing.label}": ${missing.why}. I wait and look again.`);
  }

  /** A weak fit may be another text while the right one is still to come: it counts from the second look on. */
  #locate(screen: SeenScreen, target: Target): Located {
    const located = locateTarget(screen, target);
    const fit = isPlace(located) ? located.match?.fit : undefined;
    const isWeak = fit === 'similar' || fit === 'part' || fit === 'look-alike';
    if (!isWeak || this.#looks > 1 || target.kind === 'empty') return located;
    return {
      label: target.label,
      why: `so far there is only "${isPlace(located) ? located.match?.text : ''}"`,
    };
  }

  #at(screen: SeenScreen, target: Target, toActions: (place: Place) => readonly WireAction[]): Decision {
    const located = this.#locate(screen, target);
    if (!isPlace(located)) return this.#retry(located);
    return this.#input(screen, toActions(located), describePlace(target, located));
  }

  #drag(screen: SeenScreen, { from, to, held }: CommandOf<'drag'>): Decision {
    const start = this.#locate(screen, from);
    if (!isPlace(start)) return this.#retry(start);
    if ('direction' in to) {
      const end = offsetFrom(start.point, to.direction, to.px, screen);
      return this.#input(screen, [toDrag(start.point, end, held)], describePlace(from, start));
    }
    const end = this.#locate(screen, to);
    if (!isPlace(end)) return this.#retry(end);
    const say = `${describePlace(from, start)} ${describePlace(to, end)}`;
    return this.#input(screen, [toDrag(start.point, end.point, held)], say);
  }

  #scroll(screen: SeenScreen, command: CommandOf<'scroll'>): Decision {
    const { until, over } = command;
    if (until !== undefined && containsText(screen.lines, until)) {
      return { kind: 'done', hadEffect: true, say: `"${until}" is visible.` };
    }
    const located = over && !this.#wheel ? this.#locate(screen, over) : undefined;
    if (located && !isPlace(located)) return this.#retry(located);
    // The wheel stays where it was first turned: what it was put over may scroll away.
    this.#wheel ??= located?.point ?? this.#pointer ?? middleOfText(screen);
    return this.#input(screen, [toScroll(command, this.#wheel, screen)], 'I turn the wheel.');
  }

  #scrollOn(screen: SeenScreen, command: CommandOf<'scroll'>, hadEffect: boolean): Decision {
    if (hadEffect && this.#inputs < MOST_SCROLLS) return this.#scroll(screen, command);
    const label = command.until ?? '';
    if (containsText(screen.lines, label))
      return { kind: 'done', hadEffect: true, say: `"${label}" is visible.` };
    return { kind: 'fail', missing: { label, why: 'scrolling on changes nothing' } };
  }

  #waitUntil(screen: SeenScreen, { text, isVisible, timeoutMs }: CommandOf<'wait-until'>): Decision {
    const state = isVisible ? 'visible' : 'gone';
    if (containsText(screen.lines, text) === isVisible) {
      return { kind: 'done', hadEffect: true, say: `"${text}" is ${state}.` };
    }
    const patienceMs = timeoutMs ?? WAIT_PATIENCE_MS;
    if (this.#isPatient(patienceMs)) return this.#again(`"${text}" is not ${state} yet. I wait.`);
    const why = `after ${patienceMs / 1000} s it is ${isVisible ? 'not on the screen' : 'still there'}`;
    return { kind: 'fail', missing: { label: text, why } };
  }

  #wait({ ms }: CommandOf<'wait'>): Decision {
    const leftMs = ms - (this.#clock.now() - this.#startedMs);
    if (leftMs <= 0) return { kind: 'done', hadEffect: true, say: '' };
    return { kind: 'wait', turns: Math.min(5, Math.ceil(leftMs / 1000)), say: 'I wait.' };
  }

  #check(screen: SeenScreen, { texts, isVisible }: CommandOf<'check'>): Decision {
    const failing = texts.find((text) => containsText(screen.lines, text) !== isVisible);
    if (failing === undefined) return { kind: 'done', hadEffect: true, say: 'So it is.' };
    const why = isVisible ? 'it is not on the screen' : 'it is on the screen';
    return this.#retry({ label: failing, why });
  }
}
