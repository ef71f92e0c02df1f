import OpenAI from 'openai';
import { ComputerToolset } from 'openai/helpers/computer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createComputerDriver, createComputerPolicy } from '../../../src/adapters/openai-computer-driver.ts';
import type { OwnedDesktop } from '../../../src/adapters/open-desktop.ts';
import { createDenyGate } from '../../../src/safety/deny-gate.ts';
import type { Gate, GateRequest } from '../../../src/safety/gate.ts';
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

it("runs the SDK's own loop on a desktop, with a check that our gate approves", async () => {
  const { display } = desktop;
  const asked: GateRequest[] = [];
  const gate: Gate = {
    name: 'watching',
    decide: (request) => {
      asked.push(request);
      return Promise.resolve({ decision: 'approve', by: 'watching' });
    },
  };
  const brain = new ScriptedBrain([
    [callDraft([{ type: 'screenshot' }])],
    [
      callDraft([
        { type: 'click', button: 'left', x: 500, y: 380 },
        { type: 'type', text: 'Größe: 10 €' },
      ]),
    ],
    [callDraft([{ type: 'keypress', keys: ['CTRL', 'S'] }], { pending_safety_checks: [check] })],
    [messageDraft('It is written.')],
  ]);
  await using server = await createResponsesServer({ brain });
  const client = new OpenAI({ apiKey: server.apiKey, baseURL: server.baseUrl, maxRetries: 0 });
  const toolset = new ComputerToolset(createComputerDriver(display));
  const response = await toolset.run(
    client,
    { model: 'gpt-5.4', input: 'Write the size into the note.' },
    createComputerPolicy({ gate, display }),
  );
  brain.assertFinished();
  expect(response.output_text).toBe('It is written.');
  await expect.poll(() => readNote(desktop)).toMatch(/^Größe: 10 €\n?$/);
  expect(asked.map(({ actions, pendingSafetyChecks }) => [actions.length, pendingSafetyChecks])).toEqual([
    [1, []],
    [2, []],
    [2, []],
    [1, [check]],
  ]);
  expect(brain.requests.at(-1)?.input.at(-1)).toMatchObject({
    type: 'computer_call_output',
    acknowledged_safety_checks: [check],
  });
  const pictures = brain.requests.flatMap(({ screenshot }) => (screenshot === undefined ? [] : [screenshot]));
  expect(pictures.map(({ width, height }) => [width, height])).toEqual([
    [1024, 768],
    [1024, 768],
    [1024, 768],
  ]);
});

it('does not touch the desktop when our gate denies', async () => {
  const { display } = desktop;
  const before = await readNote(desktop);
  const keys = [
    { type: 'keypress', keys: ['CTRL', 'A'] },
    { type: 'keypress', keys: ['DELETE'] },
    { type: 'keypress', keys: ['CTRL', 'S'] },
  ];
  const brain = new ScriptedBrain([[callDraft(keys, { pending_safety_checks: [check] })]]);
  await using server = await createResponsesServer({ brain });
  const client = new OpenAI({ apiKey: server.apiKey, baseURL: server.baseUrl, maxRetries: 0 });
  const running = new ComputerToolset(createComputerDriver(display)).run(
    client,
    { model: 'gpt-5.4', input: 'Empty the note.' },
    createComputerPolicy({ gate: createDenyGate(), display }),
  );
  await expect(running).rejects.toMatchObject({
    code: 'cancelled',
    details: { decision: 'deny', by: 'deny' },
  });
  expect(await readNote(desktop)).toBe(before);
});

it('leaves nothing when the desktop is disposed', async () => {
  await desktop[Symbol.asyncDispose]();
  expect(await bench.leftovers()).toEqual(nothing);
});
