import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { InputError } from '../errors.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../recording/export/export-run.ts';
import { importRun } from '../recording/export/import-run.ts';
import { systemClock } from '../util/clock.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type CliContext, printLine } from './terminal.ts';

interface ImportFlags {
  readonly runs?: string;
  readonly config?: string;
  readonly format: string;
}

/** @throws InputError invalid-option */
export function readFormat(format: string): ExportFormat {
  const known = EXPORT_FORMATS.find((one) => one === format);
  if (known !== undefined) return known;
  throw new InputError(
    'invalid-option',
    `--format: expected ${EXPORT_FORMATS.join(' or ')}; has "${format}"`,
  );
}

/** `deskhand runs import FILE` */
async function importCommand(file: string, flags: ImportFlags, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr, cwd, env, signal } = context;
  const { runs, config } = flags;
  const format = readFormat(flags.format);
  const { runsFolder } = await loadConfig({ flags: { runs, config }, env, cwd });
  const options = { format, runsFolder, clock: systemClock, signal };
  const { folder, leftOut } = await importRun(resolve(cwd, file), options);
  if (leftOut > 0) {
    const what = `${leftOut} pictures were left out: only a PNG in a data: URL is taken`;
    printLine(stderr, `warning: ${what}`, 'yellow');
  }
  printLine(stdout, folder.path);
  return EXIT.done;
}

/** Completes `command`, which has the options of where runs are kept. */
export function addImportCommand(
  command: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  command
    .argument('<file>', 'what `runs export` wrote')
    .option('--format <format>', 'responses or chat: the format that it was exported in', 'responses')
    .action((file: string, flags: ImportFlags) => finishWith(importCommand(file, flags, context)));
}
