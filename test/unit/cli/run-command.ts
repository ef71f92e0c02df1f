import { PassThrough } from 'node:stream';
import { runCli } from '../../../src/cli/program.ts';

/** Runs one command line in this process. */
export async function runCommand(cwd: string, ...argv: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const { signal } = new AbortController();
  // No program is found on this path: nothing is opened in a browser.
  const env = { PATH: cwd };
  const code = await runCli(argv, { stdout, stderr, stdin: new PassThrough(), env, cwd, signal });
  return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}
