import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { runCli } from '../support/cli.ts';
import { inFolder } from './in-folder.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const CLOCK = '2026-01-15T09:00Z';

const replayed = z.object({
  type: z.literal('replay'),
  steps: z.number(),
  durationMs: z.number(),
  frames: z.object({
    identical: z.number(),
    alike: z.number(),
    different: z.number(),
    missing: z.number(),
  }),
});

/** Every shipped example under a fixed clock, done by the local model and replayed: how many screens are the same. */
export async function benchReplay(): Promise<unknown> {
  const examples = (await readdir(EXAMPLES)).filter((name) => name.endsWith('.yaml')).toSorted();
  return await inFolder(async (runs) => {
    const rows: Record<string, unknown> = {};
    for (const example of examples) rows[example] = await runAndReplay(join(EXAMPLES, example), runs);
    return rows;
  });
}

async function runAndReplay(example: string, runs: string): Promise<unknown> {
  const startedAt = performance.now();
  const run = await runCli(['run', example, '--model', 'local', '--clock', CLOCK, '--runs', runs]);
  if (run.code !== 0) throw new Error(`${example} ended with ${run.code}: ${run.stderr}`);
  return { runMs: Math.round(performance.now() - startedAt), ...(await replayRecorded('last', runs)) };
}

/** What `deskhand replay` says of a recording. @throws Error when it says nothing */
export async function replayRecorded(run: string, runs: string): Promise<object> {
  const { stdout, stderr, code } = await runCli(['replay', run, '--runs', runs, '--json']);
  const line = stdout.split('\n').find((text) => text.includes('"type":"replay"'));
  if (line === undefined) throw new Error(`The replay ended with ${code}: ${stderr}`);
  const { steps, durationMs, frames } = replayed.parse(JSON.parse(line));
  return { code, steps, durationMs: Math.round(durationMs), frames };
}
