import { InputError, SandboxError } from '../../errors.ts';
import type { Sandbox } from '../../sandbox/sandbox-driver.ts';
import type { Command } from './command-schema.ts';
import { DEFAULT_COMMAND_TIMEOUT_MS } from './command-schema.ts';
import type { TaskSetup } from './task-file.ts';
import { showText } from '../checks/text-rule.ts';

/** All of a sandbox that a setup touches. */
export type SetupSandbox = Pick<Sandbox, 'exec' | 'writeFiles'>;

interface SetupOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes the files, runs the commands, opens the applications; in that order, and stops at the first failure.
 * @throws SandboxError exec-failed, copy-failed; InputError invalid-file for an application that the image lacks
 */
export async function applySetup(
  setup: Omit<TaskSetup, 'wait'>,
  sandbox: SetupSandbox,
  options: SetupOptions = {},
): Promise<void> {
  if (setup.files.length > 0) await sandbox.writeFiles(setup.files, options);
  for (const { command, timeoutMs } of setup.commands) {
    await run(command, sandbox, { ...options, timeoutMs: timeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS });
  }
  for (const command of setup.open) await open(command, sandbox, options);
}

async function run(
  { argv, shown }: Command,
  sandbox: SetupSandbox,
  options: SetupOptions & { readonly timeoutMs: number },
): Promise<void> {
  const { exitCode, stdout, stderr } = await sandbox.exec(argv, options);
  if (exitCode === 0) return;
  const output =
    [stderr, stdout].map((stream) => stream.toString('utf8').trim()).find((text) => text !== '') ?? '';
  throw new SandboxError(
    'exec-failed',
    `The setup command ${showText(shown)} ended with exit code ${exitCode}; it said ${showText(output)}.`,
    {
      details: { command: shown, exitCode, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') },
    },
  );
}

/**
 * Leaves the caller's streams, so that the exec ends while the application goes on; and waits for a window more than
 * before, where the image can tell, so that the model's first look shows it.
 */
const OPEN = `
command -v -- "$1" >/dev/null || exit 127
shift
count() { wmctrl -l 2>/dev/null | wc -l; }
before=$(count)
setsid -f "$@" </dev/null >/dev/null 2>&1
command -v wmctrl >/dev/null || exit 0
left=100
while [ "$left" -gt 0 ] && [ "$(count)" -le "$before" ]; do
  left=$((left - 1))
  sleep 0.1
done`;

async function open({ argv, shown }: Command, sandbox: SetupSandbox, options: SetupOptions): Promise<void> {
  const program = programOf(argv, shown);
  const command = ['/bin/sh', '-c', OPEN, 'open', program, ...argv];
  const { exitCode, stderr } = await sandbox.exec(command, {
    ...options,
    timeoutMs: DEFAULT_COMMAND_TIMEOUT_MS,
  });
  if (exitCode === 0) return;
  if (exitCode === 127) {
    throw new InputError('invalid-file', `setup.open: the image has no program ${showText(program)}.`, {
      details: { command: shown },
    });
  }
  throw new SandboxError(
    'exec-failed',
    `${showText(shown)} cannot be opened: ${showText(stderr.toString('utf8'))}.`,
  );
}

/** The program that a line for the shell starts with, or the shell itself where the line is more than one. */
function programOf(argv: readonly string[], shown: string): string {
  const shell = argv[0] ?? '';
  if (argv[1] !== '-c') return shell;
  return /^[\w./+-]+(?=\s|$)/.exec(shown)?.[0] ?? shell;
}
