import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toMessage } from '../../../../src/errors.ts';
import { loadSuite } from '../../../../src/evaluation/suite/suite-file.ts';

let cwd: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'deskhand-suite-'));
});

afterEach(async () => {
  await rm(cwd, { recursive: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, name)), { recursive: true });
    await writeFile(join(cwd, name), text);
  }
}

const SUITE = 'version: 1\nid: office\ntitle: The office\ntasks: [tasks/*.yaml]\n';
const task = (id: string, more = ''): string => `version: 1\nid: ${id}\ninstruction: x\n${more}`;

async function faultOf(argument: string): Promise<readonly string[]> {
  try {
    await loadSuite(argument, { cwd });
    return ['no fault'];
  } catch (error) {
    return toMessage(error).split('\n');
  }
}

describe('a suite', () => {
  test('is a folder of tasks, in the order of their names, with what they share', async () => {
    await write({
      'o/suite.yaml': `${SUITE}trials: 3\ndefaults: { display: 1280x800, limits: { turns: 9, tokens: 5 }, tags: [all] }\n`,
      'o/tasks/b.yaml': task('b', 'limits: { turns: 2 }\ntags: [slow]\n'),
      'o/tasks/a.yaml': task('a', 'display: 1024x768\n'),
      'o/tasks/notes.txt': 'no task',
    });
    const suite = await loadSuite('o', { cwd });
    expect({ ...suite, tasks: suite.tasks.map(({ id, tags }) => ({ id, tags })) }).toEqual({
      id: 'office',
      title: 'The office',
      path: join(cwd, 'o/suite.yaml'),
      trials: 3,
      tasks: [
        { id: 'a', tags: ['all'] },
        { id: 'b', tags: ['slow', 'all'] },
      ],
    });
    const [a, b] = await Promise.all(suite.tasks.map((it) => it.load(1)));
    expect(a).toMatchObject({ display: { width: 1024, height: 768 }, limits: { turns: 9, tokens: 5 } });
    expect(b).toMatchObject({ display: { width: 1280, height: 800 }, limits: { turns: 2, tokens: 5 } });
  });

  test('may be a single task file', async () => {
    await write({ 'a.yaml': task('a') });
    expect(await loadSuite('a.yaml', { cwd })).toMatchObject({ id: 'a', trials: 1, tasks: [{ id: 'a' }] });
  });

  test('has a task for each variant of a file, and parameters that a seed draws', async () => {
    await write({
      'a.yaml': [
        'version: 1',
        'id: count',
        'instruction: "Write {{n}} {{what}} and {{city.name}}, not {{other}}"',
        'parameters:',
        '  n: { integer: { from: 1, to: 1000 } }',
        '  city: { oneOf: [{ name: Rome, cell: B2 }, { name: Bern, cell: C3 }] }',
        'variants: { cats: { what: cats }, dogs: { what: dogs } }',
        'checks: [{ table: ~/a.csv, cells: { "{{city.cell}}": "{{n}}" } }, { file: ~/b, equals: "{{n}}" }]',
        '',
      ].join('\n'),
    });
    const { tasks } = await loadSuite('a.yaml', { cwd });
    expect(tasks.map(({ id }) => id)).toEqual(['count@cats', 'count@dogs']);
    const [cats] = tasks;
    const drawn = await Promise.all(Array.from({ length: 20 }, async (_, seed) => await cats?.load(seed)));
    const words = drawn.map((it) => it?.instruction ?? '');
    for (const text of words) expect(text).toMatch(/^Write \d+ cats and (Rome|Bern), not \{\{other\}\}$/);
    expect(new Set(words).size).toBeGreaterThan(10);
    expect((await cats?.load(7))?.instruction).toBe(words[7]);
    const [check, text] = drawn[0]?.checks ?? [];
    expect(text).toMatchObject({ rule: { equals: /\d+/.exec(words[0] ?? '')?.[0] } });
    const cell = words[0]?.includes('Rome') === true ? 'B2' : 'C3';
    expect(check).toMatchObject({ cells: { [cell]: Number(/\d+/.exec(words[0] ?? '')?.[0]) } });
  });
});

describe('what is wrong with a suite', () => {
  test('is told of all files at once, with line, column and field', async () => {
    await write({
      'o/suite.yaml': `${SUITE}trails: 2\n`,
      'o/tasks/a.yaml': task('a', 'checks:\n  - file: a.txt\n'),
      'o/tasks/b.yaml': task('b', 'checks:\n  - all:\n      - screen: { like: none.png }\n'),
      'o/tasks/c.yaml': 'version: 1\n',
    });
    expect(await faultOf('o')).toEqual([
      '5 problems in o/suite.yaml, o/tasks/a.yaml, o/tasks/b.yaml, o/tasks/c.yaml:',
      expect.stringMatching(/^ {2}o\/suite\.yaml:5:1 trails: unknown field; did you mean trials\?/),
      '  o/tasks/a.yaml:5:11 checks[0].file: expected an absolute path of a file, or one that starts with ~/; has "a.txt"',
      '  o/tasks/b.yaml:6:25 checks[0].all[0].screen.like: there is no file none.png beside the task file',
      '  o/tasks/c.yaml:1:1 id: is missing; expected a string',
      '  o/tasks/c.yaml:1:1 instruction: is missing; expected a string or a list',
    ]);
  });

  test.each([
    ['no-such', {}, /^There is no suite no-such\.$/],
    ['o', { 'o/x.txt': '' }, /^There is no file o\/suite\.yaml\.$/],
    ['o', { 'o/suite.yaml': SUITE }, /^o\/suite\.yaml:4:9 tasks\[0\]: no task file is tasks\/\*\.yaml$/],
    [
      'o',
      { 'o/suite.yaml': SUITE, 'o/tasks/a.yaml': task('same'), 'o/tasks/b.yaml': task('same') },
      /^o\/suite\.yaml:4:8 tasks: two tasks have the id same$/,
    ],
    [
      'o',
      { 'o/suite.yaml': SUITE.replace('tasks/*', '../*'), 'x.yaml': task('x') },
      /tasks\[0\]: expected a pattern of files in the folder of the suite file/,
    ],
  ])('%s %o', async (argument, files, message) => {
    await write(files);
    expect((await faultOf(argument))[0]).toMatch(message);
  });
});
