import { readFile, truncate, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createFileRecorder } from '../../../src/recording/file-recorder.ts';
import { readResult, writeResult } from '../../../src/recording/result.ts';
import { createRunFolder } from '../../../src/recording/run-folder.ts';
import type { RunFolder } from '../../../src/recording/run-folder.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { recordSampleRun, temporaryFolder } from './sample-run.ts';

async function recordedRun(parent: string): Promise<RunFolder> {
  const clock = new ManualClock({ wallMs: Date.UTC(2026, 0, 31, 23, 59, 59) });
  const folder = await createRunFolder({ parent, clock });
  await using recorder = await createFileRecorder({ folder, clock });
  recordSampleRun(recorder, { turns: 2 });
  return folder;
}

const USAGE = { inputTokens: 1500, cachedInputTokens: 900, outputTokens: 120, reasoningTokens: 64 };

test('says of the run what the trajectory says', async () => {
  await using root = await temporaryFolder();
  const folder = await recordedRun(root.path);
  const expected = {
    version: 1,
    runId: '20260131T235959Z-1f3a9c',
    task: { id: 'poem', instruction: 'Write a poem – avec des accents – and save it. 🌱' },
    outcome: 'completed',
    verification: 'passed',
    reason: 'The model said that it is done.',
    finalMessage: 'The poem is saved.',
    startedAt: '2026-01-31T23:59:59.000Z',
    finishedAt: '2026-01-31T23:59:59.000Z',
    times: { provisioning: 2100, model: 1625, total: 9000 },
    usage: USAGE,
    turns: 2,
    steps: 2,
    checks: [{ name: 'poem.txt exists', result: 'passed', detail: '42 bytes', durationMs: 30 }],
    model: { provider: 'local', name: 'steps-v1', tool: 'computer' },
    gate: 'policy',
    display: { width: 1440, height: 900 },
    image: { reference: 'deskhand/ubuntu-desktop:dev', id: 'sha256:9cdd' },
    paths: { trajectory: 'trajectory.jsonl', frames: 'frames', report: 'report.html' },
  };
  expect(await writeResult(folder)).toEqual(expected);
  expect(await readResult(folder)).toEqual(expected);
  expect(JSON.parse(await readFile(folder.result, 'utf8'))).toEqual(expected);
});

test('a run without an end is interrupted, and counts what was recorded', async () => {
  await using root = await temporaryFolder();
  const folder = await recordedRun(root.path);
  const lines = (await readFile(folder.trajectory, 'utf8')).split('\n');
  await truncate(folder.trajectory, Buffer.byteLength(lines.slice(0, -3).join('\n')));
  expect(await writeResult(folder)).toMatchObject({
    outcome: 'interrupted',
    verification: 'unverified',
    reason: 'The recording has no end: the run was killed, or is still going on.',
    usage: { inputTokens: 3000, cachedInputTokens: 1800, outputTokens: 240, reasoningTokens: 128 },
    turns: 2,
    steps: 2,
    checks: [],
  });
});

test('a trajectory whose start is lost has no result', async () => {
  await using root = await temporaryFolder();
  const folder = await recordedRun(root.path);
  await writeFile(folder.trajectory, '{}\n');
  await expect(writeResult(folder)).rejects.toMatchObject({
    code: 'corrupt-trajectory',
    message: `${folder.trajectory} is damaged at line 1: the line does not end with its checksum.`,
  });
});

test.each([
  ['{"version":2}', 'unsupported-version', /has format 2; this deskhand reads formats up to 1/],
  ['{"version":1}', 'read-failed', /runId: /],
  ['{', 'read-failed', /JSON/],
  ['null', 'read-failed', /Cannot read .*result\.json/],
])('a result file %j cannot be read', async (content, code, message) => {
  await using root = await temporaryFolder();
  const folder = await recordedRun(root.path);
  await writeFile(folder.result, content);
  await expect(readResult(folder)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('a result that was not written is missing', async () => {
  await using root = await temporaryFolder();
  const folder = await recordedRun(root.path);
  await expect(readResult(folder)).rejects.toMatchObject({
    code: 'read-failed',
    message: `Cannot read ${folder.result}: it does not exist.`,
  });
});
