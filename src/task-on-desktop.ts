import type { CheckResult, Desktop } from './agent/run-ports.ts';
import type { CheckContext, ScreenReader } from './evaluation/checks/check.ts';
import { runChecks } from './evaluation/checks/run-checks.ts';
import { ContentProcess } from './evaluation/content/content-process.ts';
import { applySetup } from './evaluation/task/setup.ts';
import type { Task } from './evaluation/task/task-file.ts';
import { waitForSetup } from './evaluation/task/wait-for-setup.ts';
import { createScreenReader } from './model/ocr/screen-reader.ts';
import { systemClock } from './util/clock.ts';

interface Cancellable {
  readonly signal: AbortSignal;
}

/** Makes a desktop ready for a task. @throws SandboxError, InputError: what the task needs cannot be had */
export async function prepareTask(
  task: Task,
  { sandbox, display }: Desktop,
  { signal }: Cancellable,
): Promise<void> {
  await applySetup(task.setup, sandbox, { signal });
  await using screen = openScreenReader();
  await waitForSetup(task.setup.wait, {
    sandbox,
    screenshot: () => display.screenshot({ signal }),
    readScreen: screen.read,
    clock: systemClock,
    signal,
  });
}

export type VerifyOptions = Cancellable &
  Pick<CheckContext, 'finalMessage' | 'allowsHostScripts' | 'judge' | 'browser'>;

/** Does a task's checks on the desktop as the model left it. */
export async function verifyTask(
  task: Task,
  { sandbox, display }: Desktop,
  { signal, ...options }: VerifyOptions,
): Promise<readonly CheckResult[]> {
  await using screen = openScreenReader();
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

function openScreenReader(): AsyncDisposable & { readonly read: ScreenReader } {
  const reader = createScreenReader();
  return {
    read: async (png, options) => (await reader.read(png, options)).map(({ text }) => text),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}
