import { glob, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type FileProblem,
  type ParsedFile,
  problemsOf,
  readYamlFile,
  toFileError,
} from '../../config/yaml-file.ts';
import { InputError } from '../../errors.ts';
import { osworldIndex, type OsworldTask, osworldTask } from './osworld-schema.ts';

export interface FoundTask {
  readonly task: OsworldTask;
  readonly domain: string;
  /** From OSWorld's folder. */
  readonly file: string;
}

const INDEX = 'test_all.json';
const EXAMPLES = 'examples';

/**
 * Reads OSWorld's tasks: those that test_all.json lists, or all where there is none.
 * @param folder its evaluation_examples, or the folder that has it
 * @throws InputError not-found; invalid-file with the problems of all files at once
 */
export async function readOsworld(folder: string, name: string): Promise<readonly FoundTask[]> {
  const root = await findRoot(folder, name);
  const problems: FileProblem[] = [];
  const index = (await isThere(join(root, INDEX)))
    ? await collect(problems, () => readIndex(root))
    : undefined;
  const files = index === undefined ? await listAll(root) : [...filesOf(index)];
  const found: FoundTask[] = [];
  for (const { file, at } of files) {
    if (at !== undefined && !(await isThere(join(root, file)))) {
      problems.push(...(index === undefined ? [] : [index.problem(at, `there is no ${file}`)]));
      continue;
    }
    const parsed = await collect(problems, () =>
      readYamlFile(join(root, file), { schema: osworldTask, name: file }),
    );
    if (parsed === undefined) continue;
    found.push({ task: parsed.value, domain: basename(dirname(file)), file });
  }
  problems.push(...findDoubles(found));
  if (problems.length > 0) throw toFileError(problems);
  if (found.length > 0) return found;
  throw new InputError('not-found', `${name} has no tasks of OSWorld.`, {
    hint: `They lie in ${EXAMPLES}/DOMAIN/ID.json.`,
  });
}

async function findRoot(folder: string, name: string): Promise<string> {
  for (const root of [folder, join(folder, 'evaluation_examples')]) {
    if (await isThere(join(root, EXAMPLES))) return root;
  }
  const what = (await isThere(folder))
    ? `${name} is not a folder of OSWorld's tasks.`
    : `There is no folder ${name}.`;
  throw new InputError('not-found', what, {
    hint: 'Name the folder evaluation_examples of OSWorld, in which examples/DOMAIN/ID.json are.',
  });
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

type Index = ParsedFile<Readonly<Record<string, readonly string[]>>>;

async function readIndex(root: string): Promise<Index> {
  return await readYamlFile(join(root, INDEX), { schema: osworldIndex, name: INDEX });
}

interface ListedFile {
  readonly file: string;
  /** Where the index names it. */
  readonly at?: readonly PropertyKey[];
}

function* filesOf({ value }: Index): Generator<ListedFile> {
  for (const [domain, ids] of Object.entries(value)) {
    for (const [at, id] of ids.entries())
      yield { file: `${EXAMPLES}/${domain}/${id}.json`, at: [domain, at] };
  }
}

async function listAll(root: string): Promise<readonly ListedFile[]> {
  const files: string[] = [];
  for await (const file of glob(`${EXAMPLES}/*/*.json`, { cwd: root })) files.push(file);
  return files.toSorted().map((file) => ({ file }));
}

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

function findDoubles(found: readonly FoundTask[]): readonly FileProblem[] {
  const first = new Map<string, string>();
  return found.flatMap(({ task: { id }, file }) => {
    const before = first.get(id);
    first.set(id, before ?? file);
    const message = `${before} has the same id`;
    return before === undefined ? [] : [{ file, line: 1, column: 1, field: 'id', message }];
  });
}
