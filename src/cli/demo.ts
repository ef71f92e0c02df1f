import { resolve } from 'node:path';
import type { Command } from 'commander';
import { createDriver, startTaskRun } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ConfigFlags } from '../config/settings.ts';
import { type Demo, loadDemo } from '../demo/demo-file.ts';
import { checkFilmPath, writeFilm } from '../demo/film-files.ts';
import { createHumanDisplay } from '../display/human-display.ts';
import { createDemoModel } from '../model/demo/demo-model.ts';
import { findRun } from '../recording/find-run.ts';
import { systemClock } from '../util/clock.ts';
import { addDemoRecordCommand } from './demo-record.ts';
import { type ExitCode, EXIT, exitCodeOfRun } from './exit-codes.ts';
import { provideImage } from './image.ts';
import { printEvent, printResult } from './progress.ts';
import { type CliContext, printLine } from './terminal.ts';

interface PlayFlags extends ConfigFlags {
  readonly assert?: boolean;
  readonly out?: readonly string[];
}

function withClock(config: Config, demo: Demo): Config {
  const { clock } = config.sandbox;
  const chosen = clock ?? demo.clock;
  return chosen === undefined ? config : { ...config, sandbox: { ...config.sandbox, clock: chosen } };
}

/** `deskhand demo play FILE` */
async function playCommand(file: string, flags: PlayFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, env, signal, stdout } = context;
  const outputs = (flags.out ?? []).map((path) => resolve(cwd, path));
  for (const path of outputs) checkFilmPath(path);
  const demo = await loadDemo(resolve(cwd, file), { name: file });
  const loaded = await loadConfig({ flags, env, cwd, task: demo.task });
  await using driver = await createDriver(loaded, { signal });
  await driver.prune({ signal });
  const image = await provideImage(driver, loaded, context);
  const config = withClock({ ...loaded, sandbox: { ...loaded.sandbox, image } }, demo);
  await using client = createDemoModel({ name: demo.task.id, steps: demo.steps });
  const { isHuman, seed } = demo;
  const isPaced = isHuman && flags.assert !== true;
  const played = await startTaskRun({
    config,
    task: demo.task,
    model: { client, costOf: undefined, [Symbol.asyncDispose]: () => Promise.resolve() },
    driver,
    ...(isPaced
      ? {
          seeds: { movements: seed },
          wrapDisplay: (display) => createHumanDisplay(display, { clock: systemClock, seed }),
        }
      : {}),
    onEvent: (event) => printEvent(stdout, event),
  });
  const stop = (): void => played.run.stop(String(signal.reason));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const result = await played.finished;
  signal.removeEventListener('abort', stop);
  printResult(stdout, result, { ...played.folder, auditHead: played.auditHead() });
  for (const path of outputs) {
    await writeFilm(played.folder, path, { signal });
    printLine(stdout, path);
  }
  return exitCodeOfRun(result, demo.task.checks.length > 0);
}

interface FilmFlags {
  readonly runs?: string;
  readonly config?: string;
}

/** `deskhand demo film RUN FILE...` */
async function filmCommand(
  named: string,
  files: readonly string[],
  flags: FilmFlags,
  { cwd, env, signal, stdout }: CliContext,
): Promise<ExitCode> {
  const paths = files.map((file) => resolve(cwd, file));
  for (const path of paths) checkFilmPath(path);
  const { runsFolder } = await loadConfig({ flags: { runs: flags.runs, config: flags.config }, env, cwd });
  const folder = await findRun(named, { cwd, runsFolder });
  for (const path of paths) {
    await writeFilm(folder, path, { signal });
    printLine(stdout, path);
  }
  return EXIT.done;
}

export function addDemoCommand(
  program: Command,
  finishWith: (code: Promise<ExitCode>) => Promise<void>,
  context: CliContext,
): void {
  const demo = program.command('demo').summary('scripts that are played and filmed').description('Demos.');
  demo
    .command('play')
    .description(
      'Plays a demo file on a fresh desktop and keeps it as a run. A step that cannot be done, or a check that does not pass, is an\n' +
        'error: a demo is a test too.',
    )
    .argument('<file>', 'a demo file (.yaml)')
    .option('--assert', 'as a test: without human movements')
    .option('--out <file...>', 'also write the film: .html, .webp, .mp4 or .webm')
    .option('--clock <time>', "what the desktop's clock says when it starts")
    .option('--image <reference>', 'desktop image (default: the one that deskhand builds)')
    .option('--runs <folder>', 'where runs are kept (default: runs)')
    .option('--config <file>', 'settings file (default: deskhand.yaml where there is one)')
    .action((file: string, flags: PlayFlags) => finishWith(playCommand(file, flags, context)));
  addDemoRecordCommand(demo, finishWith, context);
  demo
    .command('film')
    .description(
      'Writes the film of any run, a model’s too: .html (a page with a player), .webp, .mp4 or .webm (by ffmpeg).',
    )
    .argument('<run>', 'a run folder, a run id or its beginning, or last')
    .argument('<file...>')
    .option('--runs <folder>', 'where runs are kept (default: runs)')
    .option('--config <file>', 'settings file (default: deskhand.yaml where there is one)')
    .action((run: string, files: string[], flags: FilmFlags) =>
      finishWith(filmCommand(run, files, flags, context)),
    );
}
