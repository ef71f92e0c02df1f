import { expect, test } from 'vitest';
import type { TrajectoryReading } from '../../../../src/recording/reader.ts';
import { headlineOf } from '../../../../src/recording/report/header.ts';
import { toVerdict } from '../../../../src/recording/report/outcome.ts';
import type { ReportModel } from '../../../../src/recording/report/report-model.ts';
import type { EventOf } from '../../../../src/recording/trajectory.ts';

type Ending = Pick<EventOf<'run-finished'>, 'outcome' | 'verification'>;
type Task = EventOf<'run-started'>['task'];

function model({ ending, task }: { readonly ending?: Ending; readonly task?: Task }): ReportModel {
  const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };
  const reading: TrajectoryReading = {
    path: 'trajectory.jsonl',
    version: 2,
    lines: [],
    damage: undefined,
    soundBytes: 0,
    start: task && {
      type: 'run-started',
      version: 2,
      runId: 'run',
      task,
      model: { provider: 'scripted', name: 'm', tool: 'computer' },
      gate: 'deny',
      display: { width: 1, height: 1 },
      limits: { turns: 1, wallTimeMs: 1 },
      settings: {},
      seeds: {},
      versions: {},
    },
    end: ending && {
      type: 'run-finished',
      reason: 'Because.',
      turns: 1,
      steps: 1,
      usage,
      times: {},
      ...ending,
    },
  };
  const check = (result: 'passed' | 'failed'): EventOf<'check'> => {
    return { type: 'check', name: 'a file is there', result, detail: '', durationMs: 1 };
  };
  const checks = [check('passed'), check('failed')];
  return {
    reading,
    checks,
    scenes: [],
    screen: { width: 1, height: 1 },
    frames: new Map(),
    sandbox: undefined,
    warnings: [],
  };
}

test.each([
  ['completed', 'passed', 'good', 'Done and verified, 1 of 2 checks'],
  ['completed', 'failed', 'bad', 'Done, but only 1 of 2 checks passed'],
  ['completed', 'unverified', 'plain', 'Done, not verified'],
  ['refused', 'unverified', 'bad', 'Refused'],
  ['stopped', 'unverified', 'bad', 'Stopped'],
  ['limit-reached', 'unverified', 'bad', 'Limit reached'],
  ['failed', 'passed', 'bad', 'Failed'],
] as const)('a run that is %s and %s', (outcome, verification, tone, words) => {
  expect(toVerdict(model({ ending: { outcome, verification } }))).toEqual({
    tone,
    words,
    reason: 'Because.',
  });
});

test('a run without an end was interrupted', () => {
  expect(toVerdict(model({}))).toEqual({
    tone: 'bad',
    words: 'Interrupted',
    reason: 'The recording has no end: the run was killed, or is still going on.',
  });
});

test.each<[Task, string]>([
  [{ id: 'poem', title: 'Write a poem', instruction: 'click "a"\nclick "b"' }, 'Write a poem'],
  [{ id: 'poem', instruction: 'click "a"\nclick "b"' }, 'poem'],
  [{ id: 'poem', instruction: 'Write a poem.\n' }, 'Write a poem.'],
  [{ instruction: 'click "a"\nclick "b"' }, 'click "a"'],
  [{ instruction: '🌱'.repeat(200) }, `${'🌱'.repeat(160)}…`],
])('a task %j has the headline %s', (task, headline) => {
  expect(headlineOf(model({ task }))).toBe(headline);
});
