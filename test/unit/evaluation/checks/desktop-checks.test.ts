import { beforeEach, describe, expect, test } from 'vitest';
import { FakeDriver } from '../../../../src/testing/fake-driver.ts';
import type { FakeSandbox } from '../../../../src/testing/fake-driver.ts';
import { outcome } from './checking.ts';

let sandbox: FakeSandbox;

function says(stdout: string, exitCode = 0): void {
  sandbox.onExec = () => ({ exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from('no display') });
}

beforeEach(async () => {
  const driver = new FakeDriver();
  await driver.create({
    runId: 'r',
    display: { width: 1024, height: 768 },
    network: 'none',
    memoryBytes: 1,
    cpus: 1,
    pidsLimit: 1,
    expiresInMs: 1,
  });
  const [made] = driver.sandboxes;
  if (made === undefined) throw new Error('the driver has made none');
  sandbox = made;
});

describe('window checks', () => {
  const LIST = '0x01 0 host notes.txt - Mousepad\n0x02 -1 host Desktop\n';

  test.each([
    ['- window: Mousepad', 'passed: a window "notes.txt - Mousepad" is open'],
    ['- window: { matches: "^notes" }', 'passed: a window "notes.txt - Mousepad" is open'],
    ['- window: Galculator', 'failed: expected such a window; open are "notes.txt - Mousepad", "Desktop"'],
    [
      '- window: Mousepad\n  exists: false',
      'failed: expected no such window; a window "notes.txt - Mousepad" is open',
    ],
    [
      '- window: Galculator\n  exists: false',
      'passed: no such window; open are "notes.txt - Mousepad", "Desktop"',
    ],
  ])('%s', async (yaml, expected) => {
    says(LIST);
    expect(await outcome(yaml, { sandbox })).toBe(expected);
  });

  test('that cannot be listed are an error', async () => {
    says('', 1);
    expect(await outcome('- window: x', { sandbox })).toBe(
      'error: the check could not be done: wmctrl -l ended with exit code 1: "no display"',
    );
  });
});

test.each([
  ['- process: mousepad', 'passed: mousepad is running'],
  ['- process: galculator', 'failed: expected galculator to run'],
  ['- process: mousepad\n  running: false', 'failed: expected mousepad not to run'],
])('process checks: %s', async (yaml, expected) => {
  says('/usr/bin/mousepad\nXvnc\n');
  expect(await outcome(yaml, { sandbox })).toBe(expected);
});

test.each([
  ['- clipboard: "408"', 'passed: the clipboard is "= 408"'],
  ['- clipboard: { equals: "408" }', 'failed: the clipboard: expected it to be "408"; has "= 408"'],
])('clipboard checks: %s', async (yaml, expected) => {
  says('= 408');
  expect(await outcome(yaml, { sandbox })).toBe(expected);
});

test.each([
  ['It is 408.', '- message: "408"', 'passed: the last message is "It is 408."'],
  [
    'It is 407.',
    '- message: "408"',
    'failed: the last message: expected it to contain "408"; has "It is 407."',
  ],
  [undefined, '- message: "408"', 'failed: the last message: expected it to contain "408"; has nothing'],
])('message checks: %s', async (finalMessage, yaml, expected) => {
  expect(await outcome(yaml, { sandbox, finalMessage })).toBe(expected);
});

describe('script checks', () => {
  const asset = { path: '/suite/check.sh', content: Buffer.from('#!/bin/sh -e\ntrue\n') };
  const assets = new Map([['check.sh', asset]]);

  test('put the script into the sandbox and name its interpreter', async () => {
    says('fine\n');
    const yaml = '- script: check.sh\n  arguments: [a b]';
    expect(await outcome(yaml, { sandbox, assets })).toBe('passed: check.sh said "fine"');
    expect(sandbox.executed).toEqual([['/bin/sh', '-e', '/tmp/deskhand-check', 'a b']]);
    expect([...sandbox.files.values()]).toEqual([asset.content]);
  });

  test.each([
    [1, 'nearly\n', 'failed: check.sh said "nearly"'],
    [2, 'oh\n', 'error: the check could not be done: check.sh ended with exit code 2; it said "oh"'],
  ])('exit code %s', async (exitCode, stdout, expected) => {
    says(stdout, exitCode);
    expect(await outcome('- script: check.sh', { sandbox, assets })).toBe(expected);
  });

  test('on the host need to be allowed', async () => {
    expect(await outcome('- script: check.sh\n  on: host', { sandbox, assets })).toBe(
      'error: the check could not be done: check.sh runs on this machine, which nobody has allowed (--allow-host-scripts)',
    );
  });
});
