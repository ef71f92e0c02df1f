import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findRun, runIds } from '../../../src/recording/find-run.ts';
import { temporaryFolder } from './sample-run.ts';

async function runs(...ids: readonly string[]) {
  const folder = await temporaryFolder();
  for (const id of ids) {
    await mkdir(join(folder.path, id), { recursive: true });
    await writeFile(join(folder.path, id, 'trajectory.jsonl'), '');
  }
  await mkdir(join(folder.path, 'not-a-run'));
  await writeFile(join(folder.path, 'a-file'), '');
  const find = async (named: string) =>
    (await findRun(named, { cwd: folder.path, runsFolder: folder.path })).runId;
  return { ...folder, find };
}

const FIRST = '20260101T000000Z-aaaaaa';
const SECOND = '20260102T000000Z-bbbbbb';

test('a run is named by its id, the beginning of it, its folder, or as the last one', async () => {
  await using folder = await runs(SECOND, FIRST);
  expect(await runIds(folder.path)).toEqual([FIRST, SECOND]);
  expect(await folder.find(FIRST)).toBe(FIRST);
  expect(await folder.find('20260102')).toBe(SECOND);
  expect(await folder.find(join(folder.path, FIRST))).toBe(FIRST);
  expect(await folder.find('last')).toBe(SECOND);
});

test('what names no run, or several, is refused with what there is', async () => {
  await using folder = await runs(FIRST, SECOND);
  await expect(folder.find('2026')).rejects.toMatchObject({
    code: 'invalid-option',
    message: `2 runs begin with 2026: ${FIRST}, ${SECOND}.`,
  });
  await expect(folder.find('20260101T000000Z-aaaaab')).rejects.toMatchObject({
    code: 'not-found',
    hint: `Did you mean ${FIRST}?`,
  });
  await expect(folder.find('')).rejects.toMatchObject({ code: 'not-found' });
  await expect(folder.find('not-a-run')).rejects.toMatchObject({ code: 'not-found' });
});

test('without any run there is no last one', async () => {
  await using folder = await runs();
  await expect(folder.find('last')).rejects.toThrow(`There are no runs in ${folder.path}.`);
  const missing = join(folder.path, 'none');
  await expect(findRun('last', { cwd: folder.path, runsFolder: missing })).rejects.toThrow(missing);
});
