import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDesktop } from '../../../src/adapters/open-desktop.ts';
import type { Desktop } from '../../../src/agent/desktop.ts';
import { GRADER, METRICS } from '../../../src/evaluation/osworld/grader.ts';
import { IMAGE_PROGRAMS } from '../../../src/evaluation/osworld/image-programs.ts';
import { importOsworld } from '../../../src/evaluation/osworld/import-osworld.ts';
import { loadSuite } from '../../../src/evaluation/suite/suite-file.ts';
import { prepareTask, verifyTask } from '../../../src/task-on-desktop.ts';
import { createTemporaryFolder } from '../../support/cli.ts';
import { Bench, nothing } from '../sandbox/desktop.ts';

const CONFIG = {
  display: { width: 1920, height: 1080 },
  sandbox: { network: 'none', memoryBytes: 1024 ** 3, cpus: 2, pidsLimit: 256, vnc: 'auto' },
  settle: {},
} as const;

let bench: Bench;
let desktop: Desktop;
const desktops = new AsyncDisposableStack();

beforeAll(async () => {
  bench = await Bench.open();
  const driver = desktops.use(await bench.driver());
  desktop = desktops.use(await openDesktop(driver, { config: CONFIG, runId: bench.runId }));
  await desktop.sandbox.writeFiles([{ path: PLACE, content: Buffer.from(GRADER) }]);
});

afterAll(async () => {
  await desktops.disposeAsync();
  await bench[Symbol.asyncDispose]();
});

const PLACE = '/tmp/grader.py';

async function run(argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await desktop.sandbox.exec(argv);
  return `${exitCode} ${stdout.toString('utf8')}${stderr.toString('utf8')}`.trim();
}

async function grade(spec: object): Promise<string> {
  return await run(['python3', '-I', PLACE, JSON.stringify({ before: [], conj: 'and', ...spec })]);
}

const rule = (value: unknown) => ({ get: 'rule', value });
const file = (path: string) => ({ get: 'file', paths: [path], gives: [0] });
const gold = (path: string) => ({ get: 'expected', paths: [path], gives: [0] });
const output = (command: string) => ({ get: 'command', command, shell: true, stream: 'output' });

type Case = readonly [func: string, result: object, expected: object, options: object, score: number];

const EXPECTS = (method: string, ref: unknown, key: readonly unknown[] = ['a', 0]) =>
  rule({ expect: [{ key, method, ref }] });

