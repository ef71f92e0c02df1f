import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadTaskFile } from '../../../../src/evaluation/task/task-file.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-web-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function load(serve: string) {
  const path = join(folder, 'task.yaml');
  await writeFile(
    path,
    `version: 1\nid: t\ninstruction: x\nsetup:\n  commands: [mkdir a]\n  serve: [${serve}]\n`,
  );
  return await loadTaskFile(path, { name: 'task.yaml' });
}

test('a web application is files and a command, after the others', async () => {
  await mkdir(join(folder, 'shop', 'img'), { recursive: true });
  await writeFile(join(folder, 'shop', 'index.html'), '<h1>Shop</h1>');
  await writeFile(join(folder, 'shop', 'img', 'a.png'), 'png');
  const { setup } = await load('{ folder: shop, port: 8001 }');
  expect(setup.files.map(({ path }) => path)).toEqual([
    '/tmp/deskhand-web/server.py',
    '/tmp/deskhand-web/8001/img/a.png',
    '/tmp/deskhand-web/8001/index.html',
  ]);
  expect(setup.commands.map(({ command }) => command.shown)).toEqual(['mkdir a', 'serve shop on port 8001']);
});

test.each([
  [
    '{ folder: none }',
    /^task\.yaml:6:21 setup\.serve\[0\]\.folder: there is no folder none beside the task file$/,
  ],
  ['{ folder: task.yaml }', /folder: task\.yaml is not a folder$/],
  ['{ folder: ../x }', /folder: expected a file in the folder of the task file, or below it$/],
  ['{ folder: task.yaml, port: 80 }', /port: expected at least 1024; has 80$/],
])('%s', async (serve, message) => {
  await expect(load(serve)).rejects.toThrow(message);
});
