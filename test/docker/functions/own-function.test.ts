import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { defineFunction } from '../../../src/agent/functions/function-tool.ts';
import { createShellFunction } from '../../../src/agent/functions/shell-function.ts';
import { startTaskRun } from '../../../src/compose.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { toTask } from '../../../src/evaluation/task/task-file.ts';
import { openModel } from '../../../src/open-model.ts';
import { callDraft, functionCallDraft, messageDraft } from '../../../src/testing/responses-server/brain.ts';
import type { BrainRequest } from '../../../src/testing/responses-server/brain.ts';
import { createResponsesServer } from '../../../src/testing/responses-server/responses-server.ts';
import { ScriptedBrain } from '../../../src/testing/responses-server/scripted-brain.ts';
import { createTemporaryFolder } from '../../support/cli.ts';
import { Bench, nothing } from '../sandbox/desktop.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.open();
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const writeNote = defineFunction({
  name: 'write_note',
  description: 'Writes a note to the home folder.',
  parameters: z.object({ text: z.string() }),
  run: async ({ text }, { desktop: { sandbox, display }, signal }) => {
    await sandbox.writeFiles([{ path: '/home/user/note.txt', content: Buffer.from(text) }], { signal });
    return { bytes: text.length, width: display.size.width };
  },
});

/** What the newest function calls of a request gave. */
function given({ input }: BrainRequest): readonly unknown[] {
  return input.filter(({ type }) => type === 'function_call_output').map((item) => item['output']);
}

it('a caller’s own function works on the desktop, and a command that does not end is killed', async () => {
  await using folder = await createTemporaryFolder();
  const brain = new ScriptedBrain([
    [
      functionCallDraft('write_note', { text: 'hello' }),
      functionCallDraft('shell', { command: 'cat note.txt' }),
    ],
    [functionCallDraft('shell', { command: 'sleep 4711' }), callDraft([{ type: 'type', text: 'never' }])],
    [functionCallDraft('shell', { command: 'pgrep -f "[s]leep 4711"' })],
    [messageDraft('Done.')],
  ]);
  await using server = await createResponsesServer({ brain });
  const env = { OPENAI_API_KEY: server.apiKey };
  const flags = { model: 'openai', baseUrl: server.baseUrl, display: '800x600', history: 'client' };
  const config = await loadConfig({ flags: { ...flags, runs: folder.path }, env, cwd: folder.path });
  const functions = [writeNote, createShellFunction({ timeoutMs: 5_000 })];
  const task = toTask('Write a note.');
  await using model = await openModel({ config, env, task, functions });
  await using driver = await bench.driver();
  const { finished } = await startTaskRun({ config, task, model, driver, functions });
  expect(await finished).toMatchObject({ outcome: 'completed', turns: 4, steps: 4 });

  const outputs = brain.requests.map(given).at(-1);
  expect(outputs).toEqual([
    '{"bytes":5,"width":800}',
    'exit code 0\nstdout:\nhello',
    '{"error":"/bin/sh did not end within 5000 ms and was killed."}',
    'exit code 1',
  ]);
  await driver[Symbol.asyncDispose]();
  expect(await bench.leftovers()).toEqual(nothing);
});
