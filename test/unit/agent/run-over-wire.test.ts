import { describe, expect, it } from 'vitest';
import { startRun } from '../../../src/agent/run.ts';
import { createDenyGate } from '../../../src/safety/deny-gate.ts';
import { FakeDisplay } from '../../../src/testing/fake-display.ts';
import { FakeDriver } from '../../../src/testing/fake-driver.ts';
import { MemoryRecorder } from '../../../src/testing/memory-recorder.ts';
import { callDraft, messageDraft } from '../../../src/testing/responses-server/brain.ts';
import type { Fault } from '../../../src/testing/responses-server/faults.ts';
import type { ScriptedAnswer } from '../../../src/testing/responses-server/scripted-brain.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { loopback, screen } from '../model/loopback.ts';

const SIZE = { width: 64, height: 48 };
const type = (text: string) => callDraft([{ type: 'type', text }]);
const DONE = [messageDraft('Done.')];

/** A run over the wire; `faults` come with the second request. */
async function run(answers: readonly ScriptedAnswer[], faults: readonly Fault[] = []) {
  await using it = await loopback(answers);
  const typed: string[] = [];
  const display = new FakeDisplay({
    size: SIZE,
    onCall: (call) => {
      if (call.type !== 'type') return;
      typed.push(call.text);
      if (typed.length === 1) it.server.fail(...faults);
    },
  });
  display.screenshot = () => Promise.resolve(screen(typed.length));
  const recorder = new MemoryRecorder();
  const { result } = startRun(
    {
      driver: new FakeDriver(),
      connect: () => Promise.resolve(display),
      model: it.openAi(),
      gate: createDenyGate(),
      recorder,
      clock: systemClock,
    },
    {
      runId: 'run-1',
      task: { instruction: 'Type.' },
      environment: 'linux',
      sandbox: { display: SIZE, network: 'none', memoryBytes: 1, cpus: 1, pidsLimit: 1, expiresInMs: 1 },
      limits: { turns: 10, wallTimeMs: 60_000 },
    },
  );
  return { result: await result, typed, recorder, statuses: it.statuses() };
}

describe('a run whose requests are sent again', () => {
  it('does every action once', async () => {
    const faults: readonly Fault[] = [
      { kind: 'reset' },
      { kind: 'truncate' },
      { kind: 'status', status: 429, headers: { 'retry-after': '3' } },
      { kind: 'status', status: 502 },
      { kind: 'body', body: '{"id":"resp_1","out' },
    ];
    const { result, typed, statuses } = await run([[type('a'), type('b')], [type('c')], DONE], faults);
    expect(result).toMatchObject({ outcome: 'completed', turns: 3, steps: 3 });
    expect(typed).toEqual(['a', 'b', 'c']);
    expect(statuses).toEqual([200, 0, 200, 429, 502, 200, 200, 200]);
  });
});

describe('a response that is not whole', () => {
  it('has its finished calls run, and not the one that was cut off', async () => {
    const cut = { ...type('b'), status: 'incomplete' };
    const { result, typed, recorder } = await run([{ output: [type('a'), cut], status: 'incomplete' }, DONE]);
    expect(result.outcome).toBe('completed');
    expect(typed).toEqual(['a']);
    expect(recorder.of('response')[0]).toMatchObject({
      status: 'incomplete',
      incompleteReason: 'max_output_tokens',
    });
  });

  it('ends the run with what to do where it has no call', async () => {
    const { result } = await run([{ output: [], status: 'incomplete' }]);
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: "The model's response is incomplete: max_output_tokens.",
      error: { code: 'model-invalid-response', hint: 'Raise the output token limit or retry.' },
    });
  });
});

it('items that are not known are kept and recorded, and the run goes on', async () => {
  const { result, recorder } = await run([[{ type: 'hologram', beam: 3 }, type('a')], DONE]);
  expect(result.outcome).toBe('completed');
  expect(recorder.of('response')[0]?.items[0]).toMatchObject({ type: 'unknown', wireType: 'hologram' });
});
