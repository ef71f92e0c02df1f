import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { createResponsesServer } from '../../src/testing/responses-server/responses-server.ts';
import { type ScriptedAnswer, ScriptedBrain } from '../../src/testing/responses-server/scripted-brain.ts';
import { createTemporaryFolder } from './cli.ts';

export const docker = promisify(execFile);
const jsonLine = z.looseObject({ type: z.string() });
const readyLine = z.looseObject({ type: z.literal('sandbox-ready'), sandboxId: z.string() });
export const resultLine = z.looseObject({
  type: z.literal('result'),
  outcome: z.string(),
  folder: z.string(),
});

export function parseLines(stdout: string): readonly z.infer<typeof jsonLine>[] {
  // A process that was killed may have left half a line.
  return stdout
    .slice(0, stdout.lastIndexOf('\n'))
    .split('\n')
    .map((line) => jsonLine.parse(JSON.parse(line)));
}

/** Id of the container that a run told of. */
export function sandboxOf(stdout: string): string {
  return readyLine.parse(parseLines(stdout).find(({ type }) => type === 'sandbox-ready')).sandboxId;
}

/** Whether the engine still has the container of a run, from what the run printed. */
export async function hasContainer(stdout: string): Promise<boolean> {
  const filter = `id=${sandboxOf(stdout)}`;
  const { stdout: found } = await docker('docker', ['ps', '-aq', '--no-trunc', '--filter', filter]);
  return found.trim() !== '';
}

/** A run of the built command against a loopback server that plays `answers`. */
export async function serve(answers: readonly ScriptedAnswer[]) {
  const brain = new ScriptedBrain(answers);
  const server = await createResponsesServer({ brain });
  const folder = await createTemporaryFolder();
  const argv = ['run', 'Do it.', '--model', 'openai', '--base-url', `${server.url}/v1`, '--json'];
  return {
    brain,
    server,
    argv: [...argv, '--runs', folder.path],
    env: { OPENAI_API_KEY: server.apiKey },
    folder,
    /** The id of the only run in `folder`. */
    runId: async () => (await readdir(folder.path))[0] ?? '',
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
