import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { connectDisplay, createDriver } from '../compose.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigFlags } from '../config/settings.ts';
import { SandboxError, StorageError, toMessage } from '../errors.ts';
import type { Sandbox } from '../sandbox/sandbox-driver.ts';
import type { Size } from '../util/geometry.ts';
import { parseSize } from '../util/quantities.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type CliContext, printLine } from './terminal.ts';

/** `deskhand sandbox screenshot NAME [FILE]` */
export async function screenshotCommand(
  id: string,
  file: string,
  flags: ConfigFlags,
  context: CliContext,
): Promise<ExitCode> {
  const { cwd, env, signal, stdout } = context;
  const config = await loadConfig({ flags, env, cwd });
  await using driver = await createDriver(config, { signal });
  const sandbox = await driver.attach(id, { signal });
  const size = flags.display === undefined ? await readSize(sandbox, context) : config.display;
  await using display = await connectDisplay(sandbox, { ...config, display: size }, { signal });
  const screenshot = await display.screenshot({ signal });
  const path = resolve(cwd, file);
  try {
    await writeFile(path, screenshot.png);
  } catch (error) {
    throw new StorageError('write-failed', `Cannot write ${path}: ${toMessage(error)}`, { cause: error });
  }
  printLine(stdout, path);
  return EXIT.done;
}

/** The size that a desktop was made with. */
async function readSize(sandbox: Sandbox, { signal }: CliContext): Promise<Size> {
  const { stdout } = await sandbox.exec(['printenv', 'DESKHAND_DISPLAY'], { signal });
  const size = parseSize(stdout.toString().trim());
  if ('value' in size) return size.value;
  throw new SandboxError('exec-failed', `${sandbox.name} does not tell its size: ${size.problem}`, {
    hint: 'Give its size with --display.',
  });
}
