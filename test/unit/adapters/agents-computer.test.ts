import { Agent, type Computer, computerTool, OpenAIProvider, Runner } from '@openai/agents';
import OpenAI from 'openai';
import { expect, expectTypeOf, it, onTestFinished } from 'vitest';
import { type AgentsComputerOptions, createAgentsComputer } from '../../../src/adapters/agents-computer.ts';
import { ActionError, DisplayError } from '../../../src/errors.ts';
import { FakeDisplay, type FakeDisplayOptions } from '../../../src/testing/fake-display.ts';
import { callDraft, messageDraft } from '../../../src/testing/responses-server/brain.ts';
import { createResponsesServer } from '../../../src/testing/responses-server/responses-server.ts';
import { type ScriptedAnswer, ScriptedBrain } from '../../../src/testing/responses-server/scripted-brain.ts';
import { screen } from '../model/loopback.ts';
import { RecordingGate } from './recording-gate.ts';

const done = [messageDraft('Done.')];
const check = { id: 'sc_1', code: 'malicious_instructions', message: 'The page gives orders.' };

/** The SDK's own runner with a fake display on one side and the strict server on the other. */
async function runAgent(
  answers: readonly ScriptedAnswer[],
  options: AgentsComputerOptions = {},
  fake: FakeDisplayOptions = {},
  model = 'gpt-5.4',
) {
  const brain = new ScriptedBrain(answers);
  const server = await createResponsesServer({ brain });
  onTestFinished(() => server.close());
  const display = new FakeDisplay({ frames: [screen(9, 1024, 768).png], ...fake });
  const tool = createAgentsComputer(display, options);
  const openAIClient = new OpenAI({ apiKey: server.apiKey, baseURL: server.baseUrl, maxRetries: 0 });
  const modelProvider = new OpenAIProvider({ openAIClient, useResponses: true });
  const runner = new Runner({ modelProvider, tracingDisabled: true });
  const agent = new Agent({
    name: 'Desk',
    model,
    tools: [computerTool(tool)],
    modelSettings: { truncation: 'auto' },
  });
  const running = runner.run(agent, 'Do it.', { signal: tool.signal });
  return { brain, display, running, server };
}

it('does every action of a call, with the keys that are held, and answers with the screen', async () => {
  const actions = [
    { type: 'screenshot' },
    { type: 'click', x: 0, y: 0, button: 'left', keys: ['SHIFT'] },
    { type: 'double_click', x: 3, y: 4, keys: null },
    {
      type: 'drag',
      keys: null,
      path: [
        { x: 1, y: 1 },
        { x: 9, y: 9 },
      ],
    },
    { type: 'keypress', keys: ['CTRL', 's'] },
    { type: 'move', x: 5, y: 6, keys: null },
    { type: 'scroll', x: 7, y: 8, scroll_x: 0, scroll_y: -120, keys: ['CTRL'] },
    { type: 'type', text: 'über' },
  ];
  const { running, display, brain } = await runAgent([[callDraft(actions)], done]);
  expect((await running).finalOutput).toBe('Done.');
  expect(display.inputs).toEqual([
    { type: 'click', at: expect.objectContaining({ x: 0, y: 0 }), button: 'left', count: 1, held: ['Shift'] },
    { type: 'click', at: expect.objectContaining({ x: 3, y: 4 }), button: 'left', count: 2 },
    {
      type: 'drag',
      path: [
        { x: 1, y: 1 },
        { x: 9, y: 9 },
      ],
    },
    { type: 'chord', keys: ['Control', 's'] },
    { type: 'move', to: expect.objectContaining({ x: 5, y: 6 }) },
    { type: 'scroll', at: expect.objectContaining({ x: 7, y: 8 }), by: { x: 0, y: -120 }, held: ['Control'] },
    { type: 'type', text: 'über' },
  ]);
  expect(brain.requests[1]?.screenshot).toMatchObject({ width: 1024, height: 768 });
});

