import { readFileSync } from 'node:fs';
import { chmod, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFileRecorder } from '../../../src/recording/file-recorder.ts';
import { framesOf, readAttachment, readFrame } from '../../../src/recording/frames.ts';
import { createNullRecorder } from '../../../src/recording/null-recorder.ts';
import { readTrajectory, scanTrajectory } from '../../../src/recording/reader.ts';
import { createRunFolder } from '../../../src/recording/run-folder.ts';
import type { TrajectoryEvent } from '../../../src/recording/trajectory.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { RUN_STARTED, fakeScreenshot, recordSampleRun, temporaryFolder } from './sample-run.ts';

async function newRun() {
  const root = await temporaryFolder();
  const clock = new ManualClock({ wallMs: Date.UTC(2026, 0, 31, 23, 59, 59, 123) });
  const folder = await createRunFolder({ parent: root.path, clock, name: 'run' });
  return { clock, folder, [Symbol.asyncDispose]: () => root[Symbol.asyncDispose]() };
}

test('what is recorded is what is read, with its place and its time', async () => {
  await using run = await newRun();
  const { clock, folder } = run;
  await clock.advance(5000);
  const recorder = await createFileRecorder(run);
  recorder.record(RUN_STARTED);
  await clock.advance(1500.25);
  recorder.record({
    type: 'warning',
    code: 'slow',
    message: 'line\nbreak, “quotes” and \ud800 half a character',
  });
  await recorder[Symbol.asyncDispose]();
  expect(recorder.folder).toBe(folder.path);
  expect(await readTrajectory(folder.trajectory)).toEqual({
    path: folder.trajectory,
    version: 2,
    lines: [
      { seq: 0, at: '2026-02-01T00:00:04.123Z', t: 0, event: RUN_STARTED },
      {
        seq: 1,
        at: '2026-02-01T00:00:05.623Z',
        t: 1500.25,
        event: {
          type: 'warning',
          code: 'slow',
          message: 'line\nbreak, “quotes” and \ud800 half a character',
        },
      },
    ],
    start: RUN_STARTED,
    end: undefined,
    damage: undefined,
    soundBytes: (await stat(folder.trajectory)).size,
  });
});

test.each([
  ['half a line', -20],
  ['a line without its end', -1],
  ['whole lines', 0],
])('a run that is resumed goes on after %s', async (_name, cut) => {
  await using run = await newRun();
  const { clock, folder } = run;
  const first = await createFileRecorder(run);
  const warn = (message: string) => ({ type: 'warning', code: 'x', message }) as const;
  first.record(RUN_STARTED);
  await clock.advance(100);
  for (const message of ['one', 'two']) first.record(warn(message));
  await first[Symbol.asyncDispose]();
  await truncate(folder.trajectory, (await stat(folder.trajectory)).size + cut);
  const earlier = await scanTrajectory(folder.trajectory);
  await clock.advance(900);
  const second = await createFileRecorder({ ...run, earlier });
  await clock.advance(50);
  second.record(warn('three'));
  await second[Symbol.asyncDispose]();
  const { lines } = await readTrajectory(folder.trajectory);
  expect(lines.slice(0, -1)).toEqual(earlier.lines);
  expect(lines.at(-1)).toMatchObject({ seq: earlier.lines.length, t: 150, event: { message: 'three' } });
});

test('a whole run: every event, every frame once, nothing else, for the owner only', async () => {
  await using run = await newRun();
  const { folder } = run;
  const recorder = await createFileRecorder(run);
  const events = recordSampleRun(recorder, { turns: 4 });
  await recorder[Symbol.asyncDispose]();
  const { lines, end } = await readTrajectory(folder.trajectory);
  expect(lines.map(({ event }) => event)).toEqual(events);
  expect(end).toEqual(events.at(-1));
  expect((await readdir(folder.frames)).sort()).toEqual(
    framesOf(lines)
      .map((hash) => `${hash}.png`)
      .sort(),
  );
  expect(framesOf(lines)).toHaveLength(5);
  const [first] = framesOf(lines);
  expect((await readFrame(folder, first ?? '')).toString()).toBe('frame 0');
  const modes = [folder.trajectory, join(folder.frames, `${first}.png`)].map(
    async (path) => (await stat(path)).mode & 0o777,
  );
  expect(await Promise.all(modes)).toEqual([0o600, 0o600]);
});

test('after flush everything so far is on disk', async () => {
  await using run = await newRun();
  await using recorder = await createFileRecorder(run);
  recorder.record(RUN_STARTED);
  expect(readFileSync(run.folder.trajectory, 'utf8')).toBe('');
  await recorder.flush();
  expect((await readTrajectory(run.folder.trajectory)).lines).toHaveLength(1);
});

test('a frame that is seen again is not written again', async () => {
  await using run = await newRun();
  await using recorder = await createFileRecorder(run);
  const screenshot = fakeScreenshot('same');
  const path = join(run.folder.frames, `${recorder.keep(screenshot)}.png`);
  await recorder.flush();
  await rm(path);
  recorder.keep(screenshot);
  await recorder.flush();
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a file of the setup is kept once, for the owner only, and read back by its hash', async () => {
  await using run = await newRun();
  await using recorder = await createFileRecorder(run);
  const content = Buffer.from('not a picture');
  const hashes = [recorder.attach(content), recorder.attach(content)];
  await recorder.flush();
  expect(await readdir(run.folder.files)).toEqual([hashes[0]]);
  expect(hashes[1]).toBe(hashes[0]);
  expect(await readAttachment(run.folder, hashes[0] ?? '')).toEqual(content);
  expect((await stat(run.folder.files)).mode & 0o777).toBe(0o700);
  expect((await stat(join(run.folder.files, hashes[0] ?? ''))).mode & 0o777).toBe(0o600);
});

