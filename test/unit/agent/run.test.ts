import { describe, expect, it } from 'vitest';
import type { RunOptions } from '../../../src/agent/run-ports.ts';
import { startRun } from '../../../src/agent/run.ts';
import { ActionError, DisplayError, EngineError, ModelError } from '../../../src/errors.ts';
import { createDenyGate } from '../../../src/safety/deny-gate.ts';
import type { Gate, GateDecision } from '../../../src/safety/gate.ts';
import { FakeDisplay } from '../../../src/testing/fake-display.ts';
import { FakeDriver } from '../../../src/testing/fake-driver.ts';
import { MemoryRecorder } from '../../../src/testing/memory-recorder.ts';
import {
  callItem,
  hangUntilAborted,
  messageItem,
  ScriptedModel,
  type ScriptedStep,
  turnOf,
} from '../../../src/testing/scripted-model.ts';
import { toCost } from '../../../src/model/prices/cost.ts';
import type { CostOf } from '../../../src/model/prices/pricing.ts';
import { systemClock } from '../../../src/util/clock.ts';

const CHECK = { id: 'sc_1', code: 'malicious_instructions', message: 'The screen says to.' };
const CLICK = { type: 'click', button: 'left', x: 0, y: 5 };
const TYPE = { type: 'type', text: 'hello' };
const DONE = turnOf(messageItem('All done.'));

const OPTIONS: RunOptions = {
  runId: 'run-1',
  task: { instruction: 'Say hello.' },
  environment: 'linux',
  sandbox: {
    display: { width: 1024, height: 768 },
    network: 'none',
    memoryBytes: 1e9,
    cpus: 1,
    pidsLimit: 256,
    expiresInMs: 60_000,
  },
  limits: { turns: 10, wallTimeMs: 60_000 },
};

interface Stage {
  readonly gate?: Gate;
  readonly driver?: FakeDriver;
  readonly display?: FakeDisplay;
  readonly model?: ScriptedModel;
  readonly options?: Partial<RunOptions>;
}

function start(script: readonly ScriptedStep[], stage: Stage = {}) {
  const model = stage.model ?? new ScriptedModel(script);
  const display = stage.display ?? new FakeDisplay();
  const driver = stage.driver ?? new FakeDriver();
  const recorder = new MemoryRecorder();
  const run = startRun(
    {
      driver,
      connect: () => Promise.resolve(display),
      model,
      gate: stage.gate ?? createDenyGate(),
      recorder,
      clock: systemClock,
    },
    { ...OPTIONS, ...stage.options },
  );
  const inputs = (): readonly string[] =>
    display.calls.map(({ type }) => type).filter((type) => type !== 'screenshot' && type !== 'settle');
  return { run, model, display, driver, recorder, inputs };
}

const gateOf = (decision: GateDecision | Error): Gate => ({
  name: 'test',
  decide: () => (decision instanceof Error ? Promise.reject(decision) : Promise.resolve(decision)),
});

