import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { defineFunction, type FunctionTool } from '../../../src/agent/functions/function-tool.ts';
import { startRun } from '../../../src/agent/run.ts';
import { ModelError } from '../../../src/errors.ts';
import type { Recorder } from '../../../src/recording/recorder.ts';
import { createDenyGate } from '../../../src/safety/deny-gate.ts';
import { RunTelemetry } from '../../../src/telemetry/run-telemetry.ts';
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
import { Collector } from './collector.ts';

const SECRET = 'the PIN is 4711';

function collect(): Collector {
  const collector = new Collector();
  onTestFinished(() => collector[Symbol.asyncDispose]());
  return collector;
}

async function run(script: readonly ScriptedStep[], functions: readonly FunctionTool[] = []) {
  const telemetry = new RunTelemetry(systemClock);
  const memory = new MemoryRecorder();
  const recorder: Recorder = {
    folder: undefined,
    record: (event) => telemetry.onEvent(event),
    keep: (screenshot) => memory.keep(screenshot),
    attach: (content) => memory.attach(content),
    flush: () => memory.flush(),
    [Symbol.asyncDispose]: () => memory[Symbol.asyncDispose](),
  };
  const display = new FakeDisplay();
  const ports = {
    driver: new FakeDriver(),
    connect: () => Promise.resolve(telemetry.watch(display)),
    model: new ScriptedModel(script),
    gate: createDenyGate(),
    recorder,
    clock: systemClock,
  };
  const spec = { network: 'none', memoryBytes: 1e9, cpus: 1, pidsLimit: 256, expiresInMs: 60_000 } as const;
  return await startRun(ports, {
    runId: 'run-1',
    task: { id: 'greet', instruction: SECRET },
    environment: 'linux',
    sandbox: { ...spec, display: display.size },
    limits: { turns: 10, wallTimeMs: 60_000 },
    functions,
  }).result;
}

const script = [
  turnOf(
    callItem('call_1', [
      { type: 'click', button: 'left', x: 0, y: 5 },
      { type: 'type', text: SECRET },
    ]),
  ),
  turnOf(messageItem(SECRET)),
];

it('makes a span of the run, each turn, model call, decision, action and screenshot', async () => {
  const collector = collect();
  expect((await run(script)).outcome).toBe('completed');
  expect(collector.tree).toEqual([
    'invoke_agent deskhand > screenshot',
    'invoke_agent deskhand > sandbox',
    'invoke_agent deskhand > screenshot',
    'invoke_agent deskhand > screenshot',
    'turn 1 > chat scripted-1',
    'turn 1 > decide',
    'turn 1 > screenshot',
    'turn 1 > screenshot',
    'turn 1 > execute_tool computer',
    'turn 1 > screenshot',
    'turn 1 > screenshot',
    'turn 1 > execute_tool computer',
    'turn 1 > screenshot',
    'invoke_agent deskhand > turn 1',
    'turn 2 > chat scripted-1',
    'invoke_agent deskhand > turn 2',
    'invoke_agent deskhand',
  ]);
});

it('names them by the GenAI conventions', async () => {
  const collector = collect();
  await run(script);
  const model = { 'gen_ai.provider.name': 'scripted', 'gen_ai.request.model': 'scripted-1' };
  expect(collector.span('invoke_agent deskhand').attributes).toEqual({
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': 'deskhand',
    'gen_ai.conversation.id': 'run-1',
    ...model,
    'gen_ai.usage.input_tokens': 20,
    'gen_ai.usage.output_tokens': 10,
    'deskhand.tool': 'computer',
    'deskhand.gate': 'deny',
    'deskhand.display.width': 1024,
    'deskhand.display.height': 768,
    'deskhand.task.id': 'greet',
    'deskhand.outcome': 'completed',
    'deskhand.verification': 'unverified',
    'deskhand.turns': 2,
    'deskhand.steps': 2,
  });
  const call = collector.span('chat scripted-1');
  expect([call.kind, call.attributes]).toEqual([
    SpanKind.CLIENT,
    {
      'gen_ai.operation.name': 'chat',
      ...model,
      'gen_ai.response.id': 'resp_1',
      'gen_ai.response.finish_reasons': ['completed'],
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.usage.cache_read.input_tokens': 0,
      'gen_ai.usage.reasoning.output_tokens': 0,
    },
  ]);
  expect(collector.span('execute_tool computer').attributes).toMatchObject({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'computer',
    'gen_ai.tool.call.id': 'call_1',
    'deskhand.action.type': 'click',
    'deskhand.step': 1,
    'deskhand.action.settle_ms': 80,
  });
});

it('names a function as the tool, and nothing of what it was given or gave', async () => {
  const collector = collect();
  const note = defineFunction({
    name: 'note',
    description: 'Notes it.',
    parameters: z.object({ text: z.string() }),
    run: ({ text }) => text,
  });
  const call = turnOf(functionCallItem('call_f', 'note', { text: SECRET }));
  await run([call, turnOf(messageItem('Done.'))], [note]);
  const span = collector.span('execute_tool note');
  expect(span.attributes).toMatchObject({
    'gen_ai.tool.name': 'note',
    'gen_ai.tool.call.id': 'call_f',
    'deskhand.action.type': 'function_call',
  });
  expect(JSON.stringify(span.attributes)).not.toContain(SECRET);
});

it('measures model calls, tokens, actions, screenshots and runs', async () => {
  const collector = collect();
  await run(script);
  const found = await collector.histograms();
  const counts = Object.entries(found).map(([name, points]) => [name, points.map(({ count }) => count)]);
  expect(Object.fromEntries(counts)).toEqual({
    'gen_ai.client.operation.duration': [2],
    'gen_ai.client.token.usage': [2, 2],
    'deskhand.action.duration': [1, 1],
    'deskhand.screenshot.duration': [8],
    'deskhand.run.duration': [1],
  });
  expect(
    found['gen_ai.client.token.usage']?.map(({ attributes, sum }) => [attributes['gen_ai.token.type'], sum]),
  ).toEqual([
    ['input', 20],
    ['output', 10],
  ]);
});

it('ends a model call that failed, its turn and the run with the error', async () => {
  const collector = collect();
  const error = new ModelError('model-rate-limited', `Too many requests: ${SECRET}`);
  expect((await run([error])).outcome).toBe('failed');
  const status = { code: SpanStatusCode.ERROR, message: 'model-rate-limited' };
  expect([
    collector.span('chat scripted-1').status,
    collector.span('invoke_agent deskhand').status,
    collector.tree.slice(-3),
  ]).toEqual([
    status,
    status,
    ['turn 1 > chat scripted-1', 'invoke_agent deskhand > turn 1', 'invoke_agent deskhand'],
  ]);
});

it('holds nothing that the task, the model or the screen says', async () => {
  const collector = collect();
  await run(script);
  const told = JSON.stringify([
    collector.spans.map(({ name, attributes, events }) => [name, attributes, events]),
    await collector.histograms(),
  ]);
  expect(told).not.toContain(SECRET);
});

it('costs a run nothing where no SDK is registered, and no run fails for a collector that does', async () => {
  expect((await run(script)).outcome).toBe('completed');
  const broken = new Error('The collector is broken.');
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan: () => {
        throw broken;
      },
      startActiveSpan: () => {
        throw broken;
      },
    }),
  });
  onTestFinished(() => trace.disable());
  expect((await run(script)).outcome).toBe('completed');
});
