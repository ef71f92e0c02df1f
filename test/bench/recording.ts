import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createDriver, startTaskRun } from '../../src/compose.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { toTask } from '../../src/evaluation/task/task-file.ts';
import { openModel } from '../../src/open-model.ts';
import { scanTrajectory } from '../../src/recording/reader.ts';
import type { RunFolder } from '../../src/recording/run-folder.ts';
import { inFolder } from './in-folder.ts';
import { measureRecordingCost } from './recording-cost.ts';
import { replayRecorded } from './replay.ts';

const CLOCK = '2026-01-15T09:00Z';
const MEGABYTE = 1_000_000;

/** Fifty steps of somebody who writes, looks for files and works something out. */
const INSTRUCTION = [
  'click "Applications" at the top',
  'click "Accessories" in the menu',
  'click "Mousepad" in the menu',
  'wait until "Untitled 1 - Mousepad" is visible',
  ...Array.from({ length: 10 }, (_, at) => [
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

const TASK = toTask(INSTRUCTION);

/** What a recording costs the loop and the disk, and how long its replay takes. */
export async function benchRecording(): Promise<unknown> {
  return await inFolder(async (path) => {
    const runs = join(path, 'runs');
    const config = await configure(runs);
    const { folder, totalMs } = await recordRun(config);
    const { lines } = await scanTrajectory(folder.trajectory);
    const steps = lines.filter(({ event }) => event.type === 'step').length;
    return {
      steps,
      runMs: Math.round(totalMs),
      megabytes: megabytes((await sizeOf(folder.path)) - (await sizeOf(folder.report))),
      reportMegabytes: megabytes(await sizeOf(folder.report)),
      cost: await measureRecordingCost(config, join(path, 'cost')),
      replay: await replayRecorded(folder.path, runs),
    };
  });
}

async function configure(runs: string): Promise<Config> {
  const flags = { model: 'local', display: '1440x900', runs, clock: CLOCK };
  return await loadConfig({ flags, env: {}, cwd: runs, task: TASK });
}

async function recordRun(config: Config): Promise<{ readonly folder: RunFolder; readonly totalMs: number }> {
  await using driver = await createDriver(config);
  await using model = await openModel({ config, env: {}, task: TASK });
  const { folder, finished } = await startTaskRun({ config, task: TASK, model, driver });
  const { outcome, reason, times } = await finished;
  if (outcome !== 'completed') throw new Error(`The run ended as ${outcome}: ${reason}`);
  return { folder, totalMs: times['total'] ?? Number.NaN };
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
