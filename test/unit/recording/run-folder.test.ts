import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRunFolder, replaceFile, toRunFolder } from '../../../src/recording/run-folder.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { temporaryFolder } from './sample-run.ts';

const clock = new ManualClock({ wallMs: Date.UTC(2026, 0, 31, 23, 59, 59) });

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

test('is named after the UTC time and a short id, and is for its owner only', async () => {
  await using root = await temporaryFolder();
  const parent = join(root.path, 'deep', 'runs');
  const folder = await createRunFolder({ parent, clock, shortId: () => '1f3a9c' });
  const path = join(parent, '20260131T235959Z-1f3a9c');
  expect(folder).toEqual({
    runId: '20260131T235959Z-1f3a9c',
    path,
    trajectory: join(path, 'trajectory.jsonl'),
    frames: join(path, 'frames'),
    files: join(path, 'files'),
    asked: join(path, 'asked'),
    audit: join(path, 'audit.jsonl'),
    result: join(path, 'result.json'),
    report: join(path, 'report.html'),
    start: join(path, 'start.json'),
    output: join(path, 'output.log'),
  });
  expect(toRunFolder(path)).toEqual(folder);
  expect([await modeOf(parent), await modeOf(path), await modeOf(folder.frames)]).toEqual([
    '700',
    '700',
    '700',
  ]);
});

test('two runs in the same second get two folders', async () => {
  await using root = await temporaryFolder();
  const ids = ['same', 'same', 'other'];
  const options = { parent: root.path, clock, shortId: () => ids.shift() ?? 'none' };
  await createRunFolder(options);
  await createRunFolder(options);
  expect((await readdir(root.path)).sort()).toEqual(['20260131T235959Z-other', '20260131T235959Z-same']);
});

test('many at once never share a folder', async () => {
  await using root = await temporaryFolder();
  const folders = await Promise.all(
    Array.from({ length: 20 }, () => createRunFolder({ parent: root.path, clock })),
  );
  expect(new Set(folders.map(({ path }) => path)).size).toBe(20);
});

test('a name that is taken is refused, and what is there stays as it was', async () => {
  await using root = await temporaryFolder();
  const folder = await createRunFolder({ parent: root.path, clock, name: 'mine' });
  await writeFile(folder.result, '{}');
  await expect(createRunFolder({ parent: root.path, clock, name: 'mine' })).rejects.toMatchObject({
    code: 'write-failed',
    message: `Cannot make the run folder ${folder.path}: it exists already.`,
    hint: 'Choose another name, or remove what is there.',
  });
  expect(await readFile(folder.result, 'utf8')).toBe('{}');
});

test('a parent that is a file is refused with clear words', async () => {
  await using root = await temporaryFolder();
  const file = join(root.path, 'file');
  await writeFile(file, '');
  await expect(createRunFolder({ parent: join(file, 'runs'), clock })).rejects.toMatchObject({
    code: 'write-failed',
    message: `Cannot make the folder ${join(file, 'runs')}: a part of the path is a file, not a folder.`,
  });
});

test('a file is replaced as a whole, for its owner only, and leaves nothing else behind', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'result.json');
  await replaceFile(path, 'one');
  await replaceFile(path, 'two');
  expect(await readFile(path, 'utf8')).toBe('two');
  expect(await modeOf(path)).toBe('600');
  expect(await readdir(root.path)).toEqual(['result.json']);
});

test('a file that cannot be replaced stays as it was', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'folder');
  await createRunFolder({ parent: root.path, clock, name: 'folder' });
  await chmod(path, 0o700);
  await expect(replaceFile(path, 'x')).rejects.toMatchObject({ code: 'write-failed' });
  expect((await readdir(root.path)).sort()).toEqual(['folder']);
});
