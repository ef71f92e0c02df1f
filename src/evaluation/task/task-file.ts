import { dirname, resolve } from 'node:path';
import type { TaskNeeds } from '../../config/config.ts';
import type { FileProblem, ParsedFile } from '../../config/yaml-file.ts';
import { readYamlFile, toFileError } from '../../config/yaml-file.ts';
import { InputError } from '../../errors.ts';
import type { SandboxFile } from '../../sandbox/sandbox-driver.ts';
import type { TaskAsset } from '../checks/check.ts';
import { type Check, plainChecksOf } from '../checks/check-schema.ts';
import type { Command } from './command-schema.ts';
import type { Download } from './download-schema.ts';
import { type Draw, drawParameters, type Family, familySchema, fillIn } from './parameters.ts';
import type { SecretSources } from './read-secrets.ts';
import { assetsNamedBy, readAsset } from './task-assets.ts';
import type { Attempt, ParsedTask, SetupCommand, WaitStep } from './task-schema.ts';
import { taskSchema } from './task-schema.ts';
import { readWebApp } from './web-app.ts';

/** What is made ready before the model sees the desktop. */
export interface TaskSetup {
  readonly files: readonly SandboxFile[];
  readonly commands: readonly SetupCommand[];
  readonly open: readonly Command[];
  readonly wait: readonly WaitStep[];
}

/** One thing to do on a desktop, and how to tell that it was done. */
export interface Task extends TaskNeeds {
  readonly id: string;
  readonly title?: string | undefined;
  readonly instruction: string;
  readonly setup: TaskSetup;
  readonly checks: readonly Check[];
  /** What the model may type by name and never sees: where each comes from, when the task is run. */
  readonly secrets: SecretSources;
  /** Where the task file is; the working folder where there is none. */
  readonly folder: string;
  readonly tags: readonly string[];
  /** What its setup wants from the web: to be fetched before the task is begun. */
  readonly downloads?: readonly Download[];
  /** What its checks want from the web; among the assets by their addresses once they are fetched. */
  readonly checkDownloads?: readonly Download[];
  /** Files beside the task file that its checks and attempts name. */
  readonly assets: ReadonlyMap<string, TaskAsset>;
  readonly reference?: Attempt | undefined;
  readonly counterExample?: Attempt | undefined;
}

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
    setup: { files: [], commands: [], open: [], wait: [] },
    checks: [],
    secrets: {},
    folder: process.cwd(),
    tags: [],
    assets: new Map(),
  };
}

interface LoadTaskOptions extends Partial<Draw> {
  /** How the file is called in reports. */
  readonly name?: string;
}

/**
 * Reads a task file and the files that it names. Of a file with variants it is the first, of one with random parameters
 * what seed 1 draws, where nothing is said.
 * @throws InputError not-found; invalid-file with every problem by line, column and field
 */
export async function loadTaskFile(path: string, options: LoadTaskOptions = {}): Promise<Task> {
  const { name = path, seed = 1 } = options;
  const family = await readFamily(path, name);
  const variant = options.variant ?? Object.keys(family.variants ?? {})[0];
  const values = drawParameters(family, { variant, seed });
  const rewrite = (raw: unknown): unknown => fillIn(raw, values);
  const parsed = await readYamlFile(path, { schema: taskSchema, name, rewrite });
  const { version: _version, parameters: _drawn, variants: _chosen, ...task } = parsed.value;
  const folder = dirname(path);
  const { files, assets, starts } = await readFiles(parsed, folder);
  const { serve: _served, downloads, ...setup } = task.setup;
  const checkDownloads = [...plainChecksOf(task.checks)].flatMap(({ check }) =>
    check.kind === 'script' ? check.downloads : [],
  );
  const commands = [...setup.commands, ...starts];
  const wanted = { downloads, checkDownloads };
  return { ...task, ...wanted, origin: parsed.file, folder, setup: { ...setup, files, commands }, assets };
}

/** The names of a task file's variants; none where it is one task. */
export async function listVariants(path: string, name = path): Promise<readonly string[]> {
  return Object.keys((await readFamily(path, name)).variants ?? {});
}

async function readFamily(path: string, name: string): Promise<Family> {
  return (await readYamlFile(path, { schema: familySchema, name })).value;
}

interface TaskFiles {
  readonly files: readonly SandboxFile[];
  readonly assets: ReadonlyMap<string, TaskAsset>;
  /** What starts the web applications, once their files are there. */
  readonly starts: readonly SetupCommand[];
}

async function readFiles(parsed: ParsedFile<ParsedTask>, folder: string): Promise<TaskFiles> {
  const problems: FileProblem[] = [];
  const files: SandboxFile[] = [];
  const assets = new Map<string, TaskAsset>();
  const read = async (name: string, path: readonly PropertyKey[]): Promise<TaskAsset | undefined> => {
    const asset = await readAsset(name, folder);
    if (typeof asset !== 'string') return asset;
    problems.push(parsed.problem(path, asset));
    return undefined;
  };
  for (const [index, { path, mode, content, from }] of parsed.value.setup.files.entries()) {
    const bytes =
      from === undefined
        ? Buffer.from(content ?? '')
        : (await read(from, ['setup', 'files', index, 'from']))?.content;
    if (bytes === undefined) continue;
    files.push({ path, content: bytes, ...(mode === undefined ? {} : { mode }) });
  }
  for (const { name, path } of assetsNamedBy(parsed.value)) {
    const asset = await read(name, path);
    if (asset !== undefined) assets.set(name, asset);
  }
  const starts: SetupCommand[] = [];
  for (const [index, { folder: name, port }] of parsed.value.setup.serve.entries()) {
    const app = await readWebApp(name, port, folder);
    if (typeof app === 'string') {
      problems.push(parsed.problem(['setup', 'serve', index, 'folder'], app));
      continue;
    }
    files.push(...app.files);
    starts.push(app.start);
  }
  if (problems.length > 0) throw toFileError(problems);
  return { files, assets, starts };
}
