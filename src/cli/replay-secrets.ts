import { InputError, isDeskhandError, toMessage } from '../errors.ts';
import { readSecrets } from '../evaluation/task/read-secrets.ts';
import { readTask } from '../evaluation/task/task-file.ts';
import type { RunFolder } from '../recording/run-folder.ts';
import { type ReplayPlan, secretsTypedIn, type TypedSecret } from '../replay/replay-plan.ts';
import type { TaskSecrets } from '../safety/task-secrets.ts';
import { readRunStart } from './run-start.ts';

interface SecretOptions {
  readonly folder: RunFolder;
  /** The last step that is done. */
  readonly to: number | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * What the steps of a run type by name, read anew from where its task file says that it is.
 * @throws InputError invalid-file, invalid-environment, before anything is done
 */
export async function readReplaySecrets(
  plan: ReplayPlan,
  { folder, to, env }: SecretOptions,
): Promise<TaskSecrets | undefined> {
  const typed = secretsTypedIn(plan, to);
  const [first] = typed;
  if (first === undefined) return undefined;
  const secrets = await readAnew(folder, env).catch((cause: unknown) => {
    throw unknown(plan, first, cause);
  });
  const missing = typed.find(({ name }) => !secrets.names.includes(name));
  if (missing === undefined) return secrets;
  throw unknown(plan, missing, new InputError('invalid-file', 'The task file has no such secret.'));
}

async function readAnew(folder: RunFolder, env: NodeJS.ProcessEnv): Promise<TaskSecrets> {
  const { task, cwd } = await readRunStart(folder);
  return await readSecrets(await readTask(task, { cwd }), env);
}

function unknown({ runId }: ReplayPlan, { step, name }: TypedSecret, cause: unknown): InputError {
  const why = isDeskhandError(cause) ? [cause.hint] : [];
  const before = step > 1 ? [`What comes before it can be replayed without: --to ${step - 1}.`] : [];
  return new InputError(
    'invalid-file',
    `Step ${step} of ${runId} types the secret ${name}, which no recording holds. ${toMessage(cause)}`,
    { cause, hint: [...why, ...before].filter(Boolean).join(' ') },
  );
}
