import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Screenshot } from '../../src/action/screenshot.ts';
import { createDriver, startTaskRun } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { toTask } from '../../src/evaluation/task/task-file.ts';
import { openModel } from '../../src/open-model.ts';
import { createFileRecorder } from '../../src/recording/file-recorder.ts';
import { framesOf, readFrame } from '../../src/recording/frames.ts';
import { scanTrajectory } from '../../src/recording/reader.ts';
import type { Recorder } from '../../src/recording/recorder.ts';
import { createRunFolder, type RunFolder } from '../../src/recording/run-folder.ts';
import type { TrajectoryEvent, TrajectoryLine } from '../../src/recording/trajectory.ts';
import { systemClock } from '../../src/util/clock.ts';
import { inFolder } from './in-folder.ts';
import { replayRecorded } from './replay.ts';
import { summarize } from './statistics.ts';

const SIZE = { width: 1440, height: 900 };
const CLOCK = '2026-01-15T09:00Z';
const MEGABYTE = 1_000_000;

/** Fifty steps of somebody who writes, looks for files and works something out. */
const INSTRUCTION = [
  'click "Applications" at the top',
  'click "Accessories" in the menu',
  'click "Mousepad" in the menu',
  'wait until "Untitled 1 - Mousepad" is visible',
  ...Array.from({ length: 8 }, (_, at) => [
    `type "Line ${at + 1} of a letter that grows"`,
    'press ENTER',
  ]).flat(),
  ...['Search', 'View', 'Document', 'File', 'Edit'].flatMap((menu) => [`click "${menu}"`, 'press ESCAPE']),
  'click "Applications" at the top',
  'click "File Manager" in the menu',
  'wait until "Pictures" is visible',
  ...['Documents', 'Pictures', 'Documents'].flatMap((folder) => [
    `double-click "${folder}"`,
    'press ALT+LEFT',
  ]),
  'click "Applications" at the top',
  'click "Accessories" in the menu',
  'click "Galculator" in the menu',
  'wait until "sqrt" is visible',
  ...['12*34', '56-7', '8+9'].flatMap((sum) => [`type "${sum}"`, 'press ENTER']),
].join('\n');

/** What a recording costs the loop and the disk, and how long its replay takes. */
export async function benchRecording(): Promise<unknown> {
  return await inFolder(async (path) => {
    const runs = join(path, 'runs');
    const { folder, totalMs } = await recordRun(runs);
    const { lines } = await scanTrajectory(folder.trajectory);
    const steps = lines.filter(({ event }) => event.type === 'step').length;
    return {
      steps,
      runMs: Math.round(totalMs),
      megabytes: megabytes((await sizeOf(folder.path)) - (await sizeOf(folder.report))),
      reportMegabytes: megabytes(await sizeOf(folder.report)),
      recordingMsForEachStep: summarize(await recordAgain(folder, lines, path)),
      replay: await replayRecorded(folder.path, runs),
    };
  });
}

async function recordRun(runs: string): Promise<{ readonly folder: RunFolder; readonly totalMs: number }> {
  const flags = { model: 'local', display: `${SIZE.width}x${SIZE.height}`, runs, clock: CLOCK };
  const task = toTask(INSTRUCTION);
  const config = await loadConfig({ flags, env: {}, cwd: runs, task });
  await using driver = await createDriver(config);
  await using model = await openModel({ config, env: {}, task });
  const { folder, finished } = await startTaskRun({ config, task, model, driver });
  const { outcome, reason, times } = await finished;
  if (outcome !== 'completed') throw new Error(`The run ended as ${outcome}: ${reason}`);
  return { folder, totalMs: times['total'] ?? Number.NaN };
}

/** ms on the loop's own path for each step: all that was recorded is recorded once more, as it came. */
async function recordAgain(
  from: RunFolder,
  lines: readonly TrajectoryLine[],
  parent: string,
): Promise<readonly number[]> {
  const screens = new Map<string, Screenshot>();
  for (const sha256 of framesOf(lines)) {
    screens.set(sha256, { ...SIZE, sha256, png: await readFrame(from, sha256), takenAtMs: 0 });
  }
  const folder = await createRunFolder({ parent: join(parent, 'again'), clock: systemClock });
  await using recorder = await createFileRecorder({ folder, clock: systemClock });
  const times: number[] = [];
  let sinceStepMs = 0;
  for (const { event } of lines) {
    const startedAt = performance.now();
    for (const sha256 of framesOfEvent(event)) keep(recorder, screens.get(sha256));
    recorder.record(event);
    sinceStepMs += performance.now() - startedAt;
    // The disk has its turn between events, as in a run.
    await setImmediate();
    if (event.type !== 'step') continue;
    times.push(sinceStepMs);
    sinceStepMs = 0;
  }
  return times;
}

function framesOfEvent(event: TrajectoryEvent): readonly string[] {
  return framesOf([{ seq: 0, at: '', t: 0, event }]);
}

function keep(recorder: Recorder, screenshot: Screenshot | undefined): void {
  if (screenshot !== undefined) recorder.keep(screenshot);
}

/** Bytes of a file, or of all files below a folder. */
async function sizeOf(path: string): Promise<number> {
  const entry = await stat(path);
  if (!entry.isDirectory()) return entry.size;
  const sizes = (await readdir(path)).map(async (name) => await sizeOf(join(path, name)));
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function megabytes(bytes: number): number {
  return Math.round((bytes / MEGABYTE) * 100) / 100;
}
