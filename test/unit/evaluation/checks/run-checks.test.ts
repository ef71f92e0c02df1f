import { mkdtemp, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { parseYaml } from '../../../../src/config/yaml-file.ts';
import type { CheckResult } from '../../../../src/agent/run-ports.ts';
import { CancelledError, SandboxError } from '../../../../src/errors.ts';
import { checkSchema } from '../../../../src/evaluation/checks/check-schema.ts';
import type { CheckContext } from '../../../../src/evaluation/checks/check.ts';
import { nameOf } from '../../../../src/evaluation/checks/name-of.ts';
import { runChecks } from '../../../../src/evaluation/checks/run-checks.ts';
import { fakeScreenshot } from '../../../../src/testing/fake-display.ts';
import { ManualClock } from '../../../../src/testing/manual-clock.ts';
import { z } from 'zod';
import { HostSandbox } from './host-sandbox.ts';

let folder: string;
let sandbox: HostSandbox;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-checks-'));
  sandbox = new HostSandbox();
});

/** Checks are written as in a task file; FOLDER stands for the test's own. */
async function check(yaml: string, extra: Partial<CheckContext> = {}): Promise<readonly CheckResult[]> {
  const text = yaml.replaceAll('FOLDER', folder);
  const { value } = parseYaml(text, { file: 'checks.yaml', schema: z.array(checkSchema) });
  return await runChecks(value, {
    sandbox,
    screenshot: async () => fakeScreenshot('end', { width: 1024, height: 768 }),
    readScreen: async () => [],
    readContent: async () => await Promise.reject(new Error('no file is read here')),
    assets: new Map(),
    finalMessage: undefined,
    allowsHostScripts: false,
    clock: new ManualClock(),
    ...extra,
  });
}

async function outcome(yaml: string, extra?: Partial<CheckContext>): Promise<string> {
  const [only] = await check(yaml, extra);
  return `${only?.result}: ${only?.detail.replaceAll(folder, 'FOLDER')}`;
}

describe('command checks', () => {
  test.each([
    [
      '- command: printf "4\\n2\\n"\n  stdout: { equals: "4\\n2" }',
      'passed: exit code 0, and it said "4\\n2\\n"',
    ],
    ['- command: [printf, "%s", a b]\n  stdout: { equals: a b }', 'passed: exit code 0, and it said "a b"'],
    ['- command: exit 3\n  exitCode: 3', 'passed: exit code 3'],
    ['- command: echo no >&2; exit 3', 'failed: expected exit code 0; has 3, and it said "no"'],
    [
      '- command: echo 41\n  stdout: { contains: "42" }',
      'failed: stdout: expected it to contain "42"; has "41\\n"',
    ],
    [
      '- command: echo a; echo b\n  stdout: { matches: "^b$" }',
      'passed: exit code 0, and it said "a\\nb\\n"',
    ],
    [
      '- command: echo secret\n  stdout: { not: { contains: secret } }',
      'failed: stdout: expected it not to contain "secret"; has "secret\\n"',
    ],
    [
      '- command: echo warning >&2\n  stderr: { equals: "" }',
      'failed: stderr: expected it to be nothing; has "warning\\n"',
    ],
  ])('%s', async (yaml, expected) => {
    expect(await outcome(yaml)).toBe(expected);
  });

  test('a program that cannot be run is an error and not a failure', async () => {
    const [only] = await check('- command: [no-such-program-here]');
    expect(only?.result).toBe('error');
    expect(only?.detail).toMatch(/^the check could not be done: .*ENOENT/);
  });
});

