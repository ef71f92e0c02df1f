import { readFile, realpath } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { TaskSecrets } from '../../safety/task-secrets.ts';

/** A task that somebody else wrote must not get at the keys of whoever runs it: only variables meant for tasks. */
const VARIABLE = /^DESKHAND_SECRET_[A-Z0-9_]+$/;
/** Where container engines and systemd put what is secret. */
const SECRETS_FOLDER = '/run/secrets';
/** What is shorter stands in too many texts by chance to be kept out of them. */
const SHORTEST = 4;

const source = z.union(
  [
    z.strictObject({
      env: z
        .string()
        .regex(VARIABLE, { error: 'expected a variable whose name begins with DESKHAND_SECRET_' }),
    }),
    z.strictObject({ file: z.string().min(1) }),
  ],
  { error: 'expected { env: DESKHAND_SECRET_… } or { file: … }' },
);

export const secretsSchema = z
  .record(
    z.string().regex(/^[A-Za-z][\w-]*$/, { error: 'expected letters, digits, dashes and underscores' }),
    source,
  )
  .meta({
    description:
      'What the model may type as {{secret:NAME}} and nobody sees: from a variable DESKHAND_SECRET_…, or from a file ' +
      'beside the task file or in /run/secrets.',
  });

export type SecretSources = z.output<typeof secretsSchema>;

type Environment = Readonly<Record<string, string | undefined>>;

interface SecretTask {
  readonly secrets: SecretSources;
  /** The folder of the task file. */
  readonly folder: string;
  /** How the task file is called in reports. */
  readonly origin?: string | undefined;
}

/**
 * Reads the secrets of a task when it is run.
 * @throws InputError invalid-environment, invalid-file; never with a value in it
 */
export async function readSecrets(task: SecretTask, env: Environment): Promise<TaskSecrets> {
  const values = new Map<string, string>();
  for (const [name, from] of Object.entries(task.secrets)) {
    const field = `${task.origin ?? 'the task'} secrets.${name}`;
    const value =
      'env' in from ? readVariable(from.env, field, env) : await readOwnFile(from.file, field, task.folder);
    if (value.length < SHORTEST) {
      throw new InputError(
        'invalid-file',
        `${field}: expected at least ${SHORTEST} characters, so that it can be told from other text.`,
      );
    }
    values.set(name, value);
  }
  return new TaskSecrets(values);
}

function readVariable(variable: string, field: string, env: Environment): string {
  const value = env[variable];
  if (value !== undefined && value !== '') return value;
  throw new InputError('invalid-environment', `${field}: the variable ${variable} is not set.`, {
    hint: `Set ${variable} to the secret before the run.`,
  });
}

/** The text of a file, without a newline at its end. */
async function readOwnFile(name: string, field: string, folder: string): Promise<string> {
  const path = await realpath(resolve(folder, name)).catch(() => undefined);
  if (path === undefined) throw new InputError('invalid-file', `${field}: there is no file ${name}.`);
  const homes = await Promise.all([folder, SECRETS_FOLDER].map((home) => realpath(home).catch(() => home)));
  if (!homes.some((home) => isInside(path, home))) {
    throw new InputError(
      'invalid-file',
      `${field}: ${name} is neither in the folder of the task file nor in ${SECRETS_FOLDER}.`,
    );
  }
  return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
}

function isInside(path: string, folder: string): boolean {
  const [first] = relative(folder, path).split(sep);
  return first !== '..' && first !== '';
}
