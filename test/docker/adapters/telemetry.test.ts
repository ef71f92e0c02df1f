import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTaskRun } from '../../../src/compose.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { toTask } from '../../../src/evaluation/task/task-file.ts';
import { openModel } from '../../../src/open-model.ts';
import { callDraft, messageDraft } from '../../../src/testing/responses-server/brain.ts';
import { createResponsesServer } from '../../../src/testing/responses-server/responses-server.ts';
import { ScriptedBrain } from '../../../src/testing/responses-server/scripted-brain.ts';
import { createTemporaryFolder } from '../../support/cli.ts';
import { Collector } from '../../unit/telemetry/collector.ts';
import { Bench, nothing } from '../sandbox/desktop.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.open();
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

it('tells of a whole run over the wire on a desktop', async () => {
  await using collector = new Collector();
  await using folder = await createTemporaryFolder();
  const brain = new ScriptedBrain([
    [callDraft([{ type: 'move', x: 10, y: 20, keys: null }, { type: 'screenshot' }])],
    [messageDraft('Done.')],
  ]);
  await using server = await createResponsesServer({ brain });
  const env = { OPENAI_API_KEY: server.apiKey };
  const flags = { model: 'openai:gpt-5.4', baseUrl: server.baseUrl, display: '800x600', runs: folder.path };
  const config = await loadConfig({ flags, env, cwd: folder.path });
  const task = toTask('Move the pointer.');
  await using model = await openModel({ config, env, task });
  await using driver = await bench.driver();
  const { finished } = await startTaskRun({ config, task, model, driver });
  expect((await finished).outcome).toBe('completed');
  expect(new Set(collector.tree)).toEqual(
    new Set([
      'invoke_agent deskhand',
      'invoke_agent deskhand > sandbox',
      'invoke_agent deskhand > screenshot',
      'invoke_agent deskhand > turn 1',
      'turn 1 > chat gpt-5.4',
      'turn 1 > decide',
      'turn 1 > execute_tool computer',
      'turn 1 > screenshot',
      'invoke_agent deskhand > turn 2',
      'turn 2 > chat gpt-5.4',
    ]),
  );
  expect(collector.span('chat gpt-5.4').attributes).toMatchObject({
    'gen_ai.provider.name': 'openai',
    'gen_ai.usage.input_tokens': expect.any(Number),
  });
  expect(collector.span('screenshot').attributes).toMatchObject({
    'deskhand.screenshot.width': 800,
    'deskhand.screenshot.height': 600,
  });
  const mine = (await driver.list()).filter(({ owner }) => owner === 'this-process');
  expect(mine).toEqual([]);
  await driver[Symbol.asyncDispose]();
  expect(await bench.leftovers()).toEqual(nothing);
});
