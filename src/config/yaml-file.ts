import { readFile } from 'node:fs/promises';
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import type { z } from 'zod';
import { InputError, toMessage } from '../errors.ts';
import { formatPath, validate } from './zod-problems.ts';
import type { ValueProblem } from './zod-problems.ts';

/** A place in a file that a person wrote; line and column count from 1. */
export interface FilePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface FileProblem extends FilePosition {
  /** `checks[0].stdout`; empty for the file as a whole. */
  readonly field: string;
  readonly message: string;
}

/** A validated file that still knows where each value stands. */
export interface ParsedFile<T> {
  readonly value: T;
  /** As it stands in the file, before the schema's transforms. */
  readonly raw: unknown;
  readonly file: string;
  /** Where the value at `path` stands; where the nearest thing above it stands when there is none. */
  locate(path: readonly PropertyKey[]): FilePosition;
  /** A problem that only shows later: with another file, with the machine. */
  problem(path: readonly PropertyKey[], message: string): FileProblem;
}

const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Reads a YAML or JSON file that people write; `name` is how it is called in reports.
 * @throws InputError not-found; invalid-file with every problem as `file:line:column field: what`
 */
export async function readYamlFile<S extends z.ZodType>(
  path: string,
  options: ReadOptions<S>,
): Promise<ParsedFile<z.output<S>>> {
  const { name: file = path, ...rest } = options;
  return parseYaml(await readText(path, file), { file, ...rest });
}

interface ReadOptions<S extends z.ZodType> {
  readonly schema: S;
  readonly name?: string;
  /** Turns what stands in the file into what the schema is for; every value stays at its path. */
  readonly rewrite?: ((raw: unknown) => unknown) | undefined;
}

/**
 * Parses and validates YAML or JSON text; `file` is the name to report.
 * @throws InputError invalid-file
 */
export function parseYaml<S extends z.ZodType>(
  text: string,
  options: Pick<ReadOptions<S>, 'schema' | 'rewrite'> & { readonly file: string },
): ParsedFile<z.output<S>> {
  const { file, schema, rewrite = (raw) => raw } = options;
  const source = new YamlSource(text, file);
  const raw = source.toValue();
  const validation = validate(schema, rewrite(raw));
  if (!validation.ok) throw toFileError(validation.problems.map((problem) => source.toProblem(problem)));
  return {
    value: validation.value,
    raw,
    file,
    locate: (path) => source.locate(path, false),
    problem: (path, message) => source.toProblem({ path, message, isAboutKey: false }),
  };
}

/** One error for all problems of one or several files. */
export function toFileError(problems: readonly FileProblem[]): InputError {
  const lines = problems.toSorted(byPlace).map(formatProblem);
  const files = [...new Set(problems.map(({ file }) => file))];
  const message =
    lines.length === 1
      ? `${lines[0]}`
      : `${lines.length} problems in ${files.join(', ')}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return new InputError('invalid-file', message, { details: { problems } });
}

/** The problems that an error of `toFileError` is about, or of a file that could not be read; none of other errors. */
export function problemsOf(error: unknown): readonly FileProblem[] {
  if (!(error instanceof InputError)) return [];
  const { problems } = error.details;
  return Array.isArray(problems) ? problems : [];
}

/** `task.yaml:3:5`. */
export function formatPosition({ file, line, column }: FilePosition): string {
  return `${file}:${line}:${column}`;
}

function byPlace(a: FileProblem, b: FileProblem): number {
  if (a.file !== b.file) return 0;
  return a.line - b.line || a.column - b.column;
}

function formatProblem(problem: FileProblem): string {
  const field = problem.field === '' ? '' : ` ${problem.field}`;
  return `${formatPosition(problem)}${field}: ${problem.message}`;
}

async function readText(path: string, name: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw toReadError(name, cause);
  });
  if (bytes.byteLength > MAX_BYTES) {
    throw new InputError(
      'invalid-file',
      `${name} has ${bytes.byteLength} bytes; at most ${MAX_BYTES} are read.`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError('invalid-file', `${name} is not UTF-8 text.`, { cause });
  }
}

function toReadError(name: string, cause: unknown): InputError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return new InputError('not-found', `There is no file ${name}.`, { cause });
  const why = code === 'EISDIR' ? 'it is a folder' : toMessage(cause);
  return new InputError('invalid-file', `${name} cannot be read: ${why}.`, { cause });
}

class YamlSource {
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;

  constructor(text: string, file: string) {
    this.#file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
  }

  /** @throws InputError invalid-file when it is not YAML */
  toValue(): unknown {
    const problems = this.#document.errors.map((error) => ({
      ...this.#position(error.pos[0]),
      field: '',
      message: `not valid YAML: ${error.message.replace(/\.$/, '')}`,
    }));
    if (problems.length > 0) throw toFileError(problems);
    try {
      return this.#document.toJS();
    } catch (cause) {
      throw toFileError([
        { ...this.#position(0), field: '', message: `not valid YAML: ${toMessage(cause)}` },
      ]);
    }
  }

  toProblem({ path, isAboutKey, message }: ValueProblem): FileProblem {
    return { ...this.locate(path, isAboutKey), field: formatPath(path), message };
  }

  locate(path: readonly PropertyKey[], isAboutKey: boolean): FilePosition {
    let node: unknown = this.#document.contents;
    let found: Node | undefined = isNode(node) ? node : undefined;
    for (const [index, key] of path.entries()) {
      const wantsKey = isAboutKey && index === path.length - 1;
      node = this.#step(node, key, wantsKey);
      if (!isNode(node)) break;
      found = node;
    }
    return this.#position(found?.range?.[0] ?? 0);
  }

  #step(node: unknown, key: PropertyKey, wantsKey: boolean): unknown {
    const container = isAlias(node) ? node.resolve(this.#document) : node;
    if (isSeq(container)) return container.items[Number(key)];
    if (!isMap(container)) return undefined;
    const pair = container.items.find(
      (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key,
    );
    return wantsKey ? pair?.key : (pair?.value ?? pair?.key);
  }

  #position(offset: number): FilePosition {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }
}
