import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../../errors.ts';
import { importOsworld, type OsworldImport } from '../../evaluation/osworld/import-osworld.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type CliContext, formatTable, printLine } from '../terminal.ts';

/** So many rows are shown; all of them are in import.json. */
const MOST_SHOWN = 30;

/** `deskhand eval import osworld DIR` */
async function importCommand(
  [format, folder]: readonly [string, string],
  { out }: { readonly out: string },
  context: CliContext,
): Promise<ExitCode> {
  const { cwd } = context;
  if (format !== 'osworld') {
    throw new InputError('invalid-option', `expected a format that is known: osworld; has "${format}"`);
  }
  const names = { from: folder, to: out };
  const found = await importOsworld({ from: resolve(cwd, folder), to: resolve(cwd, out), names });
  printImport(context, found, out);
  return EXIT.done;
}

function printImport({ stdout }: CliContext, { tasks, missing, hosts }: OsworldImport, out: string): void {
  const mapped = tasks.filter(({ isMapped }) => isMapped);
  printLine(stdout, `${tasks.length} tasks, ${mapped.length} mapped`, 'bold');
  if (missing.length > 0) {
    const rows = missing
      .slice(0, MOST_SHOWN)
      .map((one) => [String(one.tasks), String(one.alone), one.kind, one.name]);
    const head = ['TASKS', 'ONLY THIS', 'MISSING', ''];
    printLine(stdout);
    for (const line of formatTable([head, ...rows]).split('\n')) printLine(stdout, line);
    if (missing.length > MOST_SHOWN) printLine(stdout, `and ${missing.length - MOST_SHOWN} more`);
    printLine(stdout);
  }
  const unread = mapped.filter(({ scripts }) => scripts.length > 0).length;
  if (unread > 0) {
    printLine(
      stdout,
      `${unread} of the mapped tasks run scripts from the web, which were not looked into.`,
      'yellow',
    );
  }
  if (mapped.length > 0) {
    const flag = hosts.length === 0 ? '' : ` --allow-download ${hosts.join(',')}`;
    printLine(stdout, `next: deskhand eval check ${out}${flag}`);
  }
  printLine(stdout, `by task: ${join(out, 'import.json')}`);
}

export function addImportCommand(
  parent: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  parent
    .command('import')
    .summary('make a suite of the tasks of another benchmark')
    .description(
      "Makes a suite of OSWorld's tasks that can be served here as they are there, and says for each other what is missing.",
    )
    .argument('<format>', 'osworld')
    .argument('<folder>', 'its evaluation_examples')
    .option('--out <folder>', 'where the suite is written: a new folder, or an empty one', 'osworld-suite')
    .action((format: string, folder: string, flags: { readonly out: string }) =>
      finishWith(importCommand([format, folder], flags, context)),
    );
}