const CASES: readonly Case[] = [
  ['exact_match', output('echo yes'), rule({ expected: 'yes\n' }), {}, 1],
  // What this project's own checks overlook.
  ['exact_match', output('printf yes'), rule({ expected: 'yes\n' }), {}, 0],
  ['exact_match', output('echo yes; exit 3'), rule({ expected: 'yes\n' }), {}, 1],
  ['exact_match', { ...output('echo no >&2'), stream: 'error' }, rule({ expected: 'no\n' }), {}, 1],
  ['match_in_list', output('printf b'), rule({ expected: ['a', 'b'] }), {}, 1],
  ['is_in_list', output('printf abc'), rule({ expected: 'b' }), {}, 1],
  ['is_in_list', output('printf abc'), rule({ expected: 'd' }), {}, 0],
  ['check_include_exclude', output('echo a b'), rule({ include: ['a', 'b'], exclude: ['c'] }), {}, 1],
  ['check_include_exclude', output('echo a b c'), rule({ include: ['a'], exclude: ['c'] }), {}, 0],
  ['check_include_exclude', { ...output('/none'), shell: false }, rule({ include: [] }), {}, 0],
  ['literal_match', output('printf A'), rule('a'), { ignore_case: true }, 1],
  ['literal_match', rule(['a', 1]), rule(['a', '1']), { type: 'list' }, 1],
  ['literal_match', output('printf A'), rule('a'), {}, 0],
  ['fuzzy_match', output('printf kitten'), rule({ expected: 'sitting' }), {}, 8 / 13],
  ['fuzzy_match', output('printf same'), rule({ expected: 'same' }), {}, 1],
  ['is_in_vm_clickboard', rule({ expected: ['a', 'b'] }), output('echo ab'), {}, 1],
  ['is_in_vm_clickboard', rule({ expected: 'c' }), output('echo ab'), {}, 0],
  ['check_moved_jpgs', { get: 'directory', path: '/tmp/d' }, rule({ expected: ['x.jpg', 'y'] }), {}, 1],
  ['check_moved_jpgs', { get: 'directory', path: '/tmp/d' }, rule({ expected: ['x.jpg'] }), {}, 0],
  ['file_contains', file('/tmp/a.txt'), rule({ expected: ['One', 'two'] }), {}, 1],
  ['file_contains', file('/tmp/none'), rule({ expected: ['One'] }), {}, 0],
  ['check_list', file('/tmp/a.txt'), rule({ expect: ['^two$'], unexpect: ['three'] }), {}, 1],
  ['check_list', file('/tmp/a.txt'), rule({ expect: [], unexpect: ['(?i)ONE'] }), {}, 0],
  [
    'check_csv',
    file('/tmp/a.csv'),
    rule({ expect: [{ name: 'tea', price: '2' }], unexpect: [{ name: 'x' }] }),
    {},
    1,
  ],
  ['check_csv', file('/tmp/a.csv'), rule({ expect: [{ name: 'tea', price: '3' }] }), {}, 0],
  ['check_json', file('/tmp/a.json'), EXPECTS('eq', 5), {}, 1],
  ['check_json', file('/tmp/a.json'), EXPECTS('eq', 5, ['none']), {}, 0],
  ['check_json', file('/tmp/a.json'), EXPECTS('approx:0.5', 5.4), {}, 1],
  ['check_json', file('/tmp/a.json'), EXPECTS('re.I', '^TEXT', ['b']), {}, 1],
  ['check_json', file('/tmp/a.json'), rule({ unexpect: [{ key: ['b'], method: 'eq', ref: 'text' }] }), {}, 0],
  ['check_json', file('/tmp/a.txt'), rule({}), {}, 0],
  ['check_direct_json_object', output(`echo "{'a': 1, 'b': 2}"`), rule({ expected: { a: 1 } }), {}, 1],
  ['check_direct_json_object', output(`echo '{"a": 2}'`), rule({ expected: { a: 1 } }), {}, 0],
  [
    'check_direct_json_object',
    output(`echo '{"a": ["x", "y"], "b": "long text"}'`),
    rule({ expect_in_result: true, expected: { a: ['z', 'y'], b: 'text' } }),
    {},
    1,
  ],
  ['check_json_settings', file('/tmp/a.json'), rule({ expected: { b: 'text' } }), {}, 1],
  ['check_json_settings', file('/tmp/a.json'), rule({ expected: { b: 'text', c: 1 } }), {}, 0],
  ['compare_text_file', file('/tmp/a.txt'), gold('/tmp/gold.txt'), {}, 0],
  [
    'compare_text_file',
    file('/tmp/a.txt'),
    gold('/tmp/gold.txt'),
    { ignore_case: true, ignore_blanks: true },
    1,
  ],
  ['compare_text_file', file('/tmp/none'), gold('/tmp/gold.txt'), {}, 0],
  ['diff_text_file', file('/tmp/a.txt'), gold('/tmp/gold.txt'), {}, 0.5],
  ['compare_csv', file('/tmp/a.txt'), gold('/tmp/gold.txt'), { strict: false, ignore_case: true }, 1],
  ['compare_csv', file('/tmp/a.txt'), gold('/tmp/gold.txt'), {}, 0],
  ['run_sqlite3', file('/tmp/a.db'), rule({ sql: 'select count(*) from t' }), {}, 1],
];

describe('the grader', () => {
  beforeAll(async () => {
    const texts = {
      'a.txt': 'One\ntwo\n',
      'gold.txt': 'one \ntwo\n',
      'a.csv': 'name,price\ntea,2\n',
      'a.json': '{"a": [5], "b": "text"}',
      'd/x.jpg': '',
    };
    const files = Object.entries(texts).map(([name, text]) => ({
      path: `/tmp/${name}`,
      content: Buffer.from(text),
    }));
    await desktop.sandbox.writeFiles(files);
    const database =
      "import sqlite3; c = sqlite3.connect('/tmp/a.db'); c.execute('create table t (x)'); c.execute('insert into t values (1)'); c.commit()";
    await run(['sh', '-c', `mkdir /tmp/d/y && python3 -c "${database}"`]);
  });

  it('has a case for each metric', () => {
    expect(new Set(CASES.map(([func]) => func))).toEqual(new Set(Object.keys(METRICS)));
  });

  it.each(CASES)('%s of %j and %j with %j is %d', async (func, result, expected, options, score) => {
    const said = await grade({ metrics: [{ func, result, expected, options }] });
    expect(said).toMatch(new RegExp(`^${score === 1 ? 0 : 1} score: `));
    expect(Number(/score: (\S+)/.exec(said)?.[1])).toBeCloseTo(score, 9);
  });

  it('takes all of several with and, the best with or', async () => {
    const yes = { func: 'exact_match', result: rule(1), expected: rule({ expected: 1 }), options: {} };
    const no = { ...yes, expected: rule({ expected: 2 }) };
    const half = { func: 'fuzzy_match', result: rule('ab'), expected: rule({ expected: 'ac' }), options: {} };
    expect(await grade({ metrics: [yes, no] })).toBe('1 score: 0.0');
    expect(await grade({ metrics: [yes, half] })).toBe('1 score: 0.75');
    expect(await grade({ conj: 'or', metrics: [no, yes] })).toBe('0 score: 1.0');
    expect(await grade({ conj: 'or', metrics: [no, half] })).toBe('1 score: 0.5');
  });

  it('does first what is to be done first, and says so where it cannot', async () => {
    const metrics = [
      { func: 'file_contains', result: file('/tmp/late'), expected: rule({ expected: ['x'] }), options: {} },
    ];
    const before = [['false'], ['sh', '-c', 'echo x > /tmp/late']];
    expect(await grade({ before, metrics })).toBe('0 score: 1.0');
    expect(await grade({ before: [['no-such-program']], metrics })).toMatch(
      /^2 what comes before .* cannot be done/,
    );
  });

  it('is an error and no verdict where it fails itself', async () => {
    const broken = { func: 'check_direct_json_object', result: rule('{'), expected: rule({}), options: {} };
    expect(await grade({ metrics: [broken] })).toMatch(/^2 JSONDecodeError/);
    const without = {
      func: 'compare_text_file',
      result: file('/tmp/a.txt'),
      expected: gold('/tmp/none'),
      options: {},
    };
    expect(await grade({ metrics: [without] })).toBe('2 a file to compare with is not there');
  });
});

