import { glob, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import {
  type FileProblem,
  type ParsedFile,
  problemsOf,
  readYamlFile,
  toFileError,
} from '../../config/yaml-file.ts';
import { InputError } from '../../errors.ts';
import { listVariants, loadTaskFile, type Task } from '../task/task-file.ts';
import { z } from 'zod';
import { type ParsedSuite, suiteSchema } from './suite-schema.ts';

/** A task of a suite. One file with variants is several of them. */
export interface SuiteTask {
  /** `rename`, or `rename@long` for the variant `long`. */
  readonly id: string;
  readonly title: string | undefined;
  readonly tags: readonly string[];
  /** The task as a seed draws its parameters. The same seed always gives the same task. */
  readonly load: (seed: number) => Promise<Task>;
}

export interface Suite {
  readonly id: string;
  readonly title?: string | undefined;
  /** Absolute. */
  readonly path: string;
  readonly trials: number;
  readonly tasks: readonly SuiteTask[];
}

const SUITE_FILE = 'suite.yaml';
const TASK_FILE = /\.(ya?ml|json)$/i;

/**
 * Reads the SUITE of the command line: a suite file, a folder with a suite.yaml, or one task file, and every task in it.
 * @throws InputError not-found; invalid-file with the problems of all files at once
 */
export async function loadSuite(argument: string, options: { readonly cwd: string }): Promise<Suite> {
  const path = await suitePath(argument, options.cwd);
  const name = relative(options.cwd, path) || path;
  // First what can be told in any case: a mistake in the suite file must not hide those in its tasks.
  const outline = await readYamlFile(path, { schema: outlineSchema, name });
  if (outline.value.instruction !== undefined) return await suiteOfTask(path, name);
  const problems: FileProblem[] = [];
  const parsed = await collect(problems, () => readYamlFile(path, { schema: suiteSchema, name }));
  const tasks: SuiteTask[] = [];
  for (const file of await findTaskFiles(outline, dirname(path), problems)) {
    const label = relative(options.cwd, file) || file;
    tasks.push(...((await collect(problems, () => readTasks(file, label, parsed?.value.defaults))) ?? []));
  }
  problems.push(...findDoubles(tasks, outline));
  if (parsed === undefined || problems.length > 0) throw toFileError(problems);
  const { id, title, trials = 1 } = parsed.value;
  return { id, title, path, trials, tasks };
}

/** As much of a suite file as is needed to find its tasks. */
const outlineSchema = z.looseObject({
  instruction: z.unknown().optional(),
  tasks: z.array(z.string()).catch([]),
});

type Outline = ParsedFile<z.output<typeof outlineSchema>>;

/** What is read, or nothing and its problems on the list. */
async function collect<T>(problems: FileProblem[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const found = problemsOf(error);
    if (found.length === 0) throw error;
    problems.push(...found);
    return undefined;
  }
}

async function suitePath(argument: string, cwd: string): Promise<string> {
  const path = resolve(cwd, argument);
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) {
    throw new InputError('not-found', `There is no suite ${argument}.`, {
      hint: 'Name a suite file, a folder with a suite.yaml, or a task file.',
    });
  }
  return facts.isDirectory() ? join(path, SUITE_FILE) : path;
}

async function suiteOfTask(path: string, name: string): Promise<Suite> {
  const tasks = await readTasks(path, name, undefined);
  const [first] = tasks;
  return { id: first?.id.split('@')[0] ?? name, title: first?.title, path, trials: 1, tasks };
}

async function findTaskFiles(
  outline: Outline,
  folder: string,
  problems: FileProblem[],
): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const [index, pattern] of outline.value.tasks.entries()) {
    const found: string[] = [];
    for await (const file of glob(pattern, { cwd: folder })) found.push(file);
    const named = found.filter((file) => TASK_FILE.test(file)).toSorted();
    if (named.length === 0) problems.push(outline.problem(['tasks', index], `no task file is ${pattern}`));
    for (const file of named) files.add(join(folder, file));
  }
  return [...files];
}

type Defaults = ParsedSuite['defaults'];

async function readTasks(path: string, name: string, defaults: Defaults): Promise<readonly SuiteTask[]> {
  const variants = await listVariants(path, name);
  const tasks: SuiteTask[] = [];
  for (const variant of variants.length === 0 ? [undefined] : variants) {
    const load = async (seed: number): Promise<Task> => {
      const task = withDefaults(await loadTaskFile(path, { name, variant, seed }), defaults);
      return variant === undefined ? task : { ...task, id: `${task.id}@${variant}` };
    };
    const { id, title, tags } = await load(1);
    tasks.push({ id, title, tags, load });
  }
  return tasks;
}

function withDefaults(task: Task, defaults: Defaults = {}): Task {
  const { tags = [], limits, ...rest } = defaults;
  return {
    ...task,
    model: task.model ?? rest.model,
    display: task.display ?? rest.display,
    image: task.image ?? rest.image,
    network: task.network ?? rest.network,
    gate: task.gate ?? rest.gate,
    limits: {
      turns: task.limits?.turns ?? limits?.turns,
      wallTimeMs: task.limits?.wallTimeMs ?? limits?.wallTimeMs,
      tokens: task.limits?.tokens ?? limits?.tokens,
    },
    tags: [...new Set([...task.tags, ...tags])],
  };
}

function findDoubles(tasks: readonly SuiteTask[], outline: Outline): readonly FileProblem[] {
  const ids = tasks.map(({ id }) => id);
  const doubles = new Set(ids.filter((id, index) => ids.indexOf(id) !== index));
  return [...doubles].map((id) => outline.problem(['tasks'], `two tasks have the id ${id}`));
}
