import { spawn } from 'node:child_process';
import { access, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { InputError, isDeskhandError, StorageError } from '../errors.ts';
import { exportRun } from '../recording/export/export-run.ts';
import { findRun } from '../recording/find-run.ts';
import { toRemove } from '../recording/keep-rules.ts';
import { writeReport } from '../recording/report/report.ts';
import type { RunFolder } from '../recording/run-folder.ts';
import { listRuns, removeRun, type RunSummary, summariseRun } from '../recording/run-store.ts';
import { parseBytes, parseDuration } from '../util/quantities.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { addImportCommand, readFormat } from './runs-import.ts';
import { type CliContext, formatDuration, formatTable, printLine } from './terminal.ts';

interface StoreFlags {
  readonly runs?: string;
  readonly config?: string;
  readonly json?: boolean;
}

async function folderOf(flags: StoreFlags, { cwd, env }: CliContext): Promise<string> {
  const { runs, config } = flags;
  return (await loadConfig({ flags: { runs, config }, env, cwd })).runsFolder;
}

async function find(named: string, flags: StoreFlags, context: CliContext): Promise<RunFolder> {
  return await findRun(named, { cwd: context.cwd, runsFolder: await folderOf(flags, context) });
}

function formatBytes(bytes: number): string {
  if (bytes < 1024 ** 2) return `${Math.ceil(bytes / 1024)} kB`;
  if (bytes < 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
  return `${(bytes / 1024 ** 3).toFixed(1)} GB`;
}

function outcomeOf({ outcome, verification }: RunSummary): string {
  return verification === 'unverified' ? outcome : `${outcome}, checks ${verification}`;
}

const TASK_WIDTH = 60;

function rowOf(run: RunSummary): readonly string[] {
  const age = run.startedAt === undefined ? '-' : formatDuration(Date.now() - Date.parse(run.startedAt));
  const task = run.task.split('\n')[0] ?? '';
  const shown = task.length > TASK_WIDTH ? `${task.slice(0, TASK_WIDTH - 1)}…` : task;
  return [run.runId, outcomeOf(run), `${run.steps}`, formatBytes(run.bytes), age, shown];
}

async function listCommand(flags: StoreFlags, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr, signal } = context;
  const folder = await folderOf(flags, context);
  const runs = await listRuns(folder, { signal });
  if (flags.json === true) {
    stdout.write(`${JSON.stringify(runs)}\n`);
    return EXIT.done;
  }
  if (runs.length > 0) {
    printLine(stdout, formatTable([['RUN', 'OUTCOME', 'STEPS', 'SIZE', 'AGE', 'TASK'], ...runs.map(rowOf)]));
  }
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  printLine(stderr, `${runs.length} runs, ${formatBytes(bytes)} in ${folder}`);
  return EXIT.done;
}

async function showCommand(named: string, flags: StoreFlags, context: CliContext): Promise<ExitCode> {
  const { stdout, signal } = context;
  const run = await summariseRun(await find(named, flags, context), { signal });
  if (flags.json === true) {
    stdout.write(`${JSON.stringify(run)}\n`);
    return EXIT.done;
  }
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['run', run.runId],
    ['folder', run.path],
    ['task', run.task],
    ['model', run.model],
    ['started', run.startedAt],
    ['outcome', outcomeOf(run)],
    ['problem', run.problem],
    ['steps', `${run.steps}`],
    ['cost', run.costUsd === undefined ? undefined : `${run.costUsd} USD`],
    ['size', formatBytes(run.bytes)],
  ];
  for (const [name, value] of rows) if (value !== undefined) printLine(stdout, `${name.padEnd(8)} ${value}`);
  return EXIT.done;
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Shows the report in a person's browser; where there is none, its address is enough. */
async function openCommand(named: string, flags: StoreFlags, context: CliContext): Promise<ExitCode> {
  const folder = await find(named, flags, context);
  const isThere = await access(folder.report).then(
    () => true,
    () => false,
  );
  if (!isThere) await writeReport(folder, { signal: context.signal });
  printLine(context.stdout, `file://${folder.report}`);
  const [program, ...argv] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...argv, folder.report], {
    stdio: 'ignore',
    detached: true,
    env: context.env,
  });
  child.on('error', () => undefined);
  child.unref();
  return EXIT.done;
}

async function removeCommand(
  names: readonly string[],
  flags: StoreFlags,
  context: CliContext,
): Promise<ExitCode> {
  // All are found before any is removed: a misspelt name removes nothing.
  const folders: RunFolder[] = [];
  for (const named of names) folders.push(await find(named, flags, context));
  for (const folder of folders) {
    await removeRun(folder);
    printLine(context.stdout, folder.runId);
  }
  return EXIT.done;
}

interface ExportFlags extends StoreFlags {
  readonly format: string;
  readonly output?: string;
}

