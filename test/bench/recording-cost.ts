import { setTimeout as delay } from 'node:timers/promises';
import { startRun } from '../../src/agent/run.ts';
import { connectDisplay, createDriver } from '../../src/compose.ts';
import type { Config } from '../../src/config/config.ts';
import { createFileRecorder } from '../../src/recording/file-recorder.ts';
import { createNullRecorder } from '../../src/recording/null-recorder.ts';
import { createRunFolder } from '../../src/recording/run-folder.ts';
import type { Recorder } from '../../src/recording/recorder.ts';
import { createAutoGate } from '../../src/safety/auto-gate.ts';
import { ScriptedModel, type ScriptedTurn } from '../../src/testing/scripted-model.ts';
import { systemClock } from '../../src/util/clock.ts';
import { summarize, type Summary } from './statistics.ts';

const STEPS = 60;
const ROUNDS = 4;
const OPENED = 'until xdotool search --name Mousepad >/dev/null; do sleep 0.1; done';

export interface RecordingCost {
  /** From an answer of the model to the next request: gate, action, settling, screenshot. ms */
  readonly recordedStepMs: Summary;
  readonly unrecordedStepMs: Summary;
  /** What recording adds at the median, ms. */
  readonly addedMs: number;
  /** The look at the screen before an action, which a recording needs too; it is in both of the above. ms */
  readonly lookMs: Summary;
}

/** The same steps with a recorder and with none, by turns: a letter typed into the editor, and a picture of it. */
export async function measureRecordingCost(config: Config, parent: string): Promise<RecordingCost> {
  const recorded: number[] = [];
  const unrecorded: number[] = [];
  const looks: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const folder = await createRunFolder({ parent, clock: systemClock });
    await using file = await createFileRecorder({ folder, clock: systemClock });
    recorded.push(...(await timeSteps(config, file, looks)));
    unrecorded.push(...(await timeSteps(config, createNullRecorder(), looks)));
  }
  const [recordedStepMs, unrecordedStepMs] = [summarize(recorded), summarize(unrecorded)];
  const addedMs = recordedStepMs.p50 - unrecordedStepMs.p50;
  return { recordedStepMs, unrecordedStepMs, addedMs, lookMs: summarize(looks) };
}

async function timeSteps(config: Config, recorder: Recorder, looks: number[]): Promise<readonly number[]> {
  await using driver = await createDriver(config);
  const times: number[] = [];
  const model = createTypist(times);
  const { display, limits, sandbox } = config;
  const run = startRun(
    {
      driver,
      connect: async (live, options) => await connectDisplay(live, config, options),
      model,
      gate: createAutoGate(),
      recorder,
      clock: systemClock,
    },
    {
      runId: 'bench',
      task: { instruction: 'Write.' },
      environment: 'linux',
      sandbox: { ...sandbox, display, expiresInMs: 600_000 },
      limits,
      prepare: async ({ sandbox: live, display: screen }) => {
        await live.exec(['sh', '-c', `setsid -f mousepad >/dev/null 2>&1 </dev/null; ${OPENED}`]);
        await screen.settle();
        for (let look = 0; look < STEPS; look++) {
          const startedAt = performance.now();
          await screen.screenshot();
          looks.push(performance.now() - startedAt);
        }
      },
    },
  );
  const { outcome, reason } = await run.result;
  if (outcome !== 'completed') throw new Error(`The run ended as ${outcome}: ${reason}`);
  return times;
}

/** Types a letter a turn, and notes how long the loop took between an answer and the next request. */
function createTypist(times: number[]): ScriptedModel {
  let answeredAt: number | undefined;
  const letter = (at: number) => async (): Promise<ScriptedTurn> => {
    if (answeredAt !== undefined) times.push(performance.now() - answeredAt);
    // The disk is done with the step before, as it is when a real model has thought.
    await delay(50);
    answeredAt = performance.now();
    if (at === STEPS) return { items: [{ type: 'message', text: 'Done.' }] };
    const action = { type: 'type' as const, text: 'x' };
    const call = { type: 'computer_call' as const, callId: `c${at}`, status: 'completed' as const };
    return { items: [{ ...call, actions: [action], pendingSafetyChecks: [] }] };
  };
  return new ScriptedModel(Array.from({ length: STEPS + 1 }, (_, at) => letter(at)));
}
