const MASK = '[secret]';
/** API keys of OpenAI's form, bearer headers and JSON web tokens, also where they are not ours. */
const LOOKS_SECRET = /\bsk-[\w-]{8,}|\bbearer\s+[\w.~+/=-]{8,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/gi;
const LONGEST_MESSAGE = 1_000;

/** The credentials of one client, so that no message of a server or a library can carry them further. */
export class Secrets {
  readonly #values = new Set<string>();

  constructor(...values: readonly (string | undefined)[]) {
    for (const value of values) this.add(value);
  }

  add(value: string | undefined): void {
    if (value !== undefined && value.length >= 4) this.#values.add(value);
  }

  /** One token replaces another in a long run: only the newest is kept. */
  replaceAll(value: string): void {
    this.#values.clear();
    this.add(value);
  }

  /** The whole text, without them. */
  mask(text: string): string {
    let masked = text;
    for (const value of this.#values) masked = masked.replaceAll(value, MASK);
    return masked.replace(LOOKS_SECRET, MASK);
  }

  /** A message for people: masked, and not endless. */
  clean(message: string): string {
    const cleaned = this.mask(message);
    return cleaned.length > LONGEST_MESSAGE ? `${cleaned.slice(0, LONGEST_MESSAGE)}...` : cleaned;
  }
}
