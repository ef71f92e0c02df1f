export type MissingKind = 'application' | 'step' | 'program' | 'getter' | 'metric';

/** Something that a task of OSWorld needs and that there is not here. */
export interface Missing {
  readonly kind: MissingKind;
  readonly name: string;
}

/** What is found out about one task while it is mapped. */
export class Findings {
  readonly #missing = new Map<string, Missing>();
  readonly #scripts = new Set<string>();

  miss(kind: MissingKind, name: string): void {
    this.#missing.set(`${kind} ${name}`, { kind, name });
  }

  /** A script that comes from the web: nobody can tell here what it calls. */
  noteScript(name: string): void {
    this.#scripts.add(name);
  }

  get missing(): readonly Missing[] {
    return [...this.#missing.values()];
  }

  get scripts(): readonly string[] {
    return [...this.#scripts];
  }
}
