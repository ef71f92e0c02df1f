import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSecrets } from '../../../../src/evaluation/task/read-secrets.ts';
import { loadTaskFile } from '../../../../src/evaluation/task/task-file.ts';

let root: string;
let folder: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'deskhand-secrets-'));
  folder = join(root, 'task');
  await mkdir(folder);
  await writeFile(join(folder, 'token.txt'), 'from a file\n');
  await writeFile(join(folder, 'short.txt'), 'abc\n');
  await writeFile(join(root, 'key.txt'), 'of somebody else');
  await symlink('../key.txt', join(folder, 'link.txt'));
});
afterAll(() => rm(root, { recursive: true }));

const read = (secrets: Parameters<typeof readSecrets>[0]['secrets'], env = {}) =>
  readSecrets({ secrets, folder, origin: 'task.yaml' }, env);

describe('the secrets of a task', () => {
  it('come from the environment and from files, without the newline at their end', async () => {
    const secrets = await read(
      { A: { env: 'DESKHAND_SECRET_A' }, B: { file: 'token.txt' } },
      { DESKHAND_SECRET_A: 'from the environment' },
    );
    expect(secrets.split('{{secret:A}}{{secret:B}}').map(({ text }) => text)).toEqual([
      'from the environment',
      'from a file',
    ]);
  });

  it.each([
    [
      'a variable that is not set',
      { A: { env: 'DESKHAND_SECRET_A' } },
      'the variable DESKHAND_SECRET_A is not set.',
    ],
    ['a file that is not there', { A: { file: 'none.txt' } }, 'there is no file none.txt.'],
    [
      'a file elsewhere',
      { A: { file: '../key.txt' } },
      '../key.txt is neither in the folder of the task file nor in',
    ],
    [
      'a link to a file elsewhere',
      { A: { file: 'link.txt' } },
      'link.txt is neither in the folder of the task file',
    ],
    ['a short one', { A: { file: 'short.txt' } }, 'expected at least 4 characters'],
  ])('are refused: %s', async (_what, secrets, message) => {
    await expect(read(secrets)).rejects.toThrow(`task.yaml secrets.A: ${message}`);
  });

  it('cannot be any variable of whoever runs the task', async () => {
    const path = join(folder, 'task.yaml');
    const text = 'version: 1\nid: t\ninstruction: x\nsecrets:\n  KEY: { env: OPENAI_API_KEY }\n';
    await writeFile(path, text);
    await expect(loadTaskFile(path, { name: 'task.yaml' })).rejects.toThrow(
      'task.yaml:5:15 secrets.KEY.env: expected a variable whose name begins with DESKHAND_SECRET_',
    );
  });
});
