import type { Action } from '../action/action.ts';
import { toScenes } from '../recording/report/scenes.ts';
import type { Scene } from '../recording/report/scenes.ts';
import type { TrajectoryLine } from '../recording/trajectory.ts';
import type { Point } from '../util/geometry.ts';

/** One picture of a film, and how long it stands. */
export interface Shot {
  /** Hash of the frame. */
  readonly frame: string;
  /** Where the pointer is drawn, px. */
  readonly pointer: Point;
  readonly isPressed: boolean;
  readonly caption: string;
  readonly ms: number;
}

const START: Point = { x: 0, y: 0 };
/** A caption stands as long as it takes to read it, ms. */
const READING = { least: 1500, perCharacter: 45 } as const;
const GLIDE = { shots: 8, ms: 40 } as const;
const PRESS_MS = 240;
const AFTER_MS = 700;
const END_MS = 2000;

/** The film of a run: captions, the pointer's ways, and what came of each action. Waiting is cut out. */
export function toShots(lines: readonly TrajectoryLine[]): readonly Shot[] {
  const film = new Film();
  for (const scene of toScenes(lines)) film.add(scene);
  return film.shots;
}

class Film {
  readonly shots: Shot[] = [];
  #pointer = START;
  #caption = '';

  add(scene: Scene): void {
    const { before, after } = scene;
    if (before === undefined) return;
    this.#narrate(scene, before);
    const [action] = scene.kind === 'step' ? scene.actions : [];
    if (action !== undefined && !isPassive(action)) this.#act(action, before, after ?? before);
    if (scene.kind === 'end') this.#hold(before, END_MS);
  }

  #narrate(scene: Scene, frame: string): void {
    const words = scene.isFirstOfTurn ? wordsOf(scene) : '';
    if (words === '' || words === this.#caption) return;
    this.#caption = words;
    this.#hold(frame, Math.max(READING.least, words.length * READING.perCharacter));
  }

  #act(action: Action, before: string, after: string): void {
    for (const to of pointsOf(action)) {
      this.#glide(to, before);
      this.#hold(before, PRESS_MS, action.type !== 'move');
    }
    this.#hold(after, AFTER_MS);
  }

  #glide(to: Point, frame: string): void {
    const from = this.#pointer;
    for (let step = 1; step <= GLIDE.shots; step++) {
      const t = step / GLIDE.shots;
      const eased = t * t * (3 - 2 * t);
      this.#pointer = {
        x: Math.round(from.x + (to.x - from.x) * eased),
        y: Math.round(from.y + (to.y - from.y) * eased),
      };
      this.#hold(frame, GLIDE.ms);
    }
  }

  #hold(frame: string, ms: number, isPressed = false): void {
    this.shots.push({ frame, pointer: this.#pointer, isPressed, caption: this.#caption, ms });
  }
}

function wordsOf({ turn }: Scene): string {
  const said = turn?.items.flatMap((item) => (item.type === 'message' ? [item.text] : [])) ?? [];
  return said.join(' ');
}

function isPassive({ type }: Action): boolean {
  return type === 'wait' || type === 'screenshot';
}

function pointsOf(action: Action): readonly Point[] {
  if (action.type === 'drag') return action.path;
  return 'x' in action ? [{ x: action.x, y: action.y }] : [];
}
