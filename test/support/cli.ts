import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A built deskhand under way. */
export interface CliProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<CliResult>;
  /** What it has printed so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Resolves when standard output has this text; rejects when the process ends without it. */
  seen(text: string): Promise<void>;
}

/** Only what a command needs of the environment: no key and no setting of this machine reaches the tests. */
function cleanEnvironment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PATH, HOME, DOCKER_HOST } = process.env;
  return { PATH, HOME, ...(DOCKER_HOST === undefined ? {} : { DOCKER_HOST }), ...extra };
}

export function startCli(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): CliProcess {
  const child = spawn(process.execPath, [MAIN, ...argv], {
    cwd: options.cwd ?? ROOT,
    env: cleanEnvironment(options.env ?? {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const exited = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
  });
  const seen = async (text: string): Promise<void> => {
    const found = new Promise<void>((resolve) => {
      const look = (): void => {
        if (output.stdout.includes(text)) resolve();
      };
      child.stdout.on('data', look);
      look();
    });
    const ended = exited.then(({ code, stdout, stderr }) => {
      if (stdout.includes(text)) return;
      throw new Error(`It ended with ${code} before it printed "${text}":\n${stdout}\n${stderr}`);
    });
    await Promise.race([found, ended]);
  };
  return { child, exited, seen, output: () => output };
}

export async function runCli(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<CliResult> {
  return await startCli(argv, options).exited;
}

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

export async function createTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'deskhand-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