async function exportCommand(named: string, flags: ExportFlags, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr, cwd, signal } = context;
  const { output } = flags;
  const format = readFormat(flags.format);
  const { text, problems } = await exportRun(await find(named, flags, context), format, { signal });
  for (const problem of problems) printLine(stderr, `warning: ${problem}`, 'yellow');
  if (output === undefined) {
    stdout.write(text);
    return EXIT.done;
  }
  const path = resolve(cwd, output);
  await writeFile(path, text).catch((cause: unknown) => {
    const why = isDeskhandError(cause) ? cause.message : String(cause);
    throw new StorageError('write-failed', `Cannot write ${path}: ${why}`, { cause });
  });
  printLine(stdout, path);
  return EXIT.done;
}

interface KeepFlags extends StoreFlags {
  readonly keep?: string;
  readonly youngerThan?: string;
  readonly size?: string;
  readonly keepFailed?: boolean;
  readonly dryRun?: boolean;
}

function readRules({ keep, youngerThan, size, keepFailed }: KeepFlags) {
  if (keep === undefined && youngerThan === undefined && size === undefined) {
    throw new InputError('invalid-option', 'What is to be kept? Name --keep, --younger-than or --size.');
  }
  const newest = keep === undefined ? undefined : Number(keep);
  if (newest !== undefined && !(Number.isInteger(newest) && newest >= 0 && keep?.trim() !== '')) {
    throw new InputError('invalid-option', `--keep: expected a whole number; has "${keep}"`);
  }
  const age = youngerThan === undefined ? undefined : parseDuration(youngerThan);
  if (age !== undefined && 'problem' in age) {
    throw new InputError('invalid-option', `--younger-than: ${age.problem}`);
  }
  const bytes = size === undefined ? undefined : parseBytes(size);
  if (bytes !== undefined && 'problem' in bytes)
    throw new InputError('invalid-option', `--size: ${bytes.problem}`);
  return { newest, youngerThanMs: age?.value, bytes: bytes?.value, keepsFailed: keepFailed };
}

async function collectCommand(flags: KeepFlags, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr, signal } = context;
  const rules = readRules(flags);
  const runs = await listRuns(await folderOf(flags, context), { signal });
  const doomed = toRemove(runs, rules, Date.now());
  for (const { run, why } of doomed) {
    if (flags.dryRun !== true) await removeRun({ path: run.path });
    printLine(stdout, `${run.runId}  ${formatBytes(run.bytes)}  ${why}`);
  }
  const freed = formatBytes(doomed.reduce((sum, { run }) => sum + run.bytes, 0));
  const would = flags.dryRun === true ? 'would be ' : '';
  printLine(stderr, `${doomed.length} of ${runs.length} runs ${would}removed, ${freed}`);
  return EXIT.done;
}

export function addRunsCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  const runs = program.command('runs').summary('what is kept of runs').description('What is kept of runs.');
  const add = (name: string, description: string): Command =>
    runs
      .command(name)
      .description(description)
      .option('--runs <folder>', 'where runs are kept (default: runs)')
      .option('--config <file>', 'settings file (default: deskhand.yaml where there is one)');
  const RUN = 'a run folder, a run id or its beginning, or last';
  add('ls', 'List runs with their outcomes and sizes, oldest first.')
    .option('--json', 'as JSON')
    .action((flags: StoreFlags) => finishWith(listCommand(flags, context)));
  add('show', 'Tell about one run.')
    .argument('<run>', RUN)
    .option('--json', 'as JSON')
    .action((named: string, flags: StoreFlags) => finishWith(showCommand(named, flags, context)));
  add('open', 'Open the report of a run in the browser; prints its address.')
    .argument('<run>', RUN)
    .action((named: string, flags: StoreFlags) => finishWith(openCommand(named, flags, context)));
  add('rm', 'Remove runs.')
    .argument('<run...>', RUN)
    .action((names: string[], flags: StoreFlags) => finishWith(removeCommand(names, flags, context)));
  add('export', 'Write a run in a shape that other programs take.')
    .argument('<run>', RUN)
    .option(
      '--format <format>',
      'responses (items of the Responses API, one a line) or chat (one example for fine-tuning)',
      'responses',
    )
    .option('--output <file>', 'a file (default: standard output)')
    .action((named: string, flags: ExportFlags) => finishWith(exportCommand(named, flags, context)));
  const IMPORT =
    'Make a run of what export wrote: what was said, done and seen, to show, compare and export.';
  addImportCommand(add('import', IMPORT), finishWith, context);
  add(
    'gc',
    'Remove old runs. A run goes when any of the rules that are named says so; one that may still go on stays.',
  )
    .option('--keep <number>', 'so many of the newest stay')
    .option('--younger-than <duration>', 'what is younger stays, such as 720h')
    .option('--size <size>', 'as many of the newest as fit stay, such as 2g')
    .option('--keep-failed', 'runs that did not go well stay, whatever the rules say')
    .option('--dry-run', 'only say what would be removed')
    .action((flags: KeepFlags) => finishWith(collectCommand(flags, context)));
}
