import { Agent, computerTool, OpenAIProvider, Runner } from '@openai/agents';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAgentsComputer } from '../../../src/adapters/agents-computer.ts';
import type { OwnedDesktop } from '../../../src/adapters/open-desktop.ts';
import type { Gate } from '../../../src/safety/gate.ts';
import { callDraft, messageDraft } from '../../../src/testing/responses-server/brain.ts';
import { createResponsesServer } from '../../../src/testing/responses-server/responses-server.ts';
import { ScriptedBrain } from '../../../src/testing/responses-server/scripted-brain.ts';
import { Bench, nothing } from '../sandbox/desktop.ts';
import { openNote, readNote } from './desktop.ts';

let bench: Bench;
let desktop: OwnedDesktop;

beforeAll(async () => {
  bench = await Bench.open();
  desktop = await openNote(bench);
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const check = { id: 'sc_1', code: 'sensitive_domain', message: 'This writes to a file.' };
const gate: Gate = { name: 'all', decide: () => Promise.resolve({ decision: 'approve', by: 'all' }) };

it.each([
  { model: 'gpt-5.4', isBatched: true },
  { model: 'computer-use-preview', isBatched: false },
])("runs the SDK's own runner on a desktop with $model", async ({ model, isBatched }) => {
  const steps = [
    { type: 'click', button: 'left', x: 500, y: 380, keys: null },
    { type: 'keypress', keys: ['CTRL', 'END'] },
    { type: 'type', text: `from ${model}\n` },
  ];
  const calls = isBatched ? [callDraft(steps)] : steps.map((step) => callDraft([step]));
  const brain = new ScriptedBrain([
    ...calls.map((call) => [call]),
    [callDraft([{ type: 'keypress', keys: ['CTRL', 'S'] }], { pending_safety_checks: [check] })],
    [messageDraft('It is written.')],
  ]);
  await using server = await createResponsesServer({ brain });
  const openAIClient = new OpenAI({ apiKey: server.apiKey, baseURL: server.baseUrl, maxRetries: 0 });
  const modelProvider = new OpenAIProvider({ openAIClient, useResponses: true });
  const runner = new Runner({ modelProvider, tracingDisabled: true });
  const tool = createAgentsComputer(desktop.display, { gate });
  const modelSettings = isBatched ? {} : { truncation: 'auto' as const };
  const agent = new Agent({ name: 'Desk', model, tools: [computerTool(tool)], modelSettings });
  const result = await runner.run(agent, 'Write a line into the note.', { signal: tool.signal });
  brain.assertFinished();
  expect(result.finalOutput).toBe('It is written.');
  await expect.poll(() => readNote(desktop)).toContain(`from ${model}\n`);
  expect(brain.requests.slice(1).map(({ screenshot }) => [screenshot?.width, screenshot?.height])).toEqual(
    Array.from({ length: calls.length + 1 }, () => [1024, 768]),
  );
});

it('holds the keys of a click, as the model asked', async () => {
  const brain = new ScriptedBrain([
    [
      callDraft([
        { type: 'click', button: 'left', x: 500, y: 380, keys: null },
        { type: 'keypress', keys: ['CTRL', 'A'] },
        { type: 'type', text: 'first line\nlast line' },
        { type: 'keypress', keys: ['CTRL', 'HOME'] },
        { type: 'click', button: 'left', x: 500, y: 450, keys: ['SHIFT'] },
        { type: 'type', text: 'all replaced' },
        { type: 'keypress', keys: ['CTRL', 'S'] },
      ]),
    ],
    [messageDraft('Done.')],
  ]);
  await using server = await createResponsesServer({ brain });
  const openAIClient = new OpenAI({ apiKey: server.apiKey, baseURL: server.baseUrl, maxRetries: 0 });
  const modelProvider = new OpenAIProvider({ openAIClient, useResponses: true });
  const runner = new Runner({ modelProvider, tracingDisabled: true });
  const tool = createAgentsComputer(desktop.display);
  await runner.run(
    new Agent({ name: 'Desk', model: 'gpt-5.4', tools: [computerTool(tool)] }),
    'Replace the text.',
    { signal: tool.signal },
  );
  await expect.poll(() => readNote(desktop)).toMatch(/^all replaced\n?$/);
});

it('leaves nothing when the desktop is disposed', async () => {
  await desktop[Symbol.asyncDispose]();
  expect(await bench.leftovers()).toEqual(nothing);
});
