import { startRun } from '../../src/agent/run.ts';
import { createDisplay } from '../../src/display/rfb-display.ts';
import { createNullRecorder } from '../../src/recording/null-recorder.ts';
import { createDenyGate } from '../../src/safety/deny-gate.ts';
import { createDockerDriver } from '../../src/sandbox/docker/docker-driver.ts';
import { callItem, messageItem, ScriptedModel, turnOf } from '../../src/testing/scripted-model.ts';
import { systemClock } from '../../src/util/clock.ts';

const SIZE = { width: 1440, height: 900 };
const STEPS = 500;
const MEBIBYTE = 1024 * 1024;

/** A click on the empty desktop, then Escape, by turns: each changes the screen. */
function action(step: number): unknown {
  return step % 2 === 0
    ? { type: 'click', button: 'right', x: 400 + (step % 200), y: 400 }
    : { type: 'keypress', keys: ['ESC'] };
}

/** One run of 500 steps on a real desktop: resident memory of the orchestrator along the way, MiB. */
export async function benchMemory(): Promise<unknown> {
  const resident: number[] = [];
  const script = Array.from({ length: STEPS }, (_, step) => () => {
    if (step % 50 === 0) resident.push(Math.round(process.memoryUsage.rss() / MEBIBYTE));
    return turnOf(callItem(`call_${step}`, [action(step)]));
  });
  await using driver = await createDockerDriver({});
  const model = new ScriptedModel([...script, turnOf(messageItem('Done.'))]);
  const run = startRun(
    {
      driver,
      connect: async (sandbox) => {
        const display = await createDisplay({
          connect: (o) => sandbox.openVnc(o),
          size: SIZE,
          clock: systemClock,
        });
        await display.ready({ timeoutMs: 30_000 });
        return display;
      },
      model,
      gate: createDenyGate(),
      recorder: createNullRecorder(),
      clock: systemClock,
    },
    {
      runId: 'bench-memory',
      task: { instruction: 'Open and close the menu.' },
      environment: 'linux',
      sandbox: {
        display: SIZE,
        network: 'none',
        memoryBytes: 1024 ** 3,
        cpus: 1.5,
        pidsLimit: 256,
        expiresInMs: 3_600_000,
      },
      limits: { turns: STEPS + 1, wallTimeMs: 1_800_000 },
    },
  );
  const { outcome, steps, times } = await run.result;
  return {
    unit: 'MiB resident, every 50 steps',
    outcome,
    steps,
    resident,
    msPerStep: (times.act + times.settle) / steps,
  };
}
