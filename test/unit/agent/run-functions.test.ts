import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineFunction, type FunctionTool } from '../../../src/agent/functions/function-tool.ts';
import type { RunOptions } from '../../../src/agent/run-ports.ts';
import { startRun } from '../../../src/agent/run.ts';
import { SandboxError } from '../../../src/errors.ts';
import { createDenyGate } from '../../../src/safety/deny-gate.ts';
import type { Gate, GateRequest } from '../../../src/safety/gate.ts';
import { FakeDisplay } from '../../../src/testing/fake-display.ts';
import { FakeDriver } from '../../../src/testing/fake-driver.ts';
import { MemoryRecorder } from '../../../src/testing/memory-recorder.ts';
import {
  callItem,
  functionCallItem,
  messageItem,
  ScriptedModel,
  type ScriptedStep,
  turnOf,
} from '../../../src/testing/scripted-model.ts';
import { systemClock } from '../../../src/util/clock.ts';

const CLICK = { type: 'click', button: 'left', x: 0, y: 5 };
const DONE = turnOf(messageItem('All done.'));

/** Notes in `log` what it was given, and gives it back. */
function echo(
  log: string[],
  run: (text: string, signal: AbortSignal) => unknown = (text) => text,
): FunctionTool {
  return defineFunction({
    name: 'echo',
    description: 'Gives it back.',
    parameters: z.object({ text: z.string() }),
    run: ({ text }, { signal }) => {
      log.push(text);
      return run(text, signal);
    },
  });
}

const call = (callId: string, text = callId) => functionCallItem(callId, 'echo', { text });

interface Stage {
  readonly gate?: Gate;
  readonly functions?: readonly FunctionTool[];
  readonly log?: string[];
  readonly options?: Partial<RunOptions>;
}

function start(script: readonly ScriptedStep[], stage: Stage = {}) {
  const log = stage.log ?? [];
  const model = new ScriptedModel(script);
  const display = new FakeDisplay({
    onCall: ({ type }) => {
      if (type === 'click') log.push('click');
    },
  });
  const recorder = new MemoryRecorder();
  const run = startRun(
    {
      driver: new FakeDriver(),
      connect: () => Promise.resolve(display),
      model,
      gate: stage.gate ?? createDenyGate(),
      recorder,
      clock: systemClock,
    },
    {
      runId: 'run-1',
      task: { instruction: 'Say hello.' },
      environment: 'linux',
      sandbox: {
        display: display.size,
        network: 'none',
        memoryBytes: 1e9,
        cpus: 1,
        pidsLimit: 256,
        expiresInMs: 60_000,
      },
      limits: { turns: 10, wallTimeMs: 60_000 },
      functions: stage.functions ?? [echo(log)],
      ...stage.options,
    },
  );
  const results = (turn: number) => model.requests[turn]?.input.results;
  return { run, model, recorder, log, results };
}

