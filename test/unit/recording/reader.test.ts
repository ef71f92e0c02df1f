import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFileRecorder } from '../../../src/recording/file-recorder.ts';
import { encodeLine } from '../../../src/recording/line-codec.ts';
import { readTrajectory, scanTrajectory } from '../../../src/recording/reader.ts';
import type { TrajectoryReading } from '../../../src/recording/reader.ts';
import { createRunFolder } from '../../../src/recording/run-folder.ts';
import type { TrajectoryLine } from '../../../src/recording/trajectory.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { RUN_STARTED, recordSampleRun, temporaryFolder } from './sample-run.ts';

/** The bytes of a real file of a run of two turns. */
async function realFile(): Promise<Buffer> {
  await using root = await temporaryFolder();
  const clock = new ManualClock();
  const folder = await createRunFolder({ parent: root.path, clock });
  const recorder = await createFileRecorder({ folder, clock });
  recordSampleRun(recorder, { turns: 2 });
  await recorder[Symbol.asyncDispose]();
  return await readFile(folder.trajectory);
}

const WARNING: TrajectoryLine = {
  seq: 1,
  at: '2026-01-01T00:00:00.000Z',
  t: 1,
  event: { type: 'warning', code: 'x', message: 'y' },
};
const FIRST: TrajectoryLine = { ...WARNING, seq: 0, event: RUN_STARTED };

async function scan(content: string | Uint8Array): Promise<TrajectoryReading> {
  await using root = await temporaryFolder();
  const path = join(root.path, 'trajectory.jsonl');
  await writeFile(path, content);
  return await scanTrajectory(path);
}

async function damageOf(...lines: readonly (string | object)[]): Promise<unknown> {
  const encoded = lines.map((line) => (typeof line === 'string' ? line : encodeLine(line)));
  return (await scan(`${encoded.join('\n')}\n`)).damage;
}

test('every prefix of a real file is read up to the cut', { timeout: 60_000 }, async () => {
  const file = await realFile();
  const whole = await scan(file);
  expect(whole.damage).toBeUndefined();
  expect(whole.end).toBeDefined();
  for (let length = 0; length < file.length; length++) {
    const { lines, damage, end } = await scan(file.subarray(0, length));
    const prefix = file.toString('latin1', 0, length);
    const lineFeeds = prefix.split('\n').length - 1;
    // A last line that lacks nothing but its line feed is a whole line.
    const isLineWhole = file[length] === 0x0a;
    expect(lines).toEqual(whole.lines.slice(0, lineFeeds + (isLineWhole ? 1 : 0)));
    expect(end !== undefined).toBe(lines.length === whole.lines.length);
    const isCut = length > 0 && !prefix.endsWith('\n') && !isLineWhole;
    const reason = length === 0 ? 'the file is empty' : isCut ? 'the line is cut off' : undefined;
    expect(damage).toEqual(reason === undefined ? undefined : { line: lines.length + 1, reason });
  }
});

test(
  'flipped bytes are always noticed, and what is read before them is right',
  { timeout: 60_000 },
  async () => {
    const file = await realFile();
    const whole = await scan(file);
    const flip = fc.record({ at: fc.nat(file.length - 1), mask: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(flip, { minLength: 1, maxLength: 4, selector: ({ at }) => at }),
        async (flips) => {
          const changed = Buffer.from(file);
          for (const { at, mask } of flips) changed[at] = (changed[at] ?? 0) ^ mask;
          const { lines, damage } = await scan(changed);
          const first = Math.min(...flips.map(({ at }) => at));
          const line = file.toString('latin1', 0, first).split('\n').length;
          expect(damage?.line).toBe(line);
          expect(lines).toEqual(whole.lines.slice(0, line - 1));
        },
      ),
      { numRuns: 500 },
    );
  },
);

test('anything at all can be read without a crash', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      const { lines, damage } = await scan(bytes);
      expect(lines).toEqual([]);
      expect(damage?.line).toBe(1);
    }),
    { numRuns: 200 },
  );
});

test('says what is wrong with a line whose checksum is right', async () => {
  expect(await damageOf(FIRST, { ...WARNING, seq: 2 })).toEqual({
    line: 2,
    reason: 'line number 2 where 1 was expected',
  });
  expect(await damageOf(FIRST, { ...FIRST, seq: 1 })).toEqual({
    line: 2,
    reason: 'a second run starts in the same file',
  });
  expect(await damageOf({ ...WARNING, seq: 0 })).toEqual({
    line: 1,
    reason: 'the first event is not run-started',
  });
  expect(await damageOf(FIRST, { ...WARNING, at: 'yesterday' })).toMatchObject({
    line: 2,
    reason: expect.stringMatching(/^at: /),
  });
  expect(await damageOf(FIRST, { ...WARNING, event: { ...WARNING.event, extra: 1 } })).toMatchObject({
    line: 2,
    reason: expect.stringMatching(/^event: .*extra/),
  });
});

test('a line without its checksum, or with one that is not its own, is damage', async () => {
  const line = encodeLine(WARNING);
  expect(await damageOf(FIRST, JSON.stringify(WARNING))).toEqual({
    line: 2,
    reason: 'the line does not end with its checksum',
  });
  expect(await damageOf(FIRST, line.replace('"message":"y"', '"message":"z"'))).toEqual({
    line: 2,
    reason: 'the line does not match its checksum',
  });
});

test('a line keeps its JSON readable for other tools', () => {
  const json: unknown = JSON.parse(encodeLine(WARNING));
  expect(json).toEqual({ ...WARNING, crc: expect.stringMatching(/^[0-9a-f]{8}$/) });
});

test('strict reading throws, and carries what was read', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'trajectory.jsonl');
  await writeFile(path, `${encodeLine(FIRST)}\n{"seq":1`);
  await expect(readTrajectory(path)).rejects.toMatchObject({
    code: 'corrupt-trajectory',
    message: `${path} is damaged at line 2: the line is cut off.`,
    hint: 'The 1 lines before it can be read.',
    details: { line: 2, reading: { lines: [FIRST], start: RUN_STARTED } },
  });
});

test('a newer format is not called damage', async () => {
  const newer = { ...FIRST, event: { type: 'run-started', version: 2, novelty: true } };
  await expect(damageOf(newer)).rejects.toMatchObject({
    code: 'unsupported-version',
    message: 'The trajectory has format 2; this deskhand reads formats up to 1.',
    hint: 'Read it with a newer deskhand.',
  });
});

test.each([0, -1, 0.5, '2', null])('version %j is damage', async (version) => {
  const odd = { ...FIRST, event: { ...RUN_STARTED, version } };
  expect(await damageOf(odd)).toMatchObject({ line: 1, reason: expect.stringMatching(/^event\.version: /) });
});

test('a file that is not there, or is a folder, cannot be read', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'none');
  await expect(scanTrajectory(path)).rejects.toMatchObject({
    code: 'read-failed',
    message: `Cannot read ${path}: it does not exist.`,
  });
  await expect(scanTrajectory(root.path)).rejects.toMatchObject({
    code: 'read-failed',
    message: `Cannot read ${root.path}: it is a folder, not a file.`,
  });
});

test('reading can be cancelled', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'trajectory.jsonl');
  await writeFile(path, await realFile());
  const reason = new Error('enough');
  await expect(scanTrajectory(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
