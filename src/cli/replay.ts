import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { createDriver } from '../compose.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigFlags } from '../config/settings.ts';
import { InputError } from '../errors.ts';
import { callAgain, clockArea, openReplayDesktop } from '../open-replay.ts';
import { findRun } from '../recording/find-run.ts';
import { readFrame } from '../recording/frames.ts';
import { scanTrajectory } from '../recording/reader.ts';
import type { RunFolder } from '../recording/run-folder.ts';
import { checkRange, type PlannedStep, type ReplayPlan, toReplayPlan } from '../replay/replay-plan.ts';
import { describePlace, recordReplay } from '../replay/replay-record.ts';
import { type Place, replayRun, type ReplayResult } from '../replay/replay-run.ts';
import type { TaskSecrets } from '../safety/task-secrets.ts';
import type { DockerDriver } from '../sandbox/docker/docker-driver.ts';
import { systemClock } from '../util/clock.ts';
import { parseDuration } from '../util/quantities.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { readReplaySecrets } from './replay-secrets.ts';
import { type CliContext, formatDuration, printLine } from './terminal.ts';

interface ReplayFlags extends ConfigFlags {
  readonly from?: string;
  readonly to?: string;
  readonly speed?: string;
  readonly step?: boolean;
  readonly untilDiverged?: string | true;
  readonly patience: string;
  readonly keep?: boolean;
  readonly trueClock?: boolean;
  readonly json?: boolean;
}

interface Choices {
  readonly from: number;
  readonly to: number | undefined;
  readonly speed: number | undefined;
  /** How many times at most. */
  readonly times: number;
  readonly patienceMs: number;
}

/** How often `--until-diverged` tries when it is not told. */
const TRIES = 10;

function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && text.trim() !== '') return value;
  throw new InputError('invalid-option', `${flag}: expected a whole number of at least 1; has "${text}"`);
}

function readChoices(
  { from, to, speed, step, untilDiverged, patience }: ReplayFlags,
  context: CliContext,
): Choices {
  const pace = speed === undefined ? undefined : Number(speed);
  if (pace !== undefined && !(pace > 0 && pace <= 1000)) {
    throw new InputError('invalid-option', `--speed: expected a number from 0 to 1000; has "${speed}"`);
  }
  const waited = parseDuration(patience);
  if ('problem' in waited) throw new InputError('invalid-option', `--patience: ${waited.problem}`);
  if (step === true && context.stdin.isTTY !== true) {
    throw new InputError('invalid-option', '--step needs a terminal: each step waits for the Enter key.');
  }
  const tries = untilDiverged === true ? TRIES : wholeNumber('--until-diverged', untilDiverged);
  return {
    from: wholeNumber('--from', from) ?? 1,
    to: wholeNumber('--to', to),
    speed: pace,
    times: tries ?? 1,
    patienceMs: waited.value,
  };
}

async function waitForEnter(step: PlannedStep, { stdin, stderr, signal }: CliContext): Promise<void> {
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    await lines.question(`step ${step.step}: ${step.description} [Enter] `, { signal });
  } finally {
    lines.close();
  }
}

function tellFrame(out: NodeJS.WritableStream, place: Place, likeness: string): void {
  const what = 'before' in place ? `step ${place.before.step}: ${place.before.description}` : 'the end';
  printLine(out, `${likeness.padEnd(9)}  ${what}`, likeness === 'different' ? 'red' : 'dim');
}

interface Attempt {
  readonly plan: ReplayPlan;
  readonly folder: RunFolder;
  readonly driver: DockerDriver;
  readonly flags: ReplayFlags;
  readonly choices: Choices;
  readonly secrets: TaskSecrets | undefined;
  readonly context: CliContext;
}

async function replayOnce({
  plan,
  folder,
  driver,
  flags,
  choices,
  secrets,
  context,
}: Attempt): Promise<ReplayResult> {
  const { signal, stdout, stderr, cwd, env } = context;
  const config = await loadConfig({ flags, env, cwd });
  const { image, keep: isKept = false, trueClock: hasTrueClock = false } = flags;
  const choice = { image, isKept, hasTrueClock };
  await using desktop = await openReplayDesktop(plan, { config, driver, folder, ...choice, signal });
  if (isKept) printLine(stderr, `the desktop stays: ${desktop.sandbox.name}`);
  return await replayRun(plan, {
    ...choices,
    secrets,
    display: desktop.display,
    clock: systemClock,
    readFrame: async (sha256) => await readFrame(folder, sha256, { signal }),
    ignore: [clockArea(plan)],
    callFunction: async (call) => await callAgain(call, desktop, { signal }),
    signal,
    ...(flags.step === true
      ? { before: async (step: PlannedStep) => await waitForEnter(step, context) }
      : {}),
    onFrame: (place, likeness) => {
      if (flags.json !== true) tellFrame(stdout, place, likeness);
    },
  });
}

