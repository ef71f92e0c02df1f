import { readFile, truncate, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createFileRecorder } from '../../../src/recording/file-recorder.ts';
import { toRemove } from '../../../src/recording/keep-rules.ts';
import { encodeLine } from '../../../src/recording/line-codec.ts';
import { createRunFolder } from '../../../src/recording/run-folder.ts';
import type { RunSummary } from '../../../src/recording/run-store.ts';
import { listRuns, removeRun } from '../../../src/recording/run-store.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { recordSampleRun, RUN_STARTED, temporaryFolder } from './sample-run.ts';

test('lists what there is with sizes and outcomes, whole, cut, empty and of a newer format', async () => {
  await using root = await temporaryFolder();
  const clock = new ManualClock();
  const make = async (name: string) => {
    const folder = await createRunFolder({ parent: root.path, clock, name });
    const recorder = await createFileRecorder({ folder, clock });
    recordSampleRun(recorder);
    await recorder[Symbol.asyncDispose]();
    return folder;
  };
  await make('1-whole');
  const cut = await make('2-cut');
  await truncate(cut.trajectory, (await readFile(cut.trajectory)).length - 40);
  const empty = await make('3-empty');
  await truncate(empty.trajectory, 0);
  const newer = await make('4-newer');
  await writeFile(newer.trajectory, `${encodeLine({ seq: 0, event: { ...RUN_STARTED, version: 99 } })}\n`);
  const runs = await listRuns(root.path);
  expect(
    runs.map(({ runId, outcome, verification, steps }) => [runId, outcome, verification, steps]),
  ).toEqual([
    ['1-whole', 'completed', 'passed', 3],
    ['2-cut', 'interrupted', 'unverified', 3],
    ['3-empty', 'unreadable', 'unverified', 0],
    ['4-newer', 'unreadable', 'unverified', 0],
  ]);
  expect(runs.map(({ problem }) => problem)).toEqual([
    undefined,
    'damaged at line 16: the line is cut off',
    'damaged at line 1: the file is empty',
    `${newer.trajectory} has format 99; this deskhand reads formats up to 2.`,
  ]);
  // An empty one may be about to begin.
  const emptied = runs.filter(({ runId }) => runId === '3-empty');
  expect(toRemove(emptied, { newest: 0 }, Date.now())).toEqual([]);
  expect(toRemove(emptied, { newest: 0 }, Date.now() + 2 * 86_400_000)).toHaveLength(1);
  const [whole] = runs;
  expect(whole?.bytes).toBeGreaterThan((await readFile(newer.trajectory)).length);
  await removeRun(cut);
  expect((await listRuns(root.path)).map(({ runId }) => runId)).toEqual(['1-whole', '3-empty', '4-newer']);
});

const NOW = Date.parse('2026-02-10T00:00:00Z');

function run(runId: string, day: number, extra: Partial<RunSummary> = {}): RunSummary {
  const startedAt = `2026-02-0${day}T00:00:00.000Z`;
  return {
    runId,
    path: `/runs/${runId}`,
    outcome: 'completed',
    verification: 'passed',
    task: '',
    model: '',
    startedAt,
    steps: 1,
    costUsd: undefined,
    bytes: 100,
    ...extra,
  };
}

const RUNS = [
  run('a', 1),
  run('b', 2, { outcome: 'failed' }),
  run('c', 3, { verification: 'failed' }),
  run('d', 9, { outcome: 'interrupted', startedAt: '2026-02-09T12:00:00.000Z' }),
  run('e', 9),
];
const gone = (rules: Parameters<typeof toRemove>[1]) =>
  toRemove(RUNS, rules, NOW).map(({ run: { runId }, why }) => `${runId}: ${why}`);

test('the newest stay, and one that may still go on', () => {
  expect(gone({ newest: 1 })).toEqual([
    'a: not among the 1 newest',
    'b: not among the 1 newest',
    'c: not among the 1 newest',
  ]);
  expect(gone({ newest: 5 })).toEqual([]);
});

test('what is young stays', () => {
  expect(gone({ youngerThanMs: 8 * 86_400_000 })).toEqual(['a: too old']);
});

test('as many of the newest as fit stay', () => {
  expect(gone({ bytes: 350 })).toEqual(['a: beyond the size', 'b: beyond the size']);
});

test('what did not go well can be kept', () => {
  expect(gone({ newest: 1, keepsFailed: true })).toEqual(['a: not among the 1 newest']);
});

test('any rule that is set is enough, and none removes nothing', () => {
  expect(gone({ newest: 4, bytes: 300 })).toEqual(['a: not among the 4 newest', 'b: beyond the size']);
  expect(gone({})).toEqual([]);
});
