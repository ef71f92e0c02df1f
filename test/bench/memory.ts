import { readFile } from 'node:fs/promises';
import { callDraft, messageDraft } from '../../src/testing/responses-server/brain.ts';
import { createResponsesServer } from '../../src/testing/responses-server/responses-server.ts';
import { ScriptedBrain } from '../../src/testing/responses-server/scripted-brain.ts';
import { createTemporaryFolder, startCli } from '../support/cli.ts';

const STEPS = 500;
const EVERY = 50;

/** A click on the empty desktop, then Escape, by turns: each changes the screen. */
function action(step: number): object {
  return step % 2 === 0
    ? { type: 'click', button: 'right', x: 400 + (step % 200), y: 400 }
    : { type: 'keypress', keys: ['ESC'] };
}

async function residentMebibytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

/**
 * One run of the built command, 500 steps at 1440x900 on a real desktop, with a model on loopback: resident memory of
 * the orchestrator along the way. Linux only (/proc).
 */
export async function benchMemory(): Promise<unknown> {
  await using folder = await createTemporaryFolder();
  const resident: number[] = [];
  let pid = 0;
  const answers = Array.from({ length: STEPS }, (_, step) => async () => {
    if (step % EVERY === 0) resident.push(await residentMebibytes(pid));
    return [callDraft([action(step)])];
  });
  await using server = await createResponsesServer({
    brain: new ScriptedBrain([...answers, [messageDraft('Done.')]]),
    keepsBodies: false,
  });
  const argv = ['run', 'Go.', '--model', 'openai', '--base-url', `${server.url}/v1`, '--runs', folder.path];
  const startedAt = performance.now();
  const run = startCli([...argv, '--max-turns', '1000', '--max-time', '1h'], {
    env: { OPENAI_API_KEY: server.apiKey },
  });
  pid = run.child.pid ?? 0;
  const { code } = await run.exited;
  const secondsPerStep = (performance.now() - startedAt) / 1000 / STEPS;
  return {
    unit: `MiB resident, every ${EVERY} steps`,
    exitCode: code,
    steps: STEPS,
    resident,
    secondsPerStep,
  };
}
