import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { InputError, SandboxError, toMessage } from '../../errors.ts';
import type { Sandbox, SandboxFile } from '../sandbox-driver.ts';
import { type Extracted, extractArchive } from './extract-archive.ts';

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

const COPY_TIMEOUT_MS = 600_000;

/**
 * Copies a file or a folder of a sandbox into a folder of this host, which has to be there.
 * @throws SandboxError copy-failed
 */
export async function copyOut(
  sandbox: Sandbox,
  from: string,
  folder: string,
  { signal }: Cancellable = {},
): Promise<Extracted> {
  if (!from.startsWith('/')) {
    throw new InputError('invalid-option', `The path in the sandbox has to be absolute: ${from}`);
  }
  const path = posix.normalize(from).replace(/\/$/, '');
  const where = posix.dirname(path || '/');
  const argv = ['tar', '--create', '--file=-', `--directory=${where}`, '--', posix.basename(path) || '.'];
  const { exitCode, stdout, stderr } = await sandbox.exec(argv, { signal, timeoutMs: COPY_TIMEOUT_MS });
  // GNU tar: 1 is a file that changed meanwhile, which it copies as far as it got.
  if (exitCode > 1) {
    const reason = stderr.toString('utf8').trim().split('\n')[0] ?? '';
    throw new SandboxError('copy-failed', `Could not read ${from}: ${reason}`, { details: { exitCode } });
  }
  return await extractArchive(stdout, folder);
}

/**
 * Copies a file or a folder of this host into a folder of a sandbox, as the desktop's user. Links are left out: what
 * they lead to may be none of the sandbox's business.
 * @throws SandboxError copy-failed, InputError not-found
 */
export async function copyIn(
  sandbox: Sandbox,
  from: string,
  folder: string,
  { signal }: Cancellable = {},
): Promise<Extracted> {
  const skipped: string[] = [];
  const files = await collect(from, posix.join(folder, basename(from)), skipped);
  await sandbox.writeFiles(files, { signal });
  return { files: files.length, bytes: files.reduce((sum, { content }) => sum + content.length, 0), skipped };
}

async function collect(from: string, to: string, skipped: string[]): Promise<readonly SandboxFile[]> {
  const stats = await lstat(from).catch((cause: unknown) => {
    throw new InputError('not-found', `Cannot copy ${from}: ${toMessage(cause)}`, { cause });
  });
  if (stats.isFile()) return [{ path: to, content: await readFile(from), mode: stats.mode & 0o777 }];
  if (!stats.isDirectory()) {
    skipped.push(`${from}: it is neither a file nor a folder`);
    return [];
  }
  const files: SandboxFile[] = [];
  for (const name of await readdir(from)) {
    files.push(...(await collect(join(from, name), posix.join(to, name), skipped)));
  }
  return files;
}
