import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRecordedRun } from '../../../../src/demo/record/recorded-run.ts';
import { recordDrawnRun } from '../../recording/report/drawn-run.ts';
import { temporaryFolder } from '../../recording/sample-run.ts';

test('a run is what was done in it, each deed on its screen; the last words are no caption', async () => {
  await using root = await temporaryFolder();
  const folder = await recordDrawnRun(root.path, { steps: 2, text: 'I click.' });
  const run = await readRecordedRun(folder);
  expect(run.problems).toEqual([]);
  expect(run.deeds.map(({ say }) => say)).toEqual([undefined, undefined]);
  expect(run.deeds.map(({ action, screen }) => [action.type, screen?.width])).toEqual([
    ['click', run.display.width],
    ['click', run.display.width],
  ]);
  expect(run.last?.sha256).not.toBe(run.deeds[0]?.screen?.sha256);
});

test('of a damaged run it is what can be read, and it is told what is lost', async () => {
  await using root = await temporaryFolder();
  const folder = await recordDrawnRun(root.path, { steps: 3 });
  const [first] = (await readRecordedRun(folder)).deeds;
  await rm(join(folder.frames, `${first?.screen?.sha256}.png`));
  const lines = (await readFile(folder.trajectory, 'utf8')).split('\n');
  const cut = lines.findLastIndex((line) => line.includes('"type":"step"'));
  await writeFile(folder.trajectory, [...lines.slice(0, cut), lines[cut]?.slice(0, 80)].join('\n'));
  const run = await readRecordedRun(folder);
  expect(run.deeds.map(({ screen }) => screen === undefined)).toEqual([true, false]);
  expect(run.problems).toEqual([
    expect.stringMatching(/is damaged at line \d+: the line is cut off$/),
    expect.stringContaining('Cannot read the frame'),
  ]);
});

test('a run that never had a desktop is refused', async () => {
  await using root = await temporaryFolder();
  const folder = await recordDrawnRun(root.path, { steps: 1 });
  await writeFile(folder.trajectory, '');
  await expect(readRecordedRun(folder)).rejects.toMatchObject({ code: 'invalid-file' });
});
