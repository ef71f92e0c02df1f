import { mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { parseYaml } from '../../../../src/config/yaml-file.ts';
import { applySetup } from '../../../../src/evaluation/task/setup.ts';
import { taskSchema } from '../../../../src/evaluation/task/task-schema.ts';
import type { TaskSetup } from '../../../../src/evaluation/task/task-file.ts';
import { HostSandbox } from '../checks/host-sandbox.ts';

let folder: string;
let sandbox: HostSandbox;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-setup-'));
  sandbox = new HostSandbox();
});

function setupOf(yaml: string): TaskSetup {
  const text = `version: 1\nid: t\ninstruction: x\nsetup:\n${yaml.replaceAll('FOLDER', folder)}`;
  const { setup } = parseYaml(text, { file: 'task.yaml', schema: taskSchema }).value;
  return { ...setup, files: [] };
}

test('files come before commands, commands in order', async () => {
  const files = [{ path: join(folder, 'sub', 'a.txt'), content: Buffer.from('one\n'), mode: 0o600 }];
  const { commands, open } = setupOf(
    '  commands: ["echo two >> FOLDER/sub/a.txt", [cp, FOLDER/sub/a.txt, FOLDER/b.txt]]',
  );
  await applySetup({ files, commands, open }, sandbox);
  expect(await readFile(join(folder, 'b.txt'), 'utf8')).toBe('one\ntwo\n');
  expect((await stat(join(folder, 'sub', 'a.txt'))).mode & 0o777).toBe(0o600);
});

test('a failing command ends the setup, with its exit code and what it said', async () => {
  const setup = setupOf('  commands: ["echo out; echo sorry >&2; exit 3", "touch FOLDER/never"]');
  await expect(applySetup(setup, sandbox)).rejects.toMatchObject({
    code: 'exec-failed',
    message: 'The setup command "echo out; echo sorry >&2; exit 3" ended with exit code 3; it said "sorry".',
    details: { exitCode: 3, stdout: 'out\n', stderr: 'sorry\n' },
  });
  await expect(stat(join(folder, 'never'))).rejects.toThrow(/ENOENT/);
});

test('an application that is opened is not waited for', async () => {
  const setup = setupOf('  open: ["sleep 3 && touch FOLDER/ended", [sleep, "3"]]');
  await applySetup(setup, sandbox);
  await expect(stat(join(folder, 'ended'))).rejects.toThrow(/ENOENT/);
  expect(sandbox.ran.map((argv) => argv.slice(3))).toEqual([
    ['open', 'sleep', '/bin/sh', '-c', `sleep 3 && touch ${folder}/ended`],
    ['open', 'sleep', 'sleep', '3'],
  ]);
});

test('an application that the image lacks is reported by its name', async () => {
  await expect(applySetup(setupOf('  open: [no-such-application --new]'), sandbox)).rejects.toMatchObject({
    code: 'invalid-file',
    message: 'setup.open: the image has no program "no-such-application".',
  });
});

test('a sandbox that fails is reported as it is', async () => {
  sandbox.fault = new Error('gone');
  await expect(applySetup(setupOf('  commands: ["true"]'), sandbox)).rejects.toThrow('gone');
});
