import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { toMessage } from '../../../../src/errors.ts';
import { importOsworld, type OsworldImport } from '../../../../src/evaluation/osworld/import-osworld.ts';
import { loadSuite } from '../../../../src/evaluation/suite/suite-file.ts';

let folder: string;
let out: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-osworld-'));
  out = join(folder, 'suite');
});

async function put(name: string, content: unknown): Promise<void> {
  const path = join(folder, 'tasks', name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
}

const PRINTS = {
  func: 'exact_match',
  result: { type: 'vm_command_line', command: 'cat ~/a.txt', shell: true },
  expected: { type: 'rule', rules: { expected: 'yes\n' } },
};

function task(id: string, fields: object = {}): object {
  const rest = {
    snapshot: 'os',
    source: '',
    trajectory: 'trajectories/',
    related_apps: ['os'],
    proxy: false,
  };
  return { id, instruction: 'Write yes to a.txt.', config: [], evaluator: PRINTS, ...rest, ...fields };
}

function run(): Promise<OsworldImport> {
  return importOsworld({ from: join(folder, 'tasks'), to: out, names: { from: 'DIR', to: 'OUT' } });
}

describe('importOsworld', () => {
  it('makes a suite of the tasks that can be served, which loads', async () => {
    await put('examples/os/one.json', task('one'));
    await put('examples/os/two.json', task('two', { evaluator: { func: 'infeasible' } }));
    const found = await run();
    expect(found).toMatchObject({
      missing: [],
      hosts: [],
      tasks: [{ id: 'one', isMapped: true }, { id: 'two' }],
    });
    const suite = await loadSuite(out, { cwd: out });
    expect(suite.tasks.map(({ id, tags }) => ({ id, tags }))).toEqual([
      { id: 'one', tags: ['os'] },
      { id: 'two', tags: ['os'] },
    ]);
    const [one, two] = await Promise.all(suite.tasks.map(async ({ load }) => await load(1)));
    expect(one?.display).toEqual({ width: 1920, height: 1080 });
    expect(one?.instruction).toMatch(
      /^Write yes to a\.txt\.\n\nIf this cannot be done here, end with a message that is FAIL/,
    );
    expect(one?.checks).toMatchObject([
      { kind: 'script', script: 'osworld-grader.py', timeout: 600_000 },
      { kind: 'message', rule: { not: {} }, weight: 0 },
    ]);
    expect(two?.checks).toMatchObject([{ kind: 'message', rule: {} }]);
    expect(JSON.parse(await readFile(join(out, 'import.json'), 'utf8'))).toEqual(found);
  });

  it('does what is done before the agent in the same order, files from the web first', async () => {
    const config = [
      { type: 'execute', parameters: { command: 'mkdir -p ~/pictures', shell: true } },
      {
        type: 'download',
        parameters: { files: [{ url: 'https://example.org/a.png', path: 'pictures/a.png' }] },
      },
      {
        type: 'execute',
        parameters: {
          command: [
            'python',
            '-c',
            'import pyautogui; pyautogui.click({SCREEN_WIDTH_HALF}, {SCREEN_HEIGHT_HALF})',
          ],
        },
      },
      { type: 'launch', parameters: { command: ['xfce4-terminal', '--maximize'] } },
      { type: 'sleep', parameters: { seconds: 0.5 } },
      { type: 'activate_window', parameters: { window_name: 'Terminal', strict: true } },
      { type: 'open', parameters: { path: '/home/user/pictures/a.png' } },
      { type: 'command', parameters: { command: 'ls "a b"' } },
    ];
    await put('examples/os/one.json', task('one', { config }));
    const found = await run();
    expect(found).toMatchObject({ missing: [], hosts: ['example.org'] });
    const [first] = (await loadSuite(out, { cwd: out })).tasks;
    const loaded = await first?.load(1);
    expect(loaded?.downloads).toMatchObject([
      { url: 'https://example.org/a.png', path: '/home/user/pictures/a.png' },
    ]);
    expect(
      loaded?.setup.commands.map(({ command: { argv } }) =>
        argv.slice(4).filter((word) => !/left|setsid/.test(word)),
      ),
    ).toEqual([
      ['/bin/sh', '-c', 'mkdir -p ~/pictures'],
      ['xdotool', 'mousemove', '960', '540', 'click', '1'],
      ['/bin/sh', '-c', 'launch', 'xfce4-terminal', '--maximize'],
      ['sleep', '0.5'],
      ['/bin/sh', '-c', 'activate', '-Fa', 'Terminal'],
      ['/bin/sh', '-c', 'launch', 'exo-open', '/home/user/pictures/a.png'],
      ['ls', 'a b'],
    ]);
  });

  it('hands files to compare with to the check alone', async () => {
    const evaluator = {
      func: ['compare_text_file', 'check_list'],
      conj: 'or',
      result: [
        { type: 'vm_file', path: '~/a.txt', dest: 'a.txt' },
        { type: 'vm_file', path: 'b.txt', dest: 'b.txt' },
      ],
      expected: [
        { type: 'cloud_file', path: 'https://example.org/gold.txt', dest: 'gold.txt' },
        { type: 'rule', rules: { expect: ['a'] } },
      ],
      options: [{ ignore_case: true }, null],
    };
    await put('examples/os/one.json', task('one', { evaluator }));
    await run();
    const [first] = (await loadSuite(out, { cwd: out })).tasks;
    const loaded = await first?.load(1);
    expect(loaded?.downloads).toEqual([]);
    const [check] = loaded?.checks ?? [];
    if (check?.kind !== 'script') throw new Error('there is no script');
    const [download] = check.downloads;
    expect(download).toMatchObject({ url: 'https://example.org/gold.txt' });
    expect(JSON.parse(check.arguments[0] ?? '')).toEqual({
      before: [],
      conj: 'or',
      metrics: [
        {
          func: 'compare_text_file',
          options: { ignore_case: true },
          result: { get: 'file', paths: ['/home/user/a.txt'], gives: [0] },
          expected: { get: 'expected', paths: [download?.path], gives: [0] },
        },
        {
          func: 'check_list',
          options: {},
          result: { get: 'file', paths: ['/home/user/b.txt'], gives: [0] },
          expected: { get: 'rule', value: { expect: ['a'] } },
        },
      ],
    });
  });

  it('says of each task that it cannot map all that is missing, and counts it', async () => {
    const office = {
      related_apps: ['libreoffice_calc'],
      config: [
        { type: 'open', parameters: { path: '/home/user/a.xlsx' } },
        {
          type: 'execute',
          parameters: { command: ['python', '-c', 'import pyautogui; pyautogui.scroll(3)'] },
        },
        { type: 'chrome_open_tabs', parameters: { urls_to_open: [] } },
      ],
      evaluator: {
        func: 'compare_table',
        result: { type: 'cache_file', path: 'x' },
        postconfig: [
          { type: 'execute', parameters: { command: 'echo {CLIENT_PASSWORD} | sudo -S ls', shell: true } },
        ],
      },
    };
    const yaml = {
      evaluator: {
        func: 'check_json',
        result: PRINTS.result,
        expected: PRINTS.expected,
        options: { is_yaml: true },
      },
    };
    const late = {
      config: [
        { type: 'execute', parameters: { command: 'rm -rf ~/x', shell: true } },
        {
          type: 'download',
          parameters: { files: [{ url: 'https://example.org/a', path: '/home/user/x/a' }] },
        },
      ],
    };
    await put('examples/libreoffice_calc/office.json', task('office', office));
    await put('examples/os/late.json', task('late', late));
    await put('examples/os/sudo.json', task('sudo', { config: office.evaluator.postconfig }));
    await put('examples/os/yaml.json', task('yaml', yaml));
    const { tasks, missing, hosts } = await run();
    expect(
      tasks.map(({ id, isMapped, missing: own }) => [
        id,
        isMapped,
        own.map(({ kind, name }) => `${kind} ${name}`),
      ]),
    ).toEqual([
      [
        'office',
        false,
        [
          'application libreoffice calc',
          'step open *.xlsx',
          'program pyautogui',
          'step chrome_open_tabs',
          'program sudo',
          'metric compare_table',
          'getter cache_file',
        ],
      ],
      ['late', false, ['step download after other steps']],
      ['sudo', false, ['program sudo']],
      ['yaml', false, ['metric check_json with is_yaml']],
    ]);
    expect(missing[0]).toEqual({ kind: 'program', name: 'sudo', tasks: 2, alone: 1 });
    expect(hosts).toEqual([]);
    expect(await readdir(out)).toEqual(['import.json', 'tasks']);
  });

  it('notes scripts that it cannot look into', async () => {
    const config = [
      {
        type: 'download',
        parameters: { files: [{ url: 'https://example.org/setup.sh', path: 'setup.sh' }] },
      },
      {
        type: 'execute',
        parameters: { command: 'chmod +x setup.sh && ./setup.sh; bash eval.sh', shell: true },
      },
    ];
    await put('examples/os/one.json', task('one', { config }));
    expect((await run()).tasks).toMatchObject([{ isMapped: true, scripts: ['eval.sh', './setup.sh'] }]);
  });

  it('reads those that test_all.json lists', async () => {
    await put('examples/os/one.json', task('one'));
    await put('examples/os/two.json', task('two'));
    await put('test_all.json', { os: ['two'] });
    expect((await run()).tasks.map(({ id }) => id)).toEqual(['two']);
  });
});

describe('bad input', () => {
  it('is told of all files at once, with file, line and field', async () => {
    await put('examples/os/broken.json', '{\n  "id": "x",\n  "instruction": \n}');
    await put('examples/os/other.json', '{\n  "id": "a/b",\n  "name": "no task"\n}');
    await put('examples/os/double.json', task('one'));
    await put('examples/os/one.json', task('one'));
    await put('test_all.json', { os: ['broken', 'other', 'double', 'one', 'gone'] });
    const message = await run().then(() => 'nothing is wrong', toMessage);
    expect(message).toContain('examples/os/other.json:2:9 id: expected an id of letters, digits');
    expect(message).toContain('examples/os/other.json:1:1 evaluator: is missing');
    expect(message).toContain('examples/os/broken.json:3:');
    expect(message).toMatch(/test_all\.json:\d+:\d+ os\[4\]: there is no examples\/os\/gone\.json/);
    expect(message).toContain('examples/os/one.json:1:1 id: examples/os/double.json has the same id');
    expect(await readdir(folder)).toEqual(['tasks']);
  });

  it('is a folder that is not there, is another, or has no tasks', async () => {
    await expect(run()).rejects.toThrow('There is no folder DIR.');
    await put('readme.md', '');
    await expect(run()).rejects.toThrow("DIR is not a folder of OSWorld's tasks.");
    await put('examples/readme.md', '');
    await expect(run()).rejects.toThrow('DIR has no tasks of OSWorld.');
  });

  it('is a suite folder that holds something, or is a file', async () => {
    await put('examples/os/one.json', task('one'));
    await mkdir(out);
    await run();
    await expect(run()).rejects.toThrow('--out: OUT is not empty.');
    out = join(folder, 'tasks/examples/os/one.json');
    await expect(run()).rejects.toThrow('--out: OUT is not a folder that can be used.');
  });
});
