import { z } from 'zod';
import { duration } from '../../config/quantity-schemas.ts';

/** Something to run in the sandbox, as the desktop's user, on the desktop. */
export interface Command {
  readonly argv: readonly string[];
  /** As the task's author wrote it. */
  readonly shown: string;
}

export const DEFAULT_COMMAND_TIMEOUT_MS = 30_000;

const SAFE_WORD = /^[\w./:=@%+,-]+$/;

/** A line for the shell, or a program and its arguments. */
export const commandLine = z
  .union([z.string().min(1), z.array(z.string()).min(1)])
  .meta({ description: 'A line for /bin/sh, or a list: a program and its arguments.' })
  .transform((line): Command =>
    typeof line === 'string'
      ? { argv: ['/bin/sh', '-c', line], shown: line }
      : { argv: line, shown: line.map(quote).join(' ') },
  );

export const commandTimeout = duration
  .optional()
  .transform((timeoutMs) => timeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS);

/** The home folder of the desktop's user in every image. */
const SANDBOX_HOME = '/home/user';

/** A path in the sandbox: absolute, or `~/…` in the user's home. */
export const sandboxPath = z
  .string()
  .meta({ description: 'A path in the sandbox: absolute, or ~/… in the home of its user.' })
  .transform((path, context) => {
    const full = path.startsWith('~/') ? `${SANDBOX_HOME}${path.slice(1)}` : path;
    if (/^\/.*[^/]$/.test(full) && !full.includes('\0') && !full.split('/').includes('..')) return full;
    const message = `expected an absolute path of a file, or one that starts with ~/; has ${JSON.stringify(path)}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

function quote(word: string): string {
  return SAFE_WORD.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
