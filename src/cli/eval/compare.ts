import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../../errors.ts';
import { toBatchFolder } from '../../evaluation/batch/batch-folder.ts';
import { type LedgerReading, readLedger } from '../../evaluation/batch/ledger.ts';
import { compareBatches, type Comparison } from '../../evaluation/numbers/compare.ts';
import { mergeBatches } from '../../evaluation/report/merge-batches.ts';
import { writeReports } from '../../evaluation/report/write-reports.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type CliContext, formatTable, printLine } from '../terminal.ts';

async function read(folder: string, { cwd }: CliContext): Promise<LedgerReading> {
  return await readLedger(toBatchFolder(resolve(cwd, folder)).ledger);
}

/** `deskhand eval compare A B` */
async function compareCommand(
  [first, second]: readonly [string, string],
  { json }: { readonly json?: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const [before, after] = [await read(first, context), await read(second, context)];
  const found = compareBatches([...before.records.values()], [...after.records.values()]);
  if (json === true) context.stdout.write(`${JSON.stringify(found)}\n`);
  else printComparison(context, found);
  return EXIT.done;
}

function printComparison({ stdout }: CliContext, found: Comparison): void {
  const { paired, before, after, difference, interval, changes, onlyBefore, onlyAfter } = found;
  if (paired === 0) {
    printLine(stdout, 'The two batches have no task in common that was graded in both.', 'yellow');
    return;
  }
  const range = `${signed(interval.low)} to ${signed(interval.high)}`;
  printLine(stdout, `${paired} tasks in both: ${percent(before)} before, ${percent(after)} after`);
  printLine(stdout, `difference: ${signed(difference)} points, 95 %: ${range}`, 'bold');
  if (interval.low <= 0 && interval.high >= 0) printLine(stdout, 'Chance alone may have brought it about.');
  if (changes.length > 0) {
    const rows = changes.map((change) => [
      change.after > change.before ? '↑' : '↓',
      change.name,
      `${percent(change.before)} of ${change.trials.before}`,
      `${percent(change.after)} of ${change.trials.after}`,
    ]);
    printLine(stdout);
    for (const line of formatTable([['', 'TASK', 'BEFORE', 'AFTER'], ...rows]).split('\n'))
      printLine(stdout, line);
  }
  if (onlyBefore.length > 0) printLine(stdout, `only in the first: ${onlyBefore.join(', ')}`);
  if (onlyAfter.length > 0) printLine(stdout, `only in the second: ${onlyAfter.join(', ')}`);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function signed(share: number): string {
  return `${share > 0 ? '+' : ''}${(share * 100).toFixed(1)}`;
}

/** `deskhand eval report FOLDER…` */
async function reportCommand(
  folders: readonly string[],
  { out }: { readonly out?: string },
  context: CliContext,
): Promise<ExitCode> {
  const paths = folders.map((folder) => resolve(context.cwd, folder));
  if (paths.length > 1 && out === undefined) {
    throw new InputError(
      'invalid-option',
      'Several batches need a folder of their own for the report: --out.',
    );
  }
  const readings = await Promise.all(paths.map((path) => readLedger(toBatchFolder(path).ledger)));
  const target = resolve(context.cwd, out ?? folders[0] ?? '');
  const parts = readings.map((reading, index) => ({ ...reading, folder: paths[index] ?? target }));
  const { page } = await writeReports(target, mergeBatches(parts, target));
  printLine(context.stdout, `report: ${page}`);
  return EXIT.done;
}

type FinishWith = (code: Promise<ExitCode>) => Promise<void>;

export function addEvalReadCommands(parent: Command, finishWith: FinishWith, context: CliContext): void {
  parent
    .command('compare')
    .summary('two batches of the same tasks')
    .description(
      'Compares two batches task by task: the difference of their pass rates, and the tasks that changed.',
    )
    .argument('<a>', 'folder of the batch before')
    .argument('<b>', 'folder of the batch after')
    .option('--json', 'as JSON')
    .action((a: string, b: string, flags: { readonly json?: boolean }) =>
      finishWith(compareCommand([a, b], flags, context)),
    );
  parent
    .command('report')
    .summary('write the reports of a batch anew, or of its shards together')
    .description('Writes the reports of a batch anew from its ledger; of several shards, one report of all.')
    .argument('<folder...>')
    .option('--out <folder>', 'where the reports go (default: the folder of the batch)')
    .action((folders: readonly string[], flags: { readonly out?: string }) =>
      finishWith(reportCommand(folders, flags, context)),
    );
}