test('a trajectory that is there already is not written into', async () => {
  await using run = await newRun();
  await writeFile(run.folder.trajectory, 'mine');
  await expect(createFileRecorder(run)).rejects.toMatchObject({
    code: 'write-failed',
    message: `Cannot create ${run.folder.trajectory}: it exists already.`,
  });
  expect(await readFile(run.folder.trajectory, 'utf8')).toBe('mine');
});

test('a failure comes from flush and from `failed`, and is not told twice', async () => {
  await using run = await newRun();
  const { folder } = run;
  const recorder = await createFileRecorder(run);
  recorder.record(RUN_STARTED);
  await recorder.flush();
  await rm(folder.frames, { recursive: true });
  const hash = recorder.keep(fakeScreenshot('lost'));
  recorder.record({ type: 'warning', code: 'late', message: 'after the failure' });
  const expected = {
    code: 'write-failed',
    message: `Cannot write ${join(folder.frames, `${hash}.png`)}: it does not exist.`,
  };
  await expect(recorder.flush()).rejects.toMatchObject(expected);
  expect(await recorder.failed).toMatchObject(expected);
  await recorder[Symbol.asyncDispose]();
  expect((await readTrajectory(folder.trajectory)).lines).toHaveLength(1);
});

test('a failure that nobody asked about comes from disposal', async () => {
  await using run = await newRun();
  await rm(run.folder.frames, { recursive: true });
  await symlink('/proc/nowhere', run.folder.frames);
  const recorder = await createFileRecorder(run);
  recorder.keep(fakeScreenshot('lost'));
  await expect(recorder[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'write-failed' });
});

test('when the disk does not keep up, frames are given up before lines, and the run is told', async () => {
  await using run = await newRun();
  const recorder = await createFileRecorder({ ...run, limitBytes: 2000 });
  recorder.record(RUN_STARTED);
  const kept = recorder.keep(fakeScreenshot(new Uint8Array(500)));
  const dropped = recorder.keep(fakeScreenshot(new Uint8Array(1500)));
  await recorder[Symbol.asyncDispose]();
  const { lines } = await readTrajectory(run.folder.trajectory);
  expect(lines.slice(1).map(({ event }) => event)).toEqual([
    {
      type: 'warning',
      code: 'frame-dropped',
      message: `The disk did not keep up: the frame ${dropped} was not written.`,
    },
  ]);
  expect(await readdir(run.folder.frames)).toEqual([`${kept}.png`]);
});

test('an event that its reader would refuse is replaced by a warning', async () => {
  await using run = await newRun();
  const recorder = await createFileRecorder(run);
  recorder.record(RUN_STARTED);
  recorder.record({ type: 'check', name: 'x', result: 'passed', detail: '', durationMs: Number.NaN });
  await recorder[Symbol.asyncDispose]();
  const { lines } = await readTrajectory(run.folder.trajectory);
  expect(lines.map(({ seq, event }) => [seq, event.type])).toEqual([
    [0, 'run-started'],
    [1, 'warning'],
  ]);
  expect(lines[1]?.event).toMatchObject({
    code: 'unrecordable-event',
    message: expect.stringMatching(/^A check event was not recorded: event\.durationMs: /),
  });
});

test('a value with more to it than its type says is recorded without the rest', async () => {
  await using run = await newRun();
  const recorder = await createFileRecorder(run);
  const click = { type: 'click', button: 'left', x: 3, y: 4, keys: [] };
  const step: TrajectoryEvent = {
    type: 'step',
    turn: 1,
    step: 1,
    callId: 'call_1',
    index: 0,
    action: click,
    description: 'click at (3, 4)',
    actMs: 1,
    pointer: click,
  };
  const session = { handle: 1, ...step };
  recorder.record(RUN_STARTED);
  recorder.record(session);
  await recorder[Symbol.asyncDispose]();
  const { lines } = await readTrajectory(run.folder.trajectory);
  expect(lines[1]?.event).toEqual({ ...step, pointer: { x: 3, y: 4 } });
  expect(session.pointer).toBe(click);
});

test('what comes after disposal is a defect of the caller', async () => {
  await using run = await newRun();
  const recorder = await createFileRecorder(run);
  await recorder[Symbol.asyncDispose]();
  await recorder[Symbol.asyncDispose]();
  expect(() => recorder.record(RUN_STARTED)).toThrow('The recorder is closed: run-started came too late.');
  expect(() => recorder.keep(fakeScreenshot('x'))).toThrow('The recorder is closed');
});

test('a missing and a changed frame are told apart from a good one', async () => {
  await using run = await newRun();
  const recorder = await createFileRecorder(run);
  const hash = recorder.keep(fakeScreenshot('good'));
  await recorder[Symbol.asyncDispose]();
  const path = join(run.folder.frames, `${hash}.png`);
  await chmod(path, 0o600);
  await writeFile(path, 'evil');
  await expect(readFrame(run.folder, hash)).rejects.toMatchObject({
    code: 'read-failed',
    message: `The frame ${path} is damaged: it does not match its hash.`,
  });
  await rm(path);
  await expect(readFrame(run.folder, hash)).rejects.toMatchObject({
    code: 'read-failed',
    message: `Cannot read the frame ${path}: it does not exist.`,
  });
});

test('a recorder that keeps nothing takes everything', async () => {
  await using recorder = createNullRecorder();
  const screenshot = fakeScreenshot('x');
  recorder.record(RUN_STARTED);
  expect(recorder.keep(screenshot)).toBe(screenshot.sha256);
  await recorder.flush();
  expect(recorder.folder).toBeUndefined();
});
