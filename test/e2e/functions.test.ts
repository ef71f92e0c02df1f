import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createResponsesServer } from '../../src/testing/responses-server/responses-server.ts';
import { callDraft, functionCallDraft, messageDraft } from '../../src/testing/responses-server/brain.ts';
import { ScriptedBrain } from '../../src/testing/responses-server/scripted-brain.ts';
import { createTemporaryFolder, runCli } from '../support/cli.ts';

const TASK = `
version: 1
id: note
instruction: Write a note.
functions: [shell, ask_user]
checks:
  - file: ~/note.txt
    contains: written by a function
`;

const outputItem = z.looseObject({ type: z.string(), output: z.unknown() });

it('a model uses the shell of the desktop beside the screen, and is told that nobody can be asked', async () => {
  await using folder = await createTemporaryFolder();
  const path = join(folder.path, 'note.yaml');
  await writeFile(path, TASK);
  const command = 'id -u; pwd; echo "written by a function" > note.txt; echo no >&2; exit 3';
  const brain = new ScriptedBrain([
    [functionCallDraft('shell', { command }), callDraft([{ type: 'move', x: 5, y: 5, keys: null }])],
    [
      functionCallDraft('ask_user', { question: 'Which?' }),
      functionCallDraft('shell', { command: 'yes | head -c 100000' }),
    ],
    [messageDraft('Done.')],
  ]);
  await using server = await createResponsesServer({ brain });
  const argv = [
    'run',
    path,
    '--model',
    'openai',
    '--base-url',
    server.baseUrl,
    '--runs',
    folder.path,
    '--json',
  ];
  const { code, stdout, stderr } = await runCli(argv, { env: { OPENAI_API_KEY: server.apiKey } });
  expect([code, stderr]).toEqual([0, expect.any(String)]);

  const outputs = brain.requests.slice(1).map(({ input }) => input.map((item) => outputItem.parse(item)));
  expect(outputs.map((items) => items.map(({ type }) => type))).toEqual([
    ['function_call_output', 'computer_call_output'],
    ['function_call_output', 'function_call_output'],
  ]);
  const [ran, asked, long] = outputs
    .flat()
    .flatMap(({ output }) => (typeof output === 'string' ? [output] : []));
  expect(ran).toBe('exit code 3\nstdout:\n1000\n/home/user\nstderr:\nno');
  expect(asked).toContain('Nobody is there to answer.');
  expect(long).toContain('[… 92000 characters left out …]');
  const result = z
    .looseObject({ folder: z.string() })
    .parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
  expect(await readFile(join(result.folder, 'report.html'), 'utf8')).toContain('written by a function');
});
