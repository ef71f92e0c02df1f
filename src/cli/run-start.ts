import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { replaceFile, type RunFolder } from '../recording/run-folder.ts';

/** How long the desktop of a killed run waits for `deskhand resume` once another process has noticed it. */
export const RESUME_GRACE_MS = 10 * 60_000;

const START_VERSION = 1;

/** start.json: what `deskhand run` was called with, for `deskhand resume`. Keys are read from the environment anew. */
const startSchema = z.object({
  version: z.literal(START_VERSION),
  task: z.string(),
  cwd: z.string(),
  flags: z.record(z.string(), z.union([z.string(), z.boolean(), z.array(z.string())]).optional()),
});

export type RunStart = Omit<z.infer<typeof startSchema>, 'version'>;

export async function writeRunStart(folder: RunFolder, start: RunStart): Promise<void> {
  await replaceFile(folder.start, `${JSON.stringify({ version: START_VERSION, ...start }, undefined, 2)}\n`);
}

/** @throws InputError when the run was not started by this command, or by one of another version */
export async function readRunStart(folder: RunFolder): Promise<RunStart> {
  try {
    return startSchema.parse(JSON.parse(await readFile(folder.start, 'utf8')));
  } catch (cause) {
    throw new InputError('invalid-file', `${folder.start} does not tell how the run was started.`, {
      cause,
      hint: 'Only `deskhand run` of this version writes it. Run the task anew.',
    });
  }
}
