import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { readYamlFile, toFileError } from '../config/yaml-file.ts';
import type { FileProblem, ParsedFile } from '../config/yaml-file.ts';
import type { TaskNeeds } from '../config/config.ts';
import { InputError } from '../errors.ts';
import type { SandboxFile } from '../sandbox/sandbox-driver.ts';
import type { Check } from './check-schema.ts';
import type { Command } from './command-schema.ts';
import { taskSchema } from './task-schema.ts';
import type { ParsedTask, SetupCommand } from './task-schema.ts';

/** What is made ready before the model sees the desktop. */
export interface TaskSetup {
  readonly files: readonly SandboxFile[];
  readonly commands: readonly SetupCommand[];
  readonly open: readonly Command[];
}

/** One thing to do on a desktop, and how to tell that it was done. */
export interface Task extends TaskNeeds {
  readonly id: string;
  readonly title?: string | undefined;
  readonly instruction: string;
  readonly setup: TaskSetup;
  readonly checks: readonly Check[];
  readonly tags: readonly string[];
}

const MAX_COPY_BYTES = 64 * 1024 * 1024;
const FILE_NAME = /\.(ya?ml|json)$/i;

/**
 * The TASK of the command line: a task file where it names one (`.yaml`, `.yml`, `.json`), else the instruction itself.
 * @throws InputError invalid-option when it is empty; invalid-file, not-found
 */
export async function readTask(argument: string, options: { readonly cwd: string }): Promise<Task> {
  const text = argument.trim();
  if (text === '') {
    throw new InputError('invalid-option', 'The task is empty.', {
      hint: 'Say what to do in quotes, or name a task file such as examples/poem.yaml.',
    });
  }
  const isFile = FILE_NAME.test(text) && !/[\n"]/.test(text);
  return isFile ? await loadTaskFile(resolve(options.cwd, text), { name: text }) : toTask(text);
}

/** A task of an instruction alone: nothing prepared, nothing checked. */
export function toTask(instruction: string): Task {
  const words = instruction.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return {
    id: words.slice(0, 5).join('-') || 'task',
    instruction,
    setup: { files: [], commands: [], open: [] },
    checks: [],
    tags: [],
  };
}

/**
 * Reads a task file and the files that it copies in; `name` is how it is called in reports.
 * @throws InputError not-found; invalid-file with every problem by line, column and field
 */
export async function loadTaskFile(path: string, options: { readonly name?: string } = {}): Promise<Task> {
  const parsed = await readYamlFile(path, { schema: taskSchema, name: options.name ?? path });
  const files = await readSetupFiles(parsed, dirname(path));
  const { version: _version, ...task } = parsed.value;
  return { ...task, origin: parsed.file, setup: { ...task.setup, files } };
}

type SetupFile = ParsedTask['setup']['files'][number];

async function readSetupFiles(
  parsed: ParsedFile<ParsedTask>,
  folder: string,
): Promise<readonly SandboxFile[]> {
  const problems: FileProblem[] = [];
  const files: SandboxFile[] = [];
  for (const [index, file] of parsed.value.setup.files.entries()) {
    const content = await readContent(file, folder);
    if (typeof content === 'string') {
      problems.push(parsed.problem(['setup', 'files', index, 'from'], content));
    } else {
      files.push({ path: file.path, content, ...(file.mode === undefined ? {} : { mode: file.mode }) });
    }
  }
  if (problems.length > 0) throw toFileError(problems);
  return files;
}

/** The bytes, or what is wrong with `from`. */
async function readContent({ content, from }: SetupFile, folder: string): Promise<Uint8Array | string> {
  if (from === undefined) return Buffer.from(content ?? '');
  const path = await realpath(resolve(folder, from)).catch(() => undefined);
  if (path === undefined) return `there is no file ${from} beside the task file`;
  // A task that somebody else wrote must not carry the reader's own files into a sandbox.
  if (!isInside(path, await realpath(folder))) return `${from} is not in the folder of the task file`;
  const facts = await stat(path);
  if (!facts.isFile()) return `${from} is not a file`;
  if (facts.size > MAX_COPY_BYTES)
    return `${from} has ${facts.size} bytes; at most ${MAX_COPY_BYTES} are copied`;
  return await readFile(path);
}

function isInside(path: string, folder: string): boolean {
  const steps = relative(folder, path).split(sep);
  return steps[0] !== '..' && steps[0] !== '';
}