it('has every program in the image that it counts on', async () => {
  const look = 'for name; do command -v "$name" >/dev/null || echo "$name"; done';
  expect(await run(['sh', '-c', look, 'look', ...IMAGE_PROGRAMS, 'exo-open'])).toBe('0');
});

const EXAMPLE = {
  id: 'type-in-terminal',
  instruction: 'Make a folder made in the folder papers.',
  related_apps: ['os', 'terminal'],
  config: [
    { type: 'execute', parameters: { command: 'mkdir -p ~/papers; false', shell: true } },
    {
      type: 'execute',
      parameters: {
        command: [
          'python',
          '-c',
          "import pyautogui; pyautogui.click(960, 540); pyautogui.hotkey('ctrl', 'alt', 't')",
        ],
      },
    },
    { type: 'activate_window', parameters: { window_name: 'Terminal' } },
    {
      type: 'execute',
      parameters: {
        command: [
          'python3',
          '-c',
          "import pyautogui; import time; time.sleep(1); pyautogui.write('mkdir papers/made'); pyautogui.press('enter')",
        ],
      },
    },
  ],
  evaluator: {
    postconfig: [{ type: 'sleep', parameters: { seconds: 1 } }],
    func: ['exact_match', 'check_include_exclude'],
    result: [
      { type: 'vm_command_line', command: ['ls', '~/papers'] },
      { type: 'vm_command_line', command: 'ls ~/papers/made || echo none', shell: true },
    ],
    expected: [
      { type: 'rule', rules: { expected: 'made\n' } },
      { type: 'rule', rules: { include: [], exclude: ['none'] } },
    ],
  },
};

it('makes a desktop ready as OSWorld does, and grades what was done', async () => {
  await using folder = await createTemporaryFolder();
  const [from, to] = [join(folder.path, 'osworld'), join(folder.path, 'suite')];
  await mkdir(join(from, 'examples/os'), { recursive: true });
  await writeFile(join(from, 'examples/os/a.json'), JSON.stringify(EXAMPLE));
  await importOsworld({ from, to, names: { from, to } });
  const [only] = (await loadSuite(to, { cwd: to })).tasks;
  const task = await only?.load(1);
  if (task === undefined) throw new Error('nothing was imported');
  const { signal } = new AbortController();
  await prepareTask(task, desktop, { signal });
  const verify = async (finalMessage: string) =>
    (await verifyTask(task, desktop, { signal, finalMessage, allowsHostScripts: false })).map(
      ({ name, result, score, weight }) => ({ name, result, score, weight }),
    );
  const graded = { name: 'exact_match and check_include_exclude', result: 'passed', score: 1, weight: 1 };
  expect(await verify('Done.')).toEqual([
    graded,
    { name: 'not given up', result: 'passed', score: 1, weight: 0 },
  ]);
  expect(await verify('FAIL\n')).toEqual([
    graded,
    { name: 'not given up', result: 'failed', score: 0, weight: 0 },
  ]);
});

it('leaves nothing behind', async () => {
  await desktops.disposeAsync();
  expect(await bench.leftovers()).toEqual(nothing);
});
