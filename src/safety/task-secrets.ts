import { inspect } from 'node:util';
import { ActionError } from '../errors.ts';

/** A part of a text that is typed: as it stands, or a secret in the place of its name. */
export interface TypedPart {
  readonly text: string;
  readonly isSecret: boolean;
}

const PLACEHOLDER = /\{\{\s*secret:([A-Za-z][\w-]*)\s*\}\}/g;

/** How a model names a secret in a text that it types. */
export function toPlaceholder(name: string): string {
  return `{{secret:${name}}}`;
}

/** The names in a text that is to be typed, in their order. */
export function secretNamesIn(text: string): readonly string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
}

/**
 * What a task may type and nobody else may see. Values leave only through `split`, whose caller types them; every text
 * that leaves this process goes through `redact` before.
 */
export class TaskSecrets {
  readonly #values: ReadonlyMap<string, string>;
  readonly #forms: readonly (readonly [form: string, placeholder: string])[];

  constructor(values: ReadonlyMap<string, string> = new Map()) {
    this.#values = values;
    this.#forms = [...values]
      .flatMap(([name, value]) => formsOf(value).map((form) => [form, toPlaceholder(name)] as const))
      // A secret that is part of another one must not be cut out of it.
      .toSorted(([a], [b]) => b.length - a.length);
  }

  get names(): readonly string[] {
    return [...this.#values.keys()];
  }

  /** @throws ActionError invalid-action for a name that the task does not have */
  split(text: string): readonly TypedPart[] {
    const parts: TypedPart[] = [];
    let from = 0;
    for (const match of text.matchAll(PLACEHOLDER)) {
      const value = this.#values.get(match[1] ?? '');
      if (value === undefined) throw unknownSecret(match[1] ?? '', this.names);
      parts.push({ text: text.slice(from, match.index), isSecret: false }, { text: value, isSecret: true });
      from = match.index + match[0].length;
    }
    parts.push({ text: text.slice(from), isSecret: false });
    return parts.filter((part) => part.text !== '');
  }

  /** The same value with each secret replaced by its name, in every text of it, at any depth. */
  redact<T>(value: T): T;
  redact(value: unknown): unknown {
    if (this.#forms.length === 0) return value;
    if (typeof value === 'string') return this.#redactText(value);
    if (Array.isArray(value)) return value.map((part: unknown) => this.redact(part));
    if (value instanceof Error) return this.#redactError(value);
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
      return value;
    }
    const fields = Object.entries(value).map(([key, part]) => [this.#redactText(key), this.redact(part)]);
    return Object.fromEntries(fields);
  }

  /** The same content with each secret replaced by its name, whatever kind of file it is. */
  redactContent(content: Uint8Array): Uint8Array {
    // One character a byte, so that what is no text stays as it is.
    const bytes = Buffer.from(content).toString('latin1');
    const redacted = this.#forms.reduce(
      (kept, [form, name]) => kept.replaceAll(Buffer.from(form).toString('latin1'), name),
      bytes,
    );
    return redacted === bytes ? content : Buffer.from(redacted, 'latin1');
  }

  toJSON(): unknown {
    return { names: this.names };
  }

  [inspect.custom](): string {
    return `TaskSecrets(${this.names.join(', ')})`;
  }

  #redactText(text: string): string {
    return this.#forms.reduce((redacted, [form, name]) => redacted.replaceAll(form, name), text);
  }

  /** In place: who catches it knows it by what it is. */
  #redactError(error: Error): Error {
    for (const key of ['message', 'stack', 'hint', 'details', 'cause'] as const) {
      const part: unknown = Reflect.get(error, key);
      if (part !== undefined) Reflect.set(error, key, this.redact(part));
    }
    return error;
  }
}

/** As it is, and as it stands in JSON, in an address and in base64. */
function formsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const base64 = Buffer.from(value).toString('base64');
  return [...new Set([value, json, encodeURIComponent(value), base64])];
}

function unknownSecret(name: string, names: readonly string[]): ActionError {
  const hint =
    names.length === 0
      ? 'The task has no secrets.'
      : `Use one of these: ${names.map((known) => toPlaceholder(known)).join(', ')}.`;
  return new ActionError('invalid-action', `There is no secret ${name}.`, { hint, details: { name } });
}