function summarise(result: ReplayResult, plan: ReplayPlan): string {
  const { identical, alike, different, missing } = result.frames;
  const compared = identical + alike + different;
  const parts = [
    `${identical} of ${compared} screens identical`,
    ...(alike > 0 ? [`${alike} alike`] : []),
    ...(missing > 0 ? [`${missing} not recorded any more`] : []),
  ];
  const recorded = formatDuration(plan.recordedMs);
  return `${parts.join(', ')}; ${result.steps} steps in ${formatDuration(result.durationMs)} (recorded: ${recorded})`;
}

async function report(result: ReplayResult, { plan, folder, flags, context }: Attempt): Promise<void> {
  const { stdout, stderr } = context;
  const { divergence, ...rest } = result;
  const { path, pictures } = await recordReplay(result, { run: folder, clock: systemClock });
  if (flags.json === true) {
    const place = divergence === undefined ? {} : { place: describePlace(divergence.place) };
    stdout.write(
      `${JSON.stringify({ type: 'replay', runId: plan.runId, ...rest, ...place, folder: path, pictures })}\n`,
    );
    return;
  }
  printLine(stdout, summarise(result, plan));
  if (divergence === undefined) return;
  const { differingPx } = divergence.sighting;
  printLine(stderr, `diverged ${describePlace(divergence.place)}: ${differingPx} px differ`, 'red');
  for (const picture of pictures) printLine(stderr, picture);
}

/** `deskhand replay RUN` */
async function replayCommand(named: string, flags: ReplayFlags, context: CliContext): Promise<ExitCode> {
  const { signal, stderr, cwd, env } = context;
  const choices = readChoices(flags, context);
  const config = await loadConfig({ flags, env, cwd });
  const folder = await findRun(named, { cwd, runsFolder: config.runsFolder });
  const reading = await scanTrajectory(folder.trajectory, { signal });
  const plan = toReplayPlan(reading);
  const { damage } = reading;
  if (damage !== undefined) {
    printLine(
      stderr,
      `warning: ${folder.trajectory} is damaged at line ${damage.line} (${damage.reason}); what is before it is replayed`,
      'yellow',
    );
  }
  checkRange(plan, choices);
  const secrets = await readReplaySecrets(plan, { folder, to: choices.to, env });
  if (plan.sandbox.network !== config.sandbox.network) {
    printLine(
      stderr,
      `warning: the run had the network ${plan.sandbox.network}, this replay has ${config.sandbox.network} (see --network)`,
      'yellow',
    );
  }
  await using driver = await createDriver(config, { signal });
  await driver.prune({ signal });
  const attempt: Attempt = { plan, folder, driver, flags, choices, secrets, context };
  for (let time = 1; time <= choices.times; time++) {
    const result = await replayOnce(attempt);
    await report(result, attempt);
    if (result.outcome === 'diverged') return EXIT.diverged;
  }
  return EXIT.done;
}

export function addReplayCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  program
    .command('replay')
    .summary('do the actions of a run again, without a model')
    .description(
      'Does the recorded actions of a run again on a fresh desktop of the same image, without a model. Each waits until the\n' +
        'screen is the recorded one; where it does not come, the replay stops and shows both, with exit code 6.',
    )
    .argument('<run>', 'a run folder, a run id or its beginning, or last')
    .option('--from <step>', 'go to this step at once; only from there on is it compared, paced and stopped')
    .option('--to <step>', 'end after this step')
    .option('--speed <factor>', "keep the recording's pace times this (default: as fast as the screens come)")
    .option('--step', 'wait for the Enter key before each step')
    .option(
      '--until-diverged [times]',
      `again and again on fresh desktops until a screen differs (default: ${TRIES} times)`,
    )
    .option('--patience <duration>', 'how long each screen is waited for', '10s')
    .option('--keep', 'leave the desktop running, until it expires in an hour or is removed')
    .option('--true-clock', "the desktop tells the true time, not the run's")
    .option('--image <reference>', 'another image than that of the run')
    .option('--network <mode>', 'what the desktop can reach (default: none)')
    .option('--runs <folder>', 'where runs are kept (default: runs)')
    .option('--config <file>', 'settings file (default: deskhand.yaml where there is one)')
    .option('--json', 'print the result as JSON')
    .action((named: string, flags: ReplayFlags) => finishWith(replayCommand(named, flags, context)));
}