it('stops a call at an action that cannot be done, says so, and goes on with the screen', async () => {
  const failures: string[] = [];
  const { running, display } = await runAgent(
    [
      [
        callDraft([
          { type: 'type', text: 'one' },
          { type: 'keypress', keys: ['a'] },
          { type: 'type', text: 'two' },
        ]),
      ],
      [callDraft([{ type: 'type', text: 'three' }])],
      done,
    ],
    { onFailure: ({ code }) => failures.push(code) },
    {
      onCall: ({ type }) => {
        if (type === 'chord') throw new ActionError('unknown-key', 'No such key on this layout.');
      },
    },
  );
  expect((await running).finalOutput).toBe('Done.');
  expect(failures).toEqual(['unknown-key']);
  expect(display.inputs).toEqual([
    { type: 'type', text: 'one' },
    { type: 'chord', keys: ['a'] },
    { type: 'release-all' },
    { type: 'type', text: 'three' },
  ]);
});

it('puts each call to the gate as a whole, its checks too, and acknowledges what was approved', async () => {
  const gate = new RecordingGate();
  const actions = [
    { type: 'move', x: 1, y: 2, keys: null },
    { type: 'type', text: 'yes' },
  ];
  const { running, brain } = await runAgent(
    [[callDraft(actions)], [callDraft(actions, { pending_safety_checks: [check] })], done],
    { gate, runId: 'mine' },
  );
  await running;
  const whole = [
    { type: 'move', x: 1, y: 2, keys: [] },
    { type: 'type', text: 'yes' },
  ];
  expect(
    gate.requests.map(({ runId, turn, actions: asked, next, pendingSafetyChecks }) => [
      runId,
      turn,
      asked,
      next,
      pendingSafetyChecks,
    ]),
  ).toEqual([
    ['mine', 1, whole, 0, []],
    ['mine', 1, whole, 1, []],
    ['mine', 2, whole, 0, []],
    ['mine', 2, whole, 1, []],
    ['mine', 3, whole, 0, [check]],
    ['mine', 3, whole, 1, []],
  ]);
  expect(brain.requests[2]?.input.at(-1)).toMatchObject({
    type: 'computer_call_output',
    acknowledged_safety_checks: [check],
  });
});

it.each([
  ['a call without checks', {}],
  ['a call with checks', { pending_safety_checks: [check] }],
])('ends the run at %s that the gate denies, before any of it runs', async (_name, extra) => {
  const gate = new RecordingGate(() => ({ decision: 'deny', by: 'person', reason: 'not today' }));
  const { running, display, server } = await runAgent([[callDraft([{ type: 'type', text: 'x' }], extra)]], {
    gate,
  });
  await expect(running).rejects.toMatchObject({
    code: 'cancelled',
    message: 'The gate did not approve the call: not today',
  });
  expect([display.inputs, server.requests.length]).toEqual([[], 1]);
});

it('denies what carries a check when it is given no gate', async () => {
  const { running, display } = await runAgent([
    [callDraft([{ type: 'type', text: 'x' }], { pending_safety_checks: [check] })],
  ]);
  await expect(running).rejects.toMatchObject({ code: 'cancelled', details: { by: 'deny' } });
  expect(display.inputs).toEqual([]);
});

it('ends the run at a call that is not on the screen', async () => {
  const { running, display } = await runAgent([
    [callDraft([{ type: 'click', x: 1024, y: 0, button: 'left', keys: null }])],
  ]);
  await expect(running).rejects.toMatchObject({ code: 'out-of-bounds' });
  expect(display.inputs).toEqual([]);
});

it('ends the run when the display is lost, without another request', async () => {
  const { running, display, server } = await runAgent(
    [[callDraft([{ type: 'type', text: 'one' }])]],
    {},
    {
      onCall: ({ type }) => {
        if (type === 'type') throw new DisplayError('display-closed', 'The desktop is gone.');
      },
    },
  );
  await expect(running).rejects.toMatchObject({ code: 'display-closed' });
  expect([display.inputs.length, server.requests.length]).toEqual([2, 1]);
});

it('declares its size where the preview tool is served', async () => {
  const { running, brain } = await runAgent([done], {}, {}, 'computer-use-preview');
  await running;
  expect(brain.requests[0]?.tools).toEqual([
    { type: 'computer_use_preview', display_width: 1024, display_height: 768, environment: 'ubuntu' },
  ]);
});

it('fits the type of the SDK', () => {
  const { computer } = createAgentsComputer(new FakeDisplay());
  expectTypeOf(computer).toExtend<Computer>();
});
