import type { Command } from 'commander';
import { createDriver } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigFlags } from '../config/settings.ts';
import { InputError, isDeskhandError } from '../errors.ts';
import { readTask, type Task } from '../evaluation/task/task-file.ts';
import { openModel } from '../open-model.ts';
import { findRun } from '../recording/find-run.ts';
import { scanTrajectory, type TrajectoryReading } from '../recording/reader.ts';
import { findResumePoint, type ResumePoint } from '../recording/resume-point.ts';
import type { RunFolder } from '../recording/run-folder.ts';
import { lockRun } from '../recording/run-lock.ts';
import { TRAJECTORY_VERSION } from '../recording/trajectory.ts';
import type { DockerDriver } from '../sandbox/docker/docker-driver.ts';
import type { Sandbox } from '../sandbox/sandbox-driver.ts';
import { systemProcesses } from '../util/process-owner.ts';
import type { ExitCode } from './exit-codes.ts';
import { carryOut } from './run.ts';
import { readRunStart } from './run-start.ts';
import type { CliContext } from './terminal.ts';

interface ResumeFlags extends ConfigFlags {
  readonly json?: boolean;
}

interface Resumable {
  readonly task: Task;
  readonly config: Config;
  readonly earlier: TrajectoryReading;
  readonly point: ResumePoint;
}

/** `deskhand resume RUN` */
async function resume(run: string, flags: ResumeFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, env, signal } = context;
  const { runsFolder } = await loadConfig({ flags, env, cwd });
  const folder = await findRun(run, { cwd, runsFolder });
  // Before the desktop is taken over: of two processes, the one that comes too late must not end up removing it.
  await using _ = await lockRun(folder, systemProcesses());
  const { task, config, earlier, point } = await findResumable(folder, context);
  await using model = await openModel({ config, env, task });
  await using driver = await createDriver(config, { signal });
  const sandbox = await adopt(driver, { point, folder, config, signal });
  return await carryOut({
    context,
    config,
    task,
    model,
    driver,
    isJson: flags.json === true,
    folder,
    resume: { earlier, resumed: { ...point, sandbox } },
  });
}

async function findResumable(folder: RunFolder, { env }: CliContext): Promise<Resumable> {
  const earlier = await scanTrajectory(folder.trajectory);
  const answer = findResumePoint(earlier);
  if (!answer.ok) throw cannot(folder, answer.why, answer.hint);
  if (earlier.version !== TRAJECTORY_VERSION) {
    throw cannot(folder, `Its trajectory has the older format ${earlier.version}.`, 'Run its task anew.');
  }
  const start = await readRunStart(folder);
  const task = await readTask(start.task, { cwd: start.cwd });
  const { start: begun } = earlier;
  if (begun === undefined || task.instruction !== begun.task.instruction) {
    throw cannot(folder, 'Its task file has another instruction now.', 'Run the task anew.');
  }
  const config = await loadConfig({ flags: start.flags, env, cwd: start.cwd, task });
  const { provider } = config.model;
  if (provider === 'local' || provider === 'replay') {
    throw cannot(
      folder,
      `The ${provider} model takes its steps in order from the first.`,
      'Run its task anew.',
    );
  }
  const { display } = begun;
  return { task, config: { ...config, display }, earlier, point: answer.point };
}

interface AdoptParts extends Pick<Resumable, 'point' | 'config'> {
  readonly folder: RunFolder;
  readonly signal: AbortSignal;
}

async function adopt(driver: DockerDriver, { point, folder, config, signal }: AdoptParts): Promise<Sandbox> {
  try {
    return await driver.adopt(point.sandboxId, { signal, wayOut: config.sandbox });
  } catch (error) {
    if (!isDeskhandError(error) || error.code !== 'sandbox-not-found') throw error;
    const why = 'Its desktop is gone: it ended, or a later run or `deskhand sandbox prune` has removed it.';
    throw cannot(folder, why, 'Run its task anew.', error);
  }
}

function cannot({ runId }: RunFolder, why: string, hint: string, cause?: unknown): InputError {
  return new InputError('not-resumable', `The run ${runId} cannot be resumed. ${why}`, { hint, cause });
}

export function addResumeCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  program
    .command('resume')
    .summary('go on with a run that was killed')
    .description(
      'Goes on with a run whose process was killed, on the desktop that it had: the model is shown the screen, and told ' +
        'what was done and what may or may not have happened. No action is repeated.',
    )
    .argument('<run>', 'a run folder, a run id or its beginning, or last')
    .option('--json', 'print every event as one line of JSON, the result last')
    .option('--runs <folder>', 'where runs are kept (default: runs)')
    .action((run: string, flags: ResumeFlags) => finishWith(resume(run, flags, context)));
}
