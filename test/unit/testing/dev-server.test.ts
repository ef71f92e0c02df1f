import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ModelClient } from '../../../src/model/model-client.ts';
import { createOpenAiModel } from '../../../src/model/openai/openai-model.ts';
import { createDevServer, type DevServer } from '../../../src/testing/responses-server/dev-server.ts';
import { answering, brief, click, executed, first } from '../model/loopback.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-dev-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function scriptOf(text: string): Promise<string> {
  const path = join(folder, 'script.yaml');
  await writeFile(path, text);
  return path;
}

function clientOf({ baseUrl, apiKey }: DevServer): ModelClient {
  return createOpenAiModel({ model: 'gpt-5.4', baseUrl, apiKey });
}

describe('the server by hand', () => {
  test('plays the answers and faults of a script', async () => {
    const script = await scriptOf(`
answers:
  - reasoning: The menu first.
    actions: [{ type: click, button: left, x: 10, y: 20, keys: null }]
    checks: [{ id: sc_1, code: null, message: Sure? }]
  - output: [{ type: message, role: assistant, content: [{ type: output_text, text: Half, annotations: [], logprobs: [] }] }]
    status: incomplete
    incompleteReason: max_output_tokens
faults:
  - { kind: status, status: 429, headers: { retry-after-ms: '1' } }
  - { kind: none }
`);
    const statuses: (number | undefined)[] = [];
    const onServed = ({ status }: { readonly status: number | undefined }) => void statuses.push(status);
    await using server = await createDevServer({ port: 0, script, onServed });
    await using client = clientOf(server);
    const conversation = client.start(brief);
    const turn = await conversation.respond(first());
    const check = { id: 'sc_1', code: null, message: 'Sure?' };
    expect(turn.items).toMatchObject([
      { type: 'reasoning', summary: 'The menu first.' },
      { type: 'computer_call', actions: [click], pendingSafetyChecks: [check] },
    ]);
    const call = turn.items.find((item) => item.type === 'computer_call');
    expect(await conversation.respond(answering([executed(call?.callId ?? '', 1, [check])]))).toMatchObject({
      status: 'incomplete',
      incompleteReason: 'max_output_tokens',
      items: [{ type: 'message', text: 'Half' }],
    });
    expect(statuses).toEqual([429, 200, 200]);
    expect(server.brain).toBe('2 scripted answers');
  });

  test('says what it refuses, and why', async () => {
    const problems: (string | undefined)[] = [];
    await using server = await createDevServer({
      port: 0,
      onServed: ({ problem }) => void problems.push(problem),
    });
    const response = await fetch(`${server.baseUrl}/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.apiKey}` },
      body: JSON.stringify({ model: 'gpt-5.4', inputs: [] }),
    });
    expect(response.status).toBe(400);
    expect(problems).toEqual([expect.stringMatching(/^400 .*Unknown parameter: 'inputs'/)]);
  });

  test('tells an instruction that the local model cannot take as a request that is wrong', async () => {
    await using server = await createDevServer({ port: 0, brain: 'local' });
    await using client = clientOf(server);
    const pending = client.start({ ...brief, instruction: 'Please tidy up.' }).respond(first());
    await expect(pending).rejects.toMatchObject({ code: 'model-rejected-request' });
  });

  test('needs a port that is free', async () => {
    await using server = await createDevServer({ port: 0 });
    const port = Number(new URL(server.baseUrl).port);
    await expect(createDevServer({ port })).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining(`cannot listen on port ${port}`),
    });
  });
});

describe('a script that is wrong', () => {
  test.each([
    ['answers: [{ say: Hello }]\n', /script\.yaml:1:\d+ answers\[0\]\.say: unknown field/],
    [
      'answers: [{ status: completed }]\n',
      /answers\[0\]: expected one of the fields reasoning, actions, message/,
    ],
    ['answers: []\n', /answers: expected at least 1 entry/],
    ['faults: [{ kind: explode }]\n', /script\.yaml:1:\d+ faults\[0\]\.kind/],
    ['faults: [{ kind: status, status: 200 }]\n', /faults\[0\]\.status: expected at least 400/],
  ])('%s', async (text, message) => {
    await expect(createDevServer({ port: 0, script: await scriptOf(text) })).rejects.toThrow(message);
  });

  test('answers twice', async () => {
    const script = await scriptOf('answers: [{ message: Done. }]\n');
    const pending = createDevServer({ port: 0, script, brain: 'local' });
    await expect(pending).rejects.toThrow('Either the script has answers or the local model');
  });
});
