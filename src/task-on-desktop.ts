import type { Desktop } from './agent/desktop.ts';
import type { CheckResult } from './agent/run-ports.ts';
import type { CheckContext } from './evaluation/checks/check.ts';
import { runChecks } from './evaluation/checks/run-checks.ts';
import { ContentProcess } from './evaluation/content/content-process.ts';
import { applySetup } from './evaluation/task/setup.ts';
import type { Task } from './evaluation/task/task-file.ts';
import { waitForSetup } from './evaluation/task/wait-for-setup.ts';
import { lendReader } from './model/ocr/reader-pool.ts';
import { createScreenReader, type ScreenReader } from './model/ocr/screen-reader.ts';
import { systemClock } from './util/clock.ts';

interface Means {
  readonly signal: AbortSignal;
  /** What reads the screen; stays with the caller. Default: one for this alone. */
  readonly reader?: ScreenReader | undefined;
}

/** Makes a desktop ready for a task. @throws SandboxError, InputError: what the task needs cannot be had */
export async function prepareTask(
  task: Task,
  { sandbox, display }: Desktop,
  { signal, reader }: Means,
): Promise<void> {
  await applySetup(task.setup, sandbox, { signal });
  await using screen = openScreenReader(reader);
  await waitForSetup(task.setup.wait, {
    sandbox,
    screenshot: () => display.screenshot({ signal }),
    readScreen: screen.read,
    clock: systemClock,
    signal,
  });
}

export type VerifyOptions = Means &
  Pick<CheckContext, 'finalMessage' | 'allowsHostScripts' | 'judge' | 'browser'>;

/** Does a task's checks on the desktop as the model left it. */
export async function verifyTask(
  task: Task,
  { sandbox, display }: Desktop,
  { signal, reader, ...options }: VerifyOptions,
): Promise<readonly CheckResult[]> {
  await using screen = openScreenReader(reader);
  await using contents = new ContentProcess();
  return await runChecks(task.checks, {
    ...options,
    sandbox,
    screenshot: () => display.screenshot({ signal }),
    readScreen: screen.read,
    readContent: contents.read,
    assets: task.assets,
    clock: systemClock,
    signal,
  });
}

function openScreenReader(
  lent: ScreenReader | undefined,
): AsyncDisposable & { readonly read: CheckContext['readScreen'] } {
  const reader = lent === undefined ? createScreenReader() : lendReader(lent);
  return {
    read: async (png, options) => (await reader.read(png, options)).map(({ text }) => text),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}
