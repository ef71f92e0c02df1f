import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { framesOf, readFrame } from '../../../src/recording/frames.ts';
import { scanTrajectory } from '../../../src/recording/reader.ts';
import { createRunFolder } from '../../../src/recording/run-folder.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { temporaryFolder } from './sample-run.ts';

const PROGRAM = fileURLToPath(import.meta.resolve('./recorder-process.ts'));

test('a kill leaves a file that is readable up to the last step, with every frame that it names', async () => {
  await using root = await temporaryFolder();
  const folder = await createRunFolder({ parent: root.path, clock: systemClock });
  const child = spawn(process.execPath, [PROGRAM, folder.path], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.resume();
  // Written as it goes: the steps are in the file while the run is still under way.
  const written = async () =>
    (await readFile(folder.trajectory, 'utf8').catch(() => '')).split('"type":"step"').length;
  await expect.poll(written, { timeout: 15_000 }).toBeGreaterThan(25);
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');

  const { lines, damage, end } = await scanTrajectory(folder.trajectory);
  const steps = lines.filter(({ event }) => event.type === 'step');
  expect(steps.length).toBeGreaterThanOrEqual(25);
  expect(end).toBeUndefined();
  expect(damage === undefined || damage.reason === 'the line is cut off').toBe(true);
  const frames = await Promise.all(framesOf(lines).map((frame) => readFrame(folder, frame)));
  expect(frames.length).toBeGreaterThanOrEqual(25);
});