describe('a run', () => {
  it('acts, looks and ends when the model says that it is done', async () => {
    const { run, model, recorder, inputs, driver, display } = start([
      turnOf(callItem('call_1', [CLICK, TYPE])),
      DONE,
    ]);
    const result = await run.result;
    model.assertFinished();
    expect(result).toMatchObject({
      outcome: 'completed',
      finalMessage: 'All done.',
      turns: 2,
      steps: 2,
      verification: 'unverified',
      usage: { inputTokens: 20, outputTokens: 10 },
    });
    expect(inputs()).toEqual(['click', 'type']);
    expect(recorder.types).toEqual([
      'run-started',
      'sandbox-ready',
      'request',
      'response',
      'decision',
      'step',
      'step',
      'request',
      'response',
      'run-finished',
    ]);
    expect(model.requests[1]?.input.results.map(({ callId, outcome }) => ({ callId, outcome }))).toEqual([
      { callId: 'call_1', outcome: 'executed' },
    ]);
    expect([driver.sandboxes[0]?.isDisposed, display.isDisposed]).toEqual([true, true]);
  });

  it('answers several calls of one response in order, each with its own screen', async () => {
    const { run, model } = start(
      [turnOf(callItem('a', [CLICK]), callItem('b', [TYPE]), callItem('c', [])), DONE],
      { display: new FakeDisplay({ frames: Array.from({ length: 10 }, (_, index) => `${index}`) }) },
    );
    await run.result;
    const results = model.requests[1]?.input.results ?? [];
    expect(results.map(({ callId, outcome }) => [callId, outcome])).toEqual([
      ['a', 'executed'],
      ['b', 'executed'],
      ['c', 'executed'],
    ]);
    expect(new Set(results.map((r) => r.type === 'computer' && r.screenshot.sha256)).size).toBe(3);
  });

  it('records the screen that an action was done on where it has changed meanwhile', async () => {
    // The start and the look, the request, before the click, after it, and the next request.
    const frames = ['0', '0', '1', '2', '3'];
    const { run, recorder } = start([turnOf(callItem('a', [CLICK])), DONE], {
      display: new FakeDisplay({ frames }),
    });
    await run.result;
    const [request] = recorder.of('request');
    const [step] = recorder.of('step');
    expect(step?.before).toBeDefined();
    expect(new Set([request?.frame, step?.before, step?.frame]).size).toBe(3);
    expect(recorder.frames.has(step?.before ?? '')).toBe(true);
  });

  it('runs nothing of a call whose check is not approved, nor of the calls after it, and says so', async () => {
    const { run, model, inputs, recorder } = start([
      turnOf(callItem('a', [CLICK], { pendingSafetyChecks: [CHECK] }), callItem('b', [TYPE])),
      DONE,
    ]);
    await run.result;
    expect(inputs()).toEqual([]);
    expect(model.requests[1]?.input.results).toMatchObject([
      { callId: 'a', outcome: 'refused', acknowledgedSafetyChecks: [] },
      { callId: 'b', outcome: 'refused', acknowledgedSafetyChecks: [] },
    ]);
    expect(model.requests[1]?.input.notes[0]).toContain('a was not run: nobody is there to approve it');
    expect(recorder.of('decision').map(({ decision, by }) => [decision, by])).toEqual([['deny', 'deny']]);
  });

  it('echoes an approved check exactly', async () => {
    const { run, model, inputs } = start(
      [turnOf(callItem('a', [CLICK], { pendingSafetyChecks: [CHECK] })), DONE],
      { gate: gateOf({ decision: 'approve', by: 'person' }) },
    );
    await run.result;
    expect(inputs()).toEqual(['click']);
    expect(model.requests[1]?.input.results).toMatchObject([{ acknowledgedSafetyChecks: [CHECK] }]);
  });

  it('takes a gate that throws for a denial', async () => {
    const { run, model, inputs } = start([turnOf(callItem('a', [CLICK])), DONE], {
      gate: gateOf(new Error('broken')),
    });
    expect((await run.result).outcome).toBe('completed');
    expect(inputs()).toEqual([]);
    expect(model.requests[1]?.input.notes).toEqual([
      'The computer call a was not run: the gate failed: broken',
    ]);
  });

  it('denies when the gate does not answer in time', async () => {
    const silent: Gate = { name: 'silent', decide: () => new Promise(() => {}) };
    const { run, model, inputs } = start([turnOf(callItem('a', [CLICK])), DONE], {
      gate: silent,
      options: { timeouts: { decideMs: 20 } },
    });
    expect((await run.result).outcome).toBe('completed');
    expect(inputs()).toEqual([]);
    expect(model.requests[1]?.input.notes).toEqual([
      'The computer call a was not run: nobody answered within 0.02 s',
    ]);
  });

  it('ends as refused when a person terminates at the gate', async () => {
    const { run, inputs } = start([turnOf(callItem('a', [CLICK]))], {
      gate: gateOf({ decision: 'terminate', by: 'person', reason: 'No.' }),
    });
    expect(await run.result).toMatchObject({ outcome: 'refused', reason: 'No.' });
    expect(inputs()).toEqual([]);
  });

  it('never asks the gate about a call that cannot run, and tells the model what is wrong', async () => {
    const { run, model, inputs } = start(
      [turnOf(callItem('a', [TYPE, { type: 'click', button: 'left', x: 1024, y: 0 }])), DONE],
      { gate: gateOf({ decision: 'approve', by: 'person' }) },
    );
    await run.result;
    expect(inputs()).toEqual([]);
    expect(model.requests[1]?.input.notes[0]).toContain('(1024, 0) is outside the 1024x768 screen');
  });

  it('does not run a call that is not completed', async () => {
    const { run, model, inputs } = start([turnOf(callItem('a', [CLICK], { status: 'incomplete' })), DONE]);
    await run.result;
    expect(inputs()).toEqual([]);
    expect(model.requests[1]?.input.notes).toEqual([
      'The computer call a was not run: its status is incomplete',
    ]);
  });

  it('stops a batch at the action that fails, lets go of everything and never repeats it', async () => {
    const display = new FakeDisplay({
      onCall: (call) => {
        if (call.type === 'type') throw new ActionError('unsupported-text', 'No such character.');
      },
    });
    const { run, model, inputs } = start(
      [turnOf(callItem('a', [CLICK, TYPE, CLICK]), callItem('b', [CLICK])), DONE],
      { display },
    );
    expect((await run.result).outcome).toBe('completed');
    expect(inputs()).toEqual(['click', 'type', 'release-all']);
    expect(model.requests[1]?.input.notes).toEqual([
      'In the computer call a, 1 of 3 actions ran. The next one failed and is not repeated: type "hello": No such character. The 1 after it did not run.',
    ]);
    expect(model.requests[1]?.input.results.map(({ outcome }) => outcome)).toEqual(['executed', 'refused']);
  });

  it.each([
    ['turns', { turns: 2, wallTimeMs: 60_000 }, 'The limit of 2 turns is reached.'],
    ['tokens', { turns: 9, wallTimeMs: 60_000, tokens: 15 }, 'The limit of 15 tokens is reached (15 used).'],
  ])('ends at the limit of %s', async (_name, limits, reason) => {
    const call = (id: string) => turnOf(callItem(id, [CLICK]));
    const { run } = start([call('a'), call('b'), call('c')], { options: { limits } });
    expect(await run.result).toMatchObject({ outcome: 'limit-reached', reason });
  });

  it('ends at its budget with the work of the turn that met it', async () => {
    const call = (id: string) => turnOf(callItem(id, [CLICK]));
    const costOf: CostOf = ({ inputTokens, outputTokens }) =>
      toCost({ input: inputTokens / 100, cachedInput: 0, output: outputTokens / 100 });
    const limits = { turns: 9, wallTimeMs: 60_000, budgetUsd: 0.3 };
    const { run, inputs, recorder } = start([call('a'), call('b'), call('c')], {
      options: { limits, costOf },
    });
    const costUsd = { input: 0.2, cachedInput: 0, output: 0.1, total: 0.3 };
    expect(await run.result).toMatchObject({
      outcome: 'limit-reached',
      reason: 'The budget of $0.3000 is reached ($0.3000 spent).',
      turns: 2,
      costUsd,
    });
    expect(inputs()).toEqual(['click', 'click']);
    expect(recorder.of('response').map((event) => event.costUsd?.total)).toEqual([0.15, 0.15]);
    expect(recorder.of('run-finished')[0]?.costUsd).toEqual(costUsd);
    expect(recorder.of('run-started')[0]?.limits.budgetUsd).toBe(0.3);
  });

  it('refuses a budget where the cost of the model is not known', () => {
    const limits = { turns: 9, wallTimeMs: 60_000, budgetUsd: 1 };
    expect(() => start([DONE], { options: { limits } })).toThrow('needs to know what the model costs');
  });

  it('has no cost where that of a turn is not known', async () => {
    const { run } = start([DONE]);
    expect(await run.result).not.toHaveProperty('costUsd');
  });

  it('ends at the limit of wall time, even inside a model request', async () => {
    const { run } = start([hangUntilAborted], { options: { limits: { turns: 5, wallTimeMs: 30 } } });
    expect(await run.result).toMatchObject({ outcome: 'limit-reached', turns: 1 });
  });

  it('stops on request in the middle of a model request and removes the desktop', async () => {
    const { run, driver } = start([
      (request) => {
        queueMicrotask(() => run.stop('Ctrl-C'));
        return hangUntilAborted(request);
      },
    ]);
    expect(await run.result).toMatchObject({ outcome: 'stopped', reason: 'Ctrl-C' });
    expect(driver.sandboxes[0]?.isDisposed).toBe(true);
  });

  it('stops while the desktop is being made', async () => {
    const { run, driver } = start([], { driver: new FakeDriver({ until: new Promise(() => {}) }) });
    run.stop('Ctrl-C');
    expect(await run.result).toMatchObject({ outcome: 'stopped', turns: 0 });
    expect(driver.sandboxes).toEqual([]);
  });

  it('pauses before the next action and goes on when told', async () => {
    const display = new FakeDisplay({
      onCall: (call) => {
        if (call.type === 'click') run.pause();
      },
    });
    const { run, inputs } = start([turnOf(callItem('a', [CLICK, TYPE])), DONE], { display });
    await expect.poll(() => run.state()).toBe('running.working.paused');
    expect(inputs()).toEqual(['click']);
    run.resume();
    expect((await run.result).outcome).toBe('completed');
    expect(inputs()).toEqual(['click', 'type']);
  });

  it('fails with the cause when the desktop cannot be made', async () => {
    const failure = new EngineError('engine-not-found', 'No engine.');
    const { run, recorder } = start([], { driver: new FakeDriver({ failure }) });
    expect(await run.result).toMatchObject({ outcome: 'failed', reason: 'No engine.', error: failure });
    expect(recorder.of('run-finished')[0]?.error).toEqual({
      code: 'engine-not-found',
      message: 'No engine.',
    });
  });

  it('makes no desktop for a task that the model cannot take', async () => {
    const driver = new FakeDriver();
    const model = new ScriptedModel([]);
    model.start = () => {
      throw new ModelError('model-rejected-request', 'Not a list of steps.');
    };
    const { run } = start([], { driver, model });
    expect(await run.result).toMatchObject({ outcome: 'failed', error: { code: 'model-rejected-request' } });
    expect(driver.sandboxes).toEqual([]);
  });

  it('says that the sandbox died, and why, when the display is lost with it', async () => {
    const driver = new FakeDriver();
    const display = new FakeDisplay({
      onCall: (call) => {
        if (call.type !== 'click') return;
        driver.sandboxes[0]?.die({ exitCode: 137, outOfMemory: true, log: 'Xvnc: killed' });
      },
      settles: [new DisplayError('display-closed', 'The connection ended.')],
    });
    const { run } = start([turnOf(callItem('a', [CLICK]))], { driver, display });
    const result = await run.result;
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'sandbox-died' } });
    expect(result.reason).toContain('ran out of memory');
    expect(result.reason).toContain('Xvnc: killed');
  });

  it('checks the work only after the model says that it is done', async () => {
    const verify = () =>
      Promise.resolve([{ name: 'file', result: 'failed' as const, detail: 'not there', durationMs: 1 }]);
    const { run, recorder } = start([DONE], { options: { verify } });
    expect(await run.result).toMatchObject({ outcome: 'completed', verification: 'failed' });
    expect(recorder.of('check').map(({ name, result }) => [name, result])).toEqual([['file', 'failed']]);
  });

  it.each([
    ['nothing', [], 'failed'],
    ['a refusal', [{ type: 'refusal' as const, text: 'I will not.' }], 'refused'],
  ])('takes a response of %s for an end', async (_name, items, outcome) => {
    const { run } = start([turnOf(...items)]);
    expect((await run.result).outcome).toBe(outcome);
  });
});
