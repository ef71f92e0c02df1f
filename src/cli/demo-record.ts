import { basename, dirname, extname, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { connectDisplay, createDriver, openViewer } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigFlags } from '../config/settings.ts';
import type { Recording } from '../demo/record/deed.ts';
import { LiveRecording } from '../demo/record/live-recording.ts';
import { readRecordedRun } from '../demo/record/recorded-run.ts';
import { SeenScreens } from '../demo/record/seen-screens.ts';
import { toSteps } from '../demo/record/to-steps.ts';
import { type DemoHead, refuseExisting, writeDemo } from '../demo/record/write-demo.ts';
import type { ViewerListener } from '../display/viewer/viewer-listener.ts';
import { DisplayError, InputError } from '../errors.ts';
import { loadTaskFile, toTask } from '../evaluation/task/task-file.ts';
import { createScreenReader } from '../model/ocr/screen-reader.ts';
import { findRun } from '../recording/find-run.ts';
import { newRunId } from '../recording/run-folder.ts';
import { startBrowserAlone } from '../sandbox/browser/browser.ts';
import { prepareTask } from '../task-on-desktop.ts';
import { systemClock } from '../util/clock.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { provideImage } from './image.ts';
import { toPort } from './sandbox.ts';
import { type CliContext, printLine } from './terminal.ts';

interface RecordFlags extends ConfigFlags {
  readonly from?: string;
  readonly task?: string;
  readonly title?: string;
  readonly port?: string;
  /** False with --no-text. */
  readonly text: boolean;
}

/** The reaper may remove the desktop of a person who does not come back, ms. */
const EXPIRES_MS = 4 * 3_600_000;
const PLACEHOLDER = 'type "TEXT"';

/** `deskhand demo record FILE` */
async function recordCommand(file: string, flags: RecordFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, stdout, stderr } = context;
  const path = resolve(cwd, file);
  await refuseExisting(path);
  const { recording, ...head } =
    flags.from === undefined ? await live(path, flags, context) : await fromRun(flags.from, flags, context);
  for (const problem of recording.problems) printLine(stderr, `warning: ${problem}`, 'yellow');
  if (recording.deeds.length === 0) {
    throw new InputError('invalid-file', 'Nothing was done that a demo could do again: no file is written.');
  }
  await using reader = createScreenReader();
  const drafts = await toSteps(recording, {
    screens: new SeenScreens(reader),
    onDeed: (number, of) => printLine(stderr, `reading the screen of ${number} of ${of}`, 'dim'),
  });
  const task = flags.task === undefined ? {} : { task: relative(dirname(path), resolve(cwd, flags.task)) };
  const steps = flags.text
    ? drafts
    : drafts.map((step) => (step.do?.startsWith('type ') === true ? { ...step, do: PLACEHOLDER } : step));
  await writeDemo(path, { ...head, ...task }, steps);
  printLine(stdout, path);
  const lost = steps.filter(({ problem }) => problem !== undefined).length;
  if (lost === 0) return EXIT.done;
  printLine(
    stderr,
    `warning: ${lost} of ${steps.length} steps could not be written down: see "not recorded" in the file`,
    'yellow',
  );
  return EXIT.unverified;
}

type Recorded = DemoHead & { readonly recording: Recording };

/** Takes a recorded run over. */
async function fromRun(
  named: string,
  flags: RecordFlags,
  { cwd, env, signal }: CliContext,
): Promise<Recorded> {
  const { runsFolder } = await loadConfig({ flags: { runs: flags.runs, config: flags.config }, env, cwd });
  const run = await readRecordedRun(await findRun(named, { cwd, runsFolder }), { signal });
  if (run.hasSetup && flags.task === undefined) {
    throw new InputError(
      'invalid-option',
      `${named} began with a setup, which a demo takes from a task file.`,
      {
        hint: 'Name that file with --task.',
      },
    );
  }
  const { title, display, clock } = run;
  return { title: flags.title ?? title, display, clock, recording: run };
}

/** Lets a person act on a fresh desktop, until the viewer leaves or Ctrl-C. */
async function live(path: string, flags: RecordFlags, context: CliContext): Promise<Recorded> {
  const { cwd, env, signal } = context;
  const port = toPort(flags.port);
  const own = toTask(flags.title ?? basename(path, extname(path)));
  const task =
    flags.task === undefined ? own : await loadTaskFile(resolve(cwd, flags.task), { name: flags.task });
  const config = await loadConfig({ flags, env, cwd, task });
  await using driver = await createDriver(config, { signal });
  await driver.prune({ signal });
  const image = await provideImage(driver, config, context);
  const { screen: _, ...kind } = config.sandbox;
  const { display: size } = config;
  const spec = { ...kind, image, display: size, runId: newRunId(systemClock), expiresInMs: EXPIRES_MS };
  await using sandbox = await driver.create(spec, { signal });
  await using display = await connectDisplay(sandbox, config, { signal });
  await prepareTask(task, { sandbox, display }, { signal });
  await openPage(config, sandbox, context);
  const recorder = new LiveRecording(display, systemClock);
  await using listener = await openViewer(sandbox, { port, onInput: (input) => recorder.hear(input) });
  const over = new AbortController();
  void listener.ended.then((how) => over.abort(how));
  tellWayIn(listener, context);
  const recording = await recorder.watch(AbortSignal.any([signal, over.signal]));
  if (over.signal.reason === 'locked') {
    throw new DisplayError('display-authentication', 'Too many wrong passwords came: it is closed.');
  }
  return { title: flags.title ?? task.title ?? own.instruction, display: size, clock: kind.clock, recording };
}

function tellWayIn({ address, password }: ViewerListener, { stdout, stderr }: CliContext): void {
  printLine(stdout, address);
  printLine(stdout, password);
  printLine(
    stderr,
    'Open this address with that password in a VNC viewer, and do what the demo is to show. Ctrl-C here, or leaving there, ends it.',
  );
}

async function openPage(
  { environment, url = 'about:blank' }: Config,
  sandbox: Parameters<typeof startBrowserAlone>[0],
  { signal }: CliContext,
): Promise<void> {
  if (environment === 'browser') await startBrowserAlone(sandbox, { url, signal });
}

export function addDemoRecordCommand(
  demo: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  demo
    .command('record')
    .description(
      'Writes a demo file of what a person does on a fresh desktop with a VNC viewer, or of what was done in a run. Each step is\n' +
        'anchored on the text that was visible there, or else on a picture, which is written beside the file.',
    )
    .argument('<file>', 'a demo file (.yaml) that is not there yet')
    .option('--from <run>', 'a run folder, a run id or its beginning, or last: take that run over')
    .option('--task <file>', 'a task file: its desktop, its setup and its checks are those of the demo')
    .option('--title <text>', 'one line for people (default: that of the task, or the name of the file)')
    .option('--no-text', 'write TEXT in the place of what was typed')
    .option('--port <number>', 'port on 127.0.0.1 for the viewer (default: one that is free)')
    .option('--display <WxH>', 'size of the desktop in px (default: 1440x900)')
    .option('--clock <time>', "what the desktop's clock says when it starts")
    .option('--image <reference>', 'desktop image (default: the one that deskhand builds)')
    .option('--runs <folder>', 'where runs are kept (default: runs)')
    .option('--config <file>', 'settings file (default: deskhand.yaml where there is one)')
    .action((file: string, flags: RecordFlags) => finishWith(recordCommand(file, flags, context)));
}