describe('file checks', () => {
  beforeEach(async () => {
    await writeFile(join(folder, 'poem.txt'), 'Ä café at night\n🌙 and naïve stars');
    await mkdir(join(folder, 'sub'));
  });

  test.each([
    ['- file: FOLDER/poem.txt', 'passed: FOLDER/poem.txt exists'],
    ['- file: FOLDER/sub', 'passed: FOLDER/sub exists'],
    ['- file: FOLDER/none.txt', 'failed: expected FOLDER/none.txt to exist'],
    ['- file: FOLDER/none.txt\n  exists: false', 'passed: FOLDER/none.txt does not exist'],
    ['- file: FOLDER/poem.txt\n  exists: false', 'failed: expected FOLDER/poem.txt not to exist'],
    ['- file: FOLDER/none.txt\n  contains: x', 'failed: expected FOLDER/none.txt to exist'],
    ['- file: FOLDER/sub\n  contains: x', 'failed: expected FOLDER/sub to be a file; it is a folder'],
    [
      '- file: FOLDER/poem.txt\n  contains: [café, 🌙]\n  matches: "^Ä"',
      'passed: FOLDER/poem.txt has "Ä café at night\\n🌙 and naïve stars"',
    ],
    [
      '- file: FOLDER/poem.txt\n  contains: [café, tea]',
      'failed: FOLDER/poem.txt: expected it to contain "tea"; has "Ä café at night\\n🌙 and naïve stars"',
    ],
  ])('%s', async (yaml, expected) => {
    expect(await outcome(yaml)).toBe(expected);
  });

  test('a long text is shortened, and what could steer a terminal is escaped', async () => {
    await writeFile(join(folder, 'long.txt'), `\u202e\u001b[2J${'x'.repeat(500)}`);
    const words = await outcome('- file: FOLDER/long.txt\n  contains: y');
    expect(words).toMatch(/has "\\u\{202e\}\\u001b\[2Jx+"… \(505 characters\)$/);
  });
});

describe('screen checks', () => {
  const readScreen = async (): Promise<readonly string[]> => [
    'File Edit View',
    'New Folder…',
    'a long caption',
    'that wraps',
  ];

  test.each([
    ['- screen: { visible: edit }', 'passed: visible: "edit"'],
    ['- screen: { visible: New Folder... }', 'passed: visible: "New Folder..."'],
    ['- screen: { visible: caption that wraps }', 'passed: visible: "caption that wraps"'],
    ['- screen: { visible: File, notVisible: Error }', 'passed: visible: "File"; not visible: "Error"'],
    [
      '- screen: { visible: Fold }',
      'failed: expected "Fold" to be visible; the screen has "File Edit View", "New Folder…", "a long caption", "that wraps"',
    ],
    [
      '- screen: { notVisible: [Error, view] }',
      'failed: expected "view" not to be visible; the screen has "File Edit View", "New Folder…", "a long caption", "that wraps"',
    ],
  ])('%s', async (yaml, expected) => {
    expect(await outcome(yaml, { readScreen })).toBe(expected);
  });

  test('see the screen once, before any command is run', async () => {
    const order: string[] = [];
    const results = await check(
      '- command: "true"\n- screen: { visible: File }\n- screen: { visible: Edit }',
      {
        readScreen: async () => {
          order.push(`read after ${sandbox.ran.length} commands`);
          return await readScreen();
        },
      },
    );
    expect(results.map(({ result }) => result)).toEqual(['passed', 'passed', 'passed']);
    expect(order).toEqual(['read after 0 commands']);
  });

  test('a screen that cannot be read is an error, and the other checks are still done', async () => {
    const results = await check('- screen: { visible: File }\n- command: "true"', {
      readScreen: async () => await Promise.reject(new Error('no text engine')),
    });
    expect(results.map(({ result, detail }) => `${result}: ${detail}`)).toEqual([
      'error: the check could not be done: no text engine',
      'passed: exit code 0',
    ]);
  });
});

describe('a list of checks', () => {
  test('goes on after a failure, and reports each as it comes', async () => {
    const seen: string[] = [];
    const results = await check('- { command: exit 1, name: first }\n- { command: exit 0, name: second }', {
      onResult: ({ name, result }) => void seen.push(`${name} ${result}`),
    });
    expect(seen).toEqual(['first failed', 'second passed']);
    expect(results.map(({ name }) => name)).toEqual(['first', 'second']);
  });

  test('a sandbox that is gone gives errors', async () => {
    sandbox.fault = new SandboxError('sandbox-died', 'The sandbox ended.');
    expect(await outcome('- file: FOLDER/poem.txt')).toBe(
      'error: the check could not be done: The sandbox ended.',
    );
  });

  test('stops when it is cancelled', async () => {
    const controller = new AbortController();
    const results = check('- command: exit 0\n- command: exit 0', {
      signal: controller.signal,
      onResult: () => controller.abort(),
    });
    await expect(results).rejects.toThrow(CancelledError);
    expect(sandbox.ran).toHaveLength(1);
  });

  test('has a name for each check', async () => {
    const { value } = parseYaml(
      '- command: [ls, a b]\n- file: ~/x\n- screen: { visible: A, notVisible: B }\n- { file: /y, name: mine }',
      { file: 'checks.yaml', schema: z.array(checkSchema) },
    );
    expect(value.map(nameOf)).toEqual([
      `command "ls 'a b'"`,
      'file /home/user/x',
      'screen A, without B',
      'mine',
    ]);
  });
});
