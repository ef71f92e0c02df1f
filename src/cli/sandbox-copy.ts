import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createDriver } from '../compose.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigFlags } from '../config/settings.ts';
import { InputError } from '../errors.ts';
import { copyIn, copyOut } from '../sandbox/copy/copy.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type CliContext, printLine } from './terminal.ts';

interface Place {
  /** Undefined: this machine. */
  readonly sandbox: string | undefined;
  readonly path: string;
}

/** `NAME:/path` is in a sandbox, everything else here; `./a:b` is a file with a colon. */
function parsePlace(text: string): Place {
  const match = /^(?<sandbox>[^/:.][^/:]*):(?<path>\/.*)$/.exec(text);
  return { sandbox: match?.groups?.['sandbox'], path: match?.groups?.['path'] ?? text };
}

/** `deskhand sandbox cp FROM TO` */
export async function copyCommand(
  from: string,
  to: string,
  flags: ConfigFlags,
  context: CliContext,
): Promise<ExitCode> {
  const { cwd, env, signal, stdout, stderr } = context;
  const [source, target] = [parsePlace(from), parsePlace(to)];
  const name = source.sandbox ?? target.sandbox;
  if (name === undefined || (source.sandbox !== undefined && target.sandbox !== undefined)) {
    throw new InputError(
      'invalid-option',
      'One of the two places has to be in a sandbox, and the other one here.',
      {
        hint: 'Say `sandbox cp NAME:/home/user/Documents out` or `sandbox cp notes.txt NAME:/home/user/Documents`.',
      },
    );
  }
  await using driver = await createDriver(await loadConfig({ flags, env, cwd }), { signal });
  // Not disposed of: that would remove a sandbox that somebody keeps.
  const sandbox = await driver.attach(name, { signal });
  const here = resolve(cwd, source.sandbox === undefined ? source.path : target.path);
  if (source.sandbox !== undefined) await mkdir(here, { recursive: true });
  const copied =
    source.sandbox === undefined
      ? await copyIn(sandbox, here, target.path, { signal })
      : await copyOut(sandbox, source.path, here, { signal });
  for (const line of copied.skipped) printLine(stderr, `left out: ${line}`, 'yellow');
  printLine(stdout, `${copied.files} ${copied.files === 1 ? 'file' : 'files'}, ${copied.bytes} bytes`);
  return EXIT.done;
}
