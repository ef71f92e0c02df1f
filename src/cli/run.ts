import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { RunResult } from '../agent/run.ts';
import { createDriver, type Resumption, startTaskRun, type TaskRun } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigFlags } from '../config/settings.ts';
import { readTask, type Task } from '../evaluation/task/task-file.ts';
import { openModel, type OpenModel } from '../open-model.ts';
import { createRunFolder, type RunFolder, toRunFolder } from '../recording/run-folder.ts';
import type { DockerDriver } from '../sandbox/docker/docker-driver.ts';
import { systemClock } from '../util/clock.ts';
import { addConfigFlags } from './config-flags.ts';
import { detachRun } from './detach.ts';
import { type ExitCode, exitCodeOfRun } from './exit-codes.ts';
import { provideImage } from './image.ts';
import { printEvent, printResult } from './progress.ts';
import { RESUME_GRACE_MS, writeRunStart } from './run-start.ts';
import { type CliContext, printLine } from './terminal.ts';

interface RunFlags extends ConfigFlags {
  readonly json?: boolean;
  readonly recordModel?: string;
  readonly fromSnapshot?: string;
  readonly detach?: boolean;
  /** The folder that the starter of a detached run has made for it. */
  readonly into?: string;
}

interface RunParts {
  readonly context: CliContext;
  readonly config: Config;
  readonly task: Task;
  readonly model: OpenModel;
  readonly driver: DockerDriver;
  readonly isJson: boolean;
  readonly folder: RunFolder;
  readonly resume?: Resumption | undefined;
}

function startAndFollow(parts: RunParts): Promise<TaskRun> {
  const { context, isJson } = parts;
  const { stdout, stdin, stderr } = context;
  const hasPerson = stdin.isTTY === true && stderr.isTTY === true;
  return startTaskRun({
    ...parts,
    signal: context.signal,
    terminal: hasPerson
      ? { input: stdin, output: stderr, onInterrupt: interruptOurselves, env: context.env }
      : undefined,
    onEvent: (event) => {
      if (isJson) stdout.write(`${JSON.stringify(event)}\n`);
      else printEvent(stdout, event);
    },
  });
}

/** Ctrl-C at the gate's question is Ctrl-C. */
function interruptOurselves(): void {
  process.kill(process.pid, 'SIGINT');
}

function announce(context: CliContext, config: Config): void {
  printLine(context.stderr, `model: ${config.model.reason}`);
  if (config.gate === 'auto') {
    printLine(
      context.stderr,
      'warning: nobody decides: whatever the model asks for is approved, safety checks too',
      'yellow',
    );
  }
  for (const warning of config.warnings) printLine(context.stderr, `warning: ${warning}`, 'yellow');
}

async function finish(taskRun: TaskRun, signal: AbortSignal): Promise<RunResult> {
  const stop = (): void => taskRun.run.stop(String(signal.reason));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await taskRun.finished;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Starts or resumes a run, shows it until its end, and says how it ended. */
export async function carryOut(parts: RunParts): Promise<ExitCode> {
  const { context, folder, isJson, task } = parts;
  const taskRun = await startAndFollow(parts);
  const result = await finish(taskRun, context.signal);
  const { stdout } = context;
  const auditHead = taskRun.auditHead();
  if (isJson)
    stdout.write(`${JSON.stringify({ type: 'result', ...result, folder: folder.path, auditHead })}\n`);
  else printResult(stdout, result, { ...folder, auditHead });
  return exitCodeOfRun(result, task.checks.length > 0);
}

/** A new folder, which says how the run was started; or that which the starter of a detached run has made. */
async function prepareFolder(
  argument: string,
  { into, detach: _detach, ...flags }: RunFlags,
  { runsFolder }: Config,
  { cwd }: CliContext,
): Promise<RunFolder> {
  if (into !== undefined) return toRunFolder(into);
  const folder = await createRunFolder({ parent: runsFolder, clock: systemClock });
  await writeRunStart(folder, { task: argument, cwd, flags });
  return folder;
}

/** `deskhand run TASK` */
export async function runCommand(argument: string, flags: RunFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, env, signal } = context;
  const task = await readTask(argument, { cwd });
  const config = await loadConfig({ flags, env, cwd, task });
  announce(context, config);
  if (flags.detach === true) {
    return await detachRun(
      argument,
      { ...flags },
      await prepareFolder(argument, flags, config, context),
      context,
    );
  }
  const recordTo = flags.recordModel === undefined ? undefined : resolve(cwd, flags.recordModel);
  await using model = await openModel({ config, env, task, recordTo, signal });
  await using driver = await createDriver(config, { signal });
  await driver.prune({ signal, graceMs: RESUME_GRACE_MS });
  const image = await provideImage(driver, config, context, flags.fromSnapshot);
  const pinned = { ...config, sandbox: { ...config.sandbox, image } };
  const folder = await prepareFolder(argument, flags, config, context);
  const isJson = flags.json === true;
  return await carryOut({ context, config: pinned, task, model, driver, isJson, folder });
}

export function addRunCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  const command = program
    .command('run')
    .summary('give a model a desktop and a task')
    .description(
      'Starts a desktop, lets the model work on the task, verifies the outcome and removes the desktop.',
    )
    .argument('<task>', 'what to do, in words, or a task file (.yaml, .json)')
    .option('--json', 'print every event as one line of JSON, the result last')
    .option('--from-snapshot <name>', 'start from the files that `sandbox snapshot` kept')
    .option('--detach', 'run in the background and print the id of the run; follow it with `attach`')
    .addOption(new Option('--into <folder>').hideHelp())
    .option('--record-model <file>', 'keep the requests and responses of the model, for --model replay:FILE');
  addConfigFlags(command).action((task: string, flags: RunFlags) =>
    finishWith(runCommand(task, flags, context)),
  );
}
