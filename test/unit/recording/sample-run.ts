import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Screenshot } from '../../../src/action/screenshot.ts';
import type { Recorder } from '../../../src/recording/recorder.ts';
import type { EventOf, TrajectoryEvent } from '../../../src/recording/trajectory.ts';

/** A folder that is removed at the end of the scope. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'deskhand-recording-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Not a picture, but as good as one to whoever only stores it. */
export function fakeScreenshot(content: string | Uint8Array): Screenshot {
  const png = Buffer.from(content);
  const sha256 = createHash('sha256').update(png).digest('hex');
  return { png, width: 1440, height: 900, sha256, takenAtMs: 0 };
}

export const RUN_STARTED: EventOf<'run-started'> = {
  type: 'run-started',
  version: 2,
  runId: '20260131T235959Z-1f3a9c',
  task: { id: 'poem', instruction: 'Write a poem – avec des accents – and save it. 🌱' },
  model: { provider: 'local', name: 'steps-v1', tool: 'computer' },
  gate: 'policy',
  display: { width: 1440, height: 900 },
  limits: { turns: 50, wallTimeMs: 600_000 },
  settings: {},
  seeds: {},
  versions: { deskhand: '0.1.0', node: '24.21.0' },
};

export const SANDBOX_READY: EventOf<'sandbox-ready'> = {
  type: 'sandbox-ready',
  sandboxId: 'c0ffee',
  image: { reference: 'deskhand/ubuntu-desktop:dev', id: 'sha256:9cdd' },
  network: 'none',
  clock: 'real',
  phases: { created: 25, started: 380, desktop: 2100 },
  frame: fakeScreenshot('frame 0').sha256,
};

const USAGE = { inputTokens: 1500, cachedInputTokens: 900, outputTokens: 120, reasoningTokens: 64 };

/** One turn with one click, as the loop records it. */
export function sampleTurn(turn: number, before: string, after: string): readonly TrajectoryEvent[] {
  const callId = `call_${turn}`;
  const action = { type: 'click', button: 'left', x: 100 + turn, y: 0, keys: [] };
  return [
    { type: 'request', turn, results: [], notes: [], frame: before },
    {
      type: 'response',
      turn,
      responseId: `resp_${turn}`,
      status: 'completed',
      items: [
        { type: 'reasoning', summary: 'The menu is at the top left: “Applications”.' },
        { type: 'computer_call', callId, status: 'completed', actions: [action], pendingSafetyChecks: [] },
      ],
      usage: USAGE,
      durationMs: 812.5,
    },
    {
      type: 'decision',
      turn,
      callId,
      decision: 'approve',
      by: 'policy',
      pendingSafetyChecks: [],
      durationMs: 0.4,
    },
    {
      type: 'step',
      turn,
      step: turn,
      callId,
      index: 0,
      action,
      description: `click at (${action.x}, ${action.y})`,
      actMs: 12.25,
      settle: { waitedMs: 180, reason: 'quiet', updates: 3 },
      pointer: { x: action.x, y: action.y },
      frame: after,
    },
  ];
}

/** Records a whole run of `turns` turns with a new frame after each step. Returns what was recorded. */
export function recordSampleRun(
  recorder: Recorder,
  { turns = 3 }: { readonly turns?: number } = {},
): readonly TrajectoryEvent[] {
  const frames = Array.from({ length: turns + 1 }, (_, index) => fakeScreenshot(`frame ${index}`));
  const [first] = frames;
  if (first === undefined) throw new Error('a run has a first frame');
  const events: TrajectoryEvent[] = [];
  const record = (event: TrajectoryEvent): void => {
    events.push(event);
    recorder.record(event);
  };
  record(RUN_STARTED);
  record({ ...SANDBOX_READY, frame: recorder.keep(first) });
  for (let turn = 1; turn <= turns; turn++) {
    const [before, after] = [frames[turn - 1] ?? first, frames[turn] ?? first];
    for (const event of sampleTurn(turn, recorder.keep(before), recorder.keep(after))) record(event);
  }
  record({ type: 'check', name: 'poem.txt exists', result: 'passed', detail: '42 bytes', durationMs: 30 });
  record({
    type: 'run-finished',
    outcome: 'completed',
    reason: 'The model said that it is done.',
    finalMessage: 'The poem is saved.',
    verification: 'passed',
    turns,
    steps: turns,
    usage: USAGE,
    times: { provisioning: 2100, model: 812.5 * turns, total: 9000 },
  });
  return events;
}
