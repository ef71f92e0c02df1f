import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFileRecorder } from '../../../src/recording/file-recorder.ts';
import { encodeLine } from '../../../src/recording/line-codec.ts';
import { readTrajectory, scanTrajectory } from '../../../src/recording/reader.ts';
import type { TrajectoryReading } from '../../../src/recording/reader.ts';
import { createRunFolder } from '../../../src/recording/run-folder.ts';
import type { TrajectoryLine } from '../../../src/recording/trajectory.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { RUN_STARTED, recordSampleRun, temporaryFolder } from './sample-run.ts';

/** What a run of one turn leaves: every kind of event that a longer one has. */
async function writtenFile(): Promise<Buffer> {
  await using root = await temporaryFolder();
  const clock = new ManualClock();
  const folder = await createRunFolder({ parent: root.path, clock });
  const recorder = await createFileRecorder({ folder, clock });
  recordSampleRun(recorder, { turns: 1 });
  await recorder[Symbol.asyncDispose]();
  return await readFile(folder.trajectory);
}

const TRAJECTORIES = join(import.meta.dirname, '../../fixtures/trajectories');

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

/**
 * Each is read as of every length, or of every so many bytes and around the ends of lines, and with any byte changed; the
 * fixtures are of runs on real desktops.
 */
const FILES: readonly (readonly [name: string, every: number, file: () => Promise<Buffer>])[] = [
  ['just written', 1, writtenFile],
  ['of a real run in format 1', 5, () => readFile(join(TRAJECTORIES, 'format-1.jsonl'))],
];

describe.each(FILES)('a file %s', (_name, every, readIt) => {
  test('is read up to the cut, whatever prefix is left', { timeout: 60_000 }, async () => {
    const file = await readIt();
    await using root = await temporaryFolder();
    const path = join(root.path, 'trajectory.jsonl');
    await writeFile(path, file);
    const whole = await scanTrajectory(path);
    expect(whole.damage).toBeUndefined();
    expect(whole.end).toBeDefined();
    // From the longest to the shortest, so that the one file only has to be cut, and compared without `expect`: each is
    // of every line before the cut, and there are thousands.
    const wrong: number[] = [];
    for (let length = file.length - 1; length >= 0; length--) {
      if (length % every !== 0 && !file.subarray(Math.max(0, length - 1), length + 2).includes('\n'))
        continue;
      await truncate(path, length);
      const expected = expectedOf(whole, file.subarray(0, length));
      if (!isDeepStrictEqual(await scanTrajectory(path), expected)) wrong.push(length);
    }
    expect(wrong).toEqual([]);
  });

  test('tells flipped bytes, and what is read before them is right', { timeout: 60_000 }, async () => {
    const file = await readIt();
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
  });
});

/** A last line that lacks nothing but its line feed is read; so is what ends at a line feed. */
function expectedOf(whole: TrajectoryReading, prefix: Buffer): TrajectoryReading {
  const sealed = /,"crc":"[0-9a-f]{8}"\}$/;
  const lines = prefix.toString('latin1').split('\n');
  const last = lines.pop() ?? '';
  const isCut = last !== '' && !sealed.test(last);
  const sound = lines.length + (last === '' || isCut ? 0 : 1);
  const isEmpty = sound === 0;
  const damage = isCut ? 'the line is cut off' : 'the file is empty';
  return {
    path: whole.path,
    version: isEmpty ? undefined : whole.version,
    lines: whole.lines.slice(0, sound),
    start: isEmpty ? undefined : whole.start,
    end: sound === whole.lines.length ? whole.end : undefined,
    damage: isCut || isEmpty ? { line: sound + 1, reason: damage } : undefined,
    soundBytes: prefix.length - (isCut ? last.length : 0),
  };
}

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
  const newer = { ...FIRST, event: { type: 'run-started', version: 3, novelty: true } };
  await expect(damageOf(newer)).rejects.toMatchObject({
    code: 'unsupported-version',
    message: expect.stringMatching(
      /^.*trajectory\.jsonl has format 3; this deskhand reads formats up to 2\.$/,
    ),
    hint: 'Read it with a newer deskhand.',
  });
});

test.each([0, -1, 0.5, '2', null, undefined])('version %j is damage', async (version) => {
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
  await writeFile(path, await writtenFile());
  const reason = new Error('enough');
  await expect(scanTrajectory(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
