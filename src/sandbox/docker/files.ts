import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { SandboxError } from '../../errors.ts';
import type { ExecOptions, ExecResult, SandboxFile } from '../sandbox-driver.ts';

type Run = (argv: readonly string[], options: ExecOptions) => Promise<ExecResult>;
type FileOptions = Pick<ExecOptions, 'signal'>;

const DEFAULT_MODE = 0o644;

/**
 * Unpacks the files inside the sandbox as its user: the engine's own copy refuses a read-only root and does not
 * see what is mounted over it.
 */
export async function writeFiles(
  run: Run,
  files: readonly SandboxFile[],
  options: FileOptions,
): Promise<void> {
  if (files.length === 0) return;
  const argv = ['tar', '--extract', '--no-same-owner', '--preserve-permissions', '--directory=/', '--file=-'];
  const { exitCode, stderr } = await run(argv, { ...options, stdin: await toArchive(files) });
  if (exitCode === 0) return;
  const paths = files.map(({ path }) => path);
  throw copyFailed(`Could not write ${paths.join(', ')}`, stderr, { paths, exitCode });
}

export async function readFile(run: Run, path: string, options: FileOptions): Promise<Buffer> {
  requireAbsolute(path);
  const { exitCode, stdout, stderr } = await run(['cat', '--', path], options);
  if (exitCode === 0) return stdout;
  throw copyFailed(`Could not read ${path}`, stderr, { path, exitCode });
}

async function toArchive(files: readonly SandboxFile[]): Promise<Buffer> {
  const archive = pack();
  const packed = buffer(archive);
  for (const { path, content, mode = DEFAULT_MODE } of files) {
    requireAbsolute(path);
    archive.entry({ name: posix.normalize(path).slice(1), mode, type: 'file' }, Buffer.from(content));
  }
  archive.finalize();
  return await packed;
}

function requireAbsolute(path: string): void {
  if (path.startsWith('/') && !path.endsWith('/') && !path.includes('\0')) return;
  throw new SandboxError('copy-failed', `The path of a file in the sandbox has to be absolute: ${path}`);
}

function copyFailed(what: string, stderr: Buffer, details: Record<string, unknown>): SandboxError {
  const reason = stderr.toString('utf8').trim().split('\n')[0] ?? '';
  return new SandboxError('copy-failed', reason === '' ? `${what}.` : `${what}: ${reason}`, { details });
}
