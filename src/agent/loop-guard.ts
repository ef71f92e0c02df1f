interface Done {
  readonly type: string;
}

/** Waiting is no loop: turns and time bound it. */
const PASSIVE: ReadonlySet<string> = new Set(['wait', 'screenshot']);

/** Counts how often in a row the model asked for the same and the screen stayed the same. */
export class LoopGuard {
  #done: Done[] = [];
  #screen = '';
  #before = '';
  #repeats = 0;

  /** An action was done in the present turn; `screen`: the hash of the picture afterwards. */
  note(action: Done, screen: string): void {
    this.#done.push(action);
    this.#screen = screen;
  }

  /** Turns in a row, the present one among them, that did the same and left the same screen; 0 where nothing was done. */
  get repeats(): number {
    const present = this.#signature();
    if (present === '') return 0;
    return present === this.#before ? this.#repeats + 1 : 1;
  }

  /** The next turn begins. Returns `repeats` of the one that has ended. */
  endTurn(): number {
    const { repeats } = this;
    this.#before = this.#signature();
    this.#repeats = repeats;
    this.#done = [];
    return repeats;
  }

  #signature(): string {
    const isActive = this.#done.some(({ type }) => !PASSIVE.has(type));
    return isActive ? JSON.stringify([this.#done, this.#screen]) : '';
  }
}

/** What the model is told about halfway to the limit; undefined at any other count. */
export function tellLoop(repeats: number, limit: number): string | undefined {
  if (repeats !== Math.ceil(limit / 2) || repeats < 2) return undefined;
  return (
    `You have done the same ${repeats} times in a row, and the screen is the same each time. It does not help: ` +
    `try another way, or end with a message that says what is in the way. The run ends after ${limit} times.`
  );
}
