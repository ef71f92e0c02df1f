import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import process from 'node:process';
import { InternalError } from '../errors.ts';
import type { RunFolder } from '../recording/run-folder.ts';
import { systemClock } from '../util/clock.ts';
import { toKebabCase } from '../util/kebab-case.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type CliContext, printLine } from './terminal.ts';

export type FlagValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

const LOOK_MS = 50;

/** `{ maxTurns: '3', json: true }` -> `--max-turns=3 --json` */
function toArguments(flags: FlagValues): readonly string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    const flag = `--${toKebabCase(name)}`;
    if (value === undefined || value === false) return [];
    if (value === true) return [flag];
    return [value].flat().map((text) => `${flag}=${text}`);
  });
}

/**
 * Starts the same run in a process of its own, in a session without a terminal, and returns once it has begun: it goes on
 * when this terminal is closed. What it prints is kept in the run's folder.
 */
export async function detachRun(
  task: string,
  flags: FlagValues,
  folder: RunFolder,
  context: CliContext,
): Promise<ExitCode> {
  const { cwd, env, stderr, stdout } = context;
  const [, main] = process.argv;
  if (main === undefined) throw new InternalError('internal', 'It is not known what to start.');
  const output = await open(folder.output, 'ax', 0o600);
  const child = spawn(
    process.execPath,
    [main, 'run', ...toArguments({ ...flags, detach: false, into: folder.path }), '--', task],
    { cwd, env, detached: true, stdio: ['ignore', output.fd, output.fd] },
  );
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? EXIT.failed));
  });
  await output.close();
  const code = await firstOf(ended, folder);
  if (code !== undefined && code !== EXIT.done) {
    stderr.write(await readFile(folder.output, 'utf8'));
    return code;
  }
  child.unref();
  printLine(
    stderr,
    `follow it with \`deskhand attach ${folder.runId}\`, end it with \`deskhand stop ${folder.runId}\``,
  );
  printLine(stdout, folder.runId);
  return EXIT.done;
}

/** The exit code of a process that ends before its run has begun, else undefined once it has: others find it from then on. */
async function firstOf(ended: Promise<number>, { trajectory }: RunFolder): Promise<number | undefined> {
  for (;;) {
    const code = await Promise.race([ended, systemClock.sleep(LOOK_MS)]);
    if (typeof code === 'number') return code;
    if (existsSync(trajectory)) return undefined;
  }
}
