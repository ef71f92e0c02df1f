import type { CheckContext } from './check.ts';

/** What a path is, without reading it: `file 12`, `folder`, `device`, `nothing`. */
const INSPECT =
  'if [ -d "$1" ]; then echo folder; elif [ -f "$1" ]; then echo "file $(stat -L -c %s -- "$1")"; ' +
  'elif [ -e "$1" ]; then echo device; else echo nothing; fi';
const MAX_FILE_BYTES = 16 * 1024 * 1024;

interface PathFacts {
  readonly kind: 'file' | 'folder' | 'device' | 'nothing';
  readonly bytes: number;
}

type Access = Pick<CheckContext, 'sandbox' | 'signal'>;

/** @throws Error when the sandbox does not say */
export async function inspectPath(path: string, { sandbox, signal }: Access): Promise<PathFacts> {
  const { stdout } = await sandbox.exec(['/bin/sh', '-c', INSPECT, 'inspect', path], { signal });
  const [kind = '', size] = stdout.toString('utf8').trim().split(' ');
  switch (kind) {
    case 'file':
    case 'folder':
    case 'device':
    case 'nothing':
      return { kind, bytes: Number(size ?? 0) };
    default:
      throw new Error(`${path} cannot be looked at`);
  }
}

/**
 * The bytes of a file that a model may have written, or what stands in the place where a file was wanted.
 * @throws Error when it is too large or cannot be read
 */
export async function readSandboxFile(
  path: string,
  access: Access,
): Promise<{ readonly bytes: Buffer } | { readonly fault: string }> {
  const { kind, bytes } = await inspectPath(path, access);
  if (kind === 'nothing') return { fault: `expected ${path} to exist` };
  if (kind !== 'file') return { fault: `expected ${path} to be a file; it is a ${kind}` };
  if (bytes > MAX_FILE_BYTES) {
    throw new Error(`${path} has ${bytes} bytes; at most ${MAX_FILE_BYTES} are read`);
  }
  return { bytes: await access.sandbox.readFile(path, { signal: access.signal }) };
}