describe('function calls', () => {
  it('are offered to the model, run in the order of the response, and answered there', async () => {
    const { run, model, recorder, log, results } = start([
      turnOf(callItem('a', [CLICK]), call('b'), callItem('c', [CLICK]), call('d')),
      DONE,
    ]);
    expect(await run.result).toMatchObject({ outcome: 'completed', steps: 4 });
    expect(model.requests[0]?.brief.functions?.map(({ name }) => name)).toEqual(['echo']);
    expect(log).toEqual(['click', 'b', 'click', 'd']);
    expect(results(1)).toMatchObject([
      { type: 'computer', callId: 'a', outcome: 'executed' },
      { type: 'function', callId: 'b', outcome: 'executed', output: 'b' },
      { type: 'computer', callId: 'c', outcome: 'executed' },
      { type: 'function', callId: 'd', outcome: 'executed', output: 'd' },
    ]);
    expect(recorder.of('run-started')[0]?.functions).toEqual(['echo']);
    expect(recorder.of('request')[1]?.results[1]).toEqual({
      callId: 'b',
      outcome: 'executed',
      acknowledgedSafetyChecks: [],
      output: 'b',
    });
    expect(recorder.of('step')[1]).toMatchObject({
      callId: 'b',
      action: { type: 'function_call', name: 'echo', arguments: { text: 'b' } },
      description: 'echo {"text":"b"}',
      output: 'b',
    });
  });

  it('are decided by the gate before they run, and a denial is told as their output', async () => {
    const asked: GateRequest[] = [];
    const gate: Gate = {
      name: 'no-functions',
      decide: (request) => {
        asked.push(request);
        return Promise.resolve(
          request.functionCall === undefined
            ? { decision: 'approve', by: 'x' }
            : { decision: 'deny', by: 'x', reason: 'not that' },
        );
      },
    };
    const { run, log, model, results } = start(
      [turnOf(callItem('a', [CLICK]), call('b'), call('c'), callItem('d', [CLICK])), DONE],
      { gate },
    );
    expect((await run.result).outcome).toBe('completed');
    expect(log).toEqual(['click']);
    expect(asked.map(({ callId, actions, functionCall }) => [callId, actions.length, functionCall])).toEqual([
      ['a', 1, undefined],
      ['b', 0, { name: 'echo', arguments: { text: 'b' } }],
    ]);
    const cutOff = 'Not run: a call before it in the same response was not run or failed';
    expect(results(1)).toMatchObject([
      { callId: 'a', outcome: 'executed' },
      { callId: 'b', outcome: 'refused', output: '{"error":"Not run: not that"}' },
      { callId: 'c', outcome: 'refused', output: JSON.stringify({ error: cutOff }) },
      { callId: 'd', outcome: 'refused' },
    ]);
    expect(model.requests[1]?.input.notes).toEqual([]);
  });

  it('that cannot run are answered with what is wrong, and the gate is not asked', async () => {
    const gate: Gate = { name: 'never', decide: () => Promise.reject(new Error('asked')) };
    const texts = ['{"text":', '{"text":3}', '{"text":"x","more":1}'];
    const items = [
      functionCallItem('u', 'shell', { command: 'ls' }),
      ...texts.map((given, n) => ({ ...call(`n${n}`), arguments: given })),
      { ...call('s'), status: 'incomplete' as const },
    ];
    const { run, log, results } = start([...items.map((item) => turnOf(item)), DONE], { gate });
    expect((await run.result).outcome).toBe('completed');
    expect(log).toEqual([]);
    const outputs = items.map((_, n) => {
      const [result] = results(n + 1) ?? [];
      return result?.type === 'function' ? result.output : '';
    });
    expect(outputs[0]).toContain('there is no function shell here. There is the computer tool, and echo.');
    expect(outputs[1]).toContain('Its arguments are not JSON');
    expect(outputs[2]).toContain('Its arguments do not fit: text: ');
    expect(outputs[3]).toContain('Not run: ');
    expect(outputs[4]).toContain('its status is incomplete');
  });

  it('that fail are told, and nothing after them runs', async () => {
    const log: string[] = [];
    const broken = echo(log, () => {
      throw new Error('disk on fire');
    });
    const { run, results, recorder } = start([turnOf(call('a'), callItem('b', [CLICK]), call('c')), DONE], {
      log,
      functions: [broken],
    });
    expect((await run.result).outcome).toBe('completed');
    expect(log).toEqual(['a']);
    expect(results(1)).toMatchObject([
      { callId: 'a', outcome: 'executed', output: '{"error":"echo failed: disk on fire"}' },
      { callId: 'b', outcome: 'refused' },
      { callId: 'c', outcome: 'refused' },
    ]);
    expect(recorder.of('step')[0]?.error).toEqual({
      code: 'function-failed',
      message: 'echo failed: disk on fire',
    });
  });

  it('whose time is over are aborted and told so', async () => {
    let seen: AbortSignal | undefined;
    const slow: FunctionTool = {
      ...echo([], (_text, signal) => {
        seen = signal;
        return new Promise(() => {});
      }),
      timeoutMs: 20,
    };
    const { run, results } = start([turnOf(call('a')), DONE], { functions: [slow] });
    expect((await run.result).outcome).toBe('completed');
    expect(results(1)).toMatchObject([{ output: '{"error":"echo did not end within 0.02 s."}' }]);
    expect(seen?.aborted).toBe(true);
  });

  it('end with the run: a stop aborts them', async () => {
    const log: string[] = [];
    let seen: AbortSignal | undefined;
    const waiting = echo(log, (_text, signal) => {
      seen = signal;
      queueMicrotask(() => run.stop('Ctrl-C'));
      return new Promise(() => {});
    });
    const { run } = start([turnOf(call('a'), call('b'))], { log, functions: [waiting] });
    expect(await run.result).toMatchObject({ outcome: 'stopped', reason: 'Ctrl-C' });
    expect([log, seen?.aborted]).toEqual([['a'], true]);
  });

  it('wait while the run is paused', async () => {
    const log: string[] = [];
    const pausing = echo(log, (text) => {
      if (text === 'a') run.pause();
      return text;
    });
    const { run } = start([turnOf(call('a'), call('b')), DONE], { log, functions: [pausing] });
    await expect.poll(() => run.state()).toBe('running.working.paused');
    expect(log).toEqual(['a']);
    run.resume();
    expect((await run.result).outcome).toBe('completed');
    expect(log).toEqual(['a', 'b']);
  });

  it('count for the limits as any turn', async () => {
    const { run, log } = start([turnOf(call('a')), turnOf(call('b'))], {
      options: { limits: { turns: 1, wallTimeMs: 60_000 } },
    });
    expect(await run.result).toMatchObject({ outcome: 'limit-reached', turns: 1, steps: 1 });
    expect(log).toEqual(['a']);
  });

  it('that find the sandbox dead end the run', async () => {
    const dead = echo([], () => {
      throw new SandboxError('sandbox-died', 'The sandbox does not run any more.');
    });
    const { run } = start([turnOf(call('a'))], { functions: [dead] });
    expect(await run.result).toMatchObject({ outcome: 'failed', error: { code: 'sandbox-died' } });
  });

  it('of one name are refused before there is a desktop', () => {
    expect(() => start([], { functions: [echo([]), echo([])] })).toThrow('Two functions have the same name.');
  });
});
