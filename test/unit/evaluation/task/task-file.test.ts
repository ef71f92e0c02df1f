import { mkdtemp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadTaskFile, readTask, toTask } from '../../../../src/evaluation/task/task-file.ts';
import type { Task } from '../../../../src/evaluation/task/task-file.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-task-'));
});

async function load(yaml: string, file = 'task.yaml'): Promise<Task> {
  const path = join(folder, file);
  await writeFile(path, yaml);
  return await loadTaskFile(path, { name: file });
}

async function faultsOf(yaml: string): Promise<string> {
  return await load(yaml).then(
    () => 'no fault',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

const HEAD = 'version: 1\nid: t\ninstruction: do it\n';

describe('a task file', () => {
  test('with everything', async () => {
    await writeFile(join(folder, 'logo.png'), Buffer.from([0, 1, 2]));
    const task = await load(`
version: 1
id: poem
title: A poem
instruction:
  - open "Mousepad"
  - press CTRL+S
model: local
display: 1280x800
network: full
limits: { turns: 30, wallTime: 90s, tokens: 1000 }
setup:
  files:
    - { path: ~/a.txt, content: "naïve\\n" }
    - { path: /opt/logo.png, from: logo.png, mode: "0600" }
  commands:
    - mkdir -p ~/x
    - [touch, "a b"]
    - { command: slow, timeout: 2m }
  open: [thunar ~/x]
checks:
  - command: ls ~/x
    stdout: { contains: [a, b] }
  - file: ~/a.txt
    equals: naïve
    not: { matches: "[0-9]" }
  - screen: { visible: Done, notVisible: [Error, Failed] }
    name: the end
secrets: { PIN: { env: DESKHAND_SECRET_PIN } }
tags: [editor, demo]
`);
    expect(task).toEqual({
      origin: 'task.yaml',
      id: 'poem',
      title: 'A poem',
      instruction: 'open "Mousepad"\npress CTRL+S',
      model: 'local',
      display: { width: 1280, height: 800 },
      network: 'full',
      limits: { turns: 30, wallTimeMs: 90_000, tokens: 1000 },
      setup: {
        files: [
          { path: '/home/user/a.txt', content: Buffer.from('naïve\n') },
          { path: '/opt/logo.png', content: Buffer.from([0, 1, 2]), mode: 0o600 },
        ],
        commands: [
          { command: { argv: ['/bin/sh', '-c', 'mkdir -p ~/x'], shown: 'mkdir -p ~/x' } },
          { command: { argv: ['touch', 'a b'], shown: "touch 'a b'" } },
          { command: { argv: ['/bin/sh', '-c', 'slow'], shown: 'slow' }, timeoutMs: 120_000 },
        ],
        open: [{ argv: ['/bin/sh', '-c', 'thunar ~/x'], shown: 'thunar ~/x' }],
        wait: [],
      },
      checks: [
        {
          kind: 'command',
          command: { argv: ['/bin/sh', '-c', 'ls ~/x'], shown: 'ls ~/x' },
          exitCode: 0,
          stdout: { contains: ['a', 'b'] },
        },
        {
          kind: 'file',
          path: '/home/user/a.txt',
          exists: true,
          rule: { equals: 'naïve', not: { matches: [/[0-9]/mu] } },
        },
        { kind: 'screen', visible: ['Done'], notVisible: ['Error', 'Failed'], name: 'the end' },
      ],
      secrets: { PIN: { env: 'DESKHAND_SECRET_PIN' } },
      downloads: [],
      checkDownloads: [],
      folder,
      tags: ['editor', 'demo'],
      assets: new Map(),
    });
  });

  test('with the least that it needs, as JSON', async () => {
    const task = await load(JSON.stringify({ version: 1, id: 't', instruction: 'do it\n' }), 'task.json');
    expect(task).toEqual({
      origin: 'task.json',
      id: 't',
      instruction: 'do it',
      setup: { files: [], commands: [], open: [], wait: [] },
      checks: [],
      secrets: {},
      downloads: [],
      checkDownloads: [],
      folder,
      tags: [],
      assets: new Map(),
    });
  });
});

test('what is to be fetched is listed, that of the checks apart', async () => {
  await writeFile(join(folder, 'same.sh'), '#!/bin/sh\n');
  const { downloads, checkDownloads } = await load(`version: 1
id: t
instruction: do it
setup:
  downloads: [{ url: 'https://example.com/a.zip', path: ~/a.zip, maxSize: 1k, timeout: 5s, mode: '0600' }]
checks:
  - any: [{ script: same.sh, downloads: [{ url: 'https://example.com/gold', path: /tmp/gold }] }]
`);
  expect(downloads).toEqual([
    {
      url: 'https://example.com/a.zip',
      path: '/home/user/a.zip',
      maxBytes: 1024,
      timeoutMs: 5000,
      mode: 0o600,
    },
  ]);
  expect(checkDownloads).toEqual([{ url: 'https://example.com/gold', path: '/tmp/gold' }]);
});

describe('a fault is reported by line, column and field:', () => {
  test.each([
    [
      'a field unknown',
      `${HEAD}instrction: x\n`,
      /^task\.yaml:4:1 instrction: unknown field; did you mean instruction\? expected one of version, id, /,
    ],
    [
      'a field missing',
      'version: 1\nid: t\n',
      /^task\.yaml:1:1 instruction: is missing; expected a string or a list$/,
    ],
    [
      'another version',
      'version: 2\nid: t\ninstruction: x\n',
      /^task\.yaml:1:10 version: expected 1, the version that this deskhand reads$/,
    ],
    [
      'an instruction of another kind',
      'version: 1\nid: t\ninstruction: 5\n',
      /^task\.yaml:3:14 instruction: expected a string or a list; has 5$/,
    ],
    [
      'an instruction of nothing',
      'version: 1\nid: t\ninstruction: " "\n',
      /^task\.yaml:3:14 instruction: expected some text$/,
    ],
    [
      'a display of zero (which YAML reads as a number)',
      `${HEAD}display: 0x0\n`,
      /^task\.yaml:4:10 display: expected WIDTHxHEIGHT in pixels, such as 1440x900; has 0$/,
    ],
    [
      'a duration without unit',
      `${HEAD}limits: { wallTime: 90 }\n`,
      /^task\.yaml:4:21 limits\.wallTime: expected a duration with its unit, such as 90s/,
    ],
    [
      'turns as a list',
      `${HEAD}limits: { turns: [1] }\n`,
      /^task\.yaml:4:18 limits\.turns: expected a whole number of at least 1; has a list$/,
    ],
    [
      'a check of no kind',
      `${HEAD}checks:\n  - {}\n`,
      /^task\.yaml:5:5 checks\[0\]: expected one of the fields command, file, screen, document, /,
    ],
    [
      'the kind of a check misspelt',
      `${HEAD}checks:\n  - fil: ~/a\n`,
      /^task\.yaml:5:5 checks\[0\]\.fil: unknown field; did you mean file\? expected one of command, /,
    ],
    [
      'a check that is none',
      `${HEAD}checks: [ls]\n`,
      /^task\.yaml:4:10 checks\[0\]: expected a mapping; has "ls"$/,
    ],
    [
      'a field of a check unknown',
      `${HEAD}checks:\n  - file: ~/a\n    contians: x\n`,
      /^task\.yaml:6:5 checks\[0\]\.contians: unknown field; did you mean contains\?/,
    ],
    [
      'a pattern that is none',
      `${HEAD}checks:\n  - file: ~/a\n    matches: "("\n`,
      /^task\.yaml:6:14 checks\[0\]\.matches: expected a regular expression; .*Unterminated group/,
    ],
    [
      'one pattern of several',
      `${HEAD}checks:\n  - file: ~/a\n    matches: [a, "("]\n`,
      /^task\.yaml:6:18 checks\[0\]\.matches\[1\]: expected a regular expression/,
    ],
    [
      'text of a file that must not exist',
      `${HEAD}checks:\n  - { file: ~/a, exists: false, contains: x }\n`,
      /^task\.yaml:5:26 checks\[0\]\.exists: a file that must not exist has no text to check$/,
    ],
    [
      'an empty rule',
      `${HEAD}checks:\n  - { command: ls, stdout: {} }\n`,
      /^task\.yaml:5:28 checks\[0\]\.stdout: expected at least one of equals, contains, matches, not$/,
    ],
    [
      'a relative path',
      `${HEAD}checks:\n  - file: a.txt\n`,
      /^task\.yaml:5:11 checks\[0\]\.file: expected an absolute path of a file, or one that starts with ~\/; has "a\.txt"$/,
    ],
    [
      'a setup file of two sources',
      `${HEAD}setup: { files: [{ path: /a, content: x, from: y }] }\n`,
      /^task\.yaml:4:18 setup\.files\[0\]: expected either content or from$/,
    ],
    ['a field given twice', `${HEAD}id: u\n`, /^task\.yaml:4:1: not valid YAML: Map keys must be unique/],
    ['YAML that is none', `${HEAD}display: [\n`, /^task\.yaml:5:1: not valid YAML: /],
    ['a list', '- a\n', /^task\.yaml:1:1: expected a mapping; has a list$/],
    ['an empty file', '', /^task\.yaml:1:1: expected a mapping; has nothing$/],
  ])('%s', async (_title, yaml, message) => {
    expect(await faultsOf(yaml)).toMatch(message);
  });

  test('all of several, in the order of the lines', async () => {
    const yaml = 'version: 1\nid: a b\ninstruction: x\nchecks:\n  - comand: ls\n    exitCode: -1\n';
    expect((await faultsOf(yaml)).split('\n').map((line) => line.trim().slice(0, 40))).toEqual([
      '4 problems in task.yaml:',
      'task.yaml:2:5 id: expected letters, digi',
      'task.yaml:5:5 checks[0].command: is miss',
      'task.yaml:5:5 checks[0].comand: unknown ',
      'task.yaml:6:15 checks[0].exitCode: expec',
    ]);
  });
});

describe('a file to copy', () => {
  const setup = (from: string): string => `${HEAD}setup:\n  files:\n    - path: /a\n      from: ${from}\n`;

  test('that is not there', async () => {
    expect(await faultsOf(setup('gone.png'))).toBe(
      'task.yaml:7:13 setup.files[0].from: there is no file gone.png beside the task file',
    );
  });

  test('may be below the folder of the task, and nowhere else', async () => {
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'assets', 'a.txt'), 'a');
    await symlink('/etc/hostname', join(folder, 'link.txt'));
    expect(await faultsOf(setup('assets/a.txt'))).toBe('no fault');
    expect(await faultsOf(setup('/etc/hostname'))).toMatch(/is not in the folder of the task file$/);
    expect(await faultsOf(setup('../../etc/hostname'))).toMatch(
      /beside the task file$|folder of the task file$/,
    );
    expect(await faultsOf(setup('link.txt'))).toMatch(/link\.txt is not in the folder of the task file$/);
    expect(await faultsOf(setup('assets'))).toMatch(/assets is not a file$/);
  });
});

describe('the TASK of the command line', () => {
  test('is an instruction', async () => {
    const task = await readTask('  Open the editor, please ', { cwd: folder });
    expect(task).toEqual(toTask('Open the editor, please'));
    expect(task.id).toBe('open-the-editor-please');
    expect(toTask('日本語').id).toBe('task');
  });

  test('is a file by its ending', async () => {
    await writeFile(join(folder, 'a.yaml'), HEAD);
    expect((await readTask('a.yaml', { cwd: folder })).origin).toBe('a.yaml');
    await expect(readTask('missing.yaml', { cwd: folder })).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no file missing.yaml.',
    });
  });

  test('is an instruction even where it ends with the name of a file', async () => {
    expect((await readTask('click "notes.json"\nopen "a.yaml', { cwd: folder })).origin).toBeUndefined();
  });

  test('may not be empty', async () => {
    await expect(readTask(' ', { cwd: folder })).rejects.toMatchObject({ code: 'invalid-option' });
  });
});
