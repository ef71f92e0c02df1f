import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFileRecorder } from '../../../src/recording/file-recorder.ts';
import { encodeLine } from '../../../src/recording/line-codec.ts';
import { buildReport } from '../../../src/recording/report/build-report.ts';
import { createRunFolder, type RunFolder } from '../../../src/recording/run-folder.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { fakeScreenshot, recordSampleRun, RUN_STARTED, temporaryFolder } from '../recording/sample-run.ts';
import { runCommand } from './run-command.ts';

/** A folder of runs with `whole` and `hurt`, which are the same but for what is done to the second. */
interface Runs extends AsyncDisposable {
  readonly path: string;
  readonly hurt: RunFolder;
  readonly sound: Buffer;
}

async function record(parent: string, name: string): Promise<RunFolder> {
  const clock = new ManualClock();
  const folder = await createRunFolder({ parent, name, clock });
  await using recorder = await createFileRecorder({ folder, clock });
  recordSampleRun(recorder, { turns: 2 });
  return folder;
}

async function leaveRuns(): Promise<Runs> {
  const root = await temporaryFolder();
  await record(join(root.path, 'runs'), 'whole');
  const hurt = await record(join(root.path, 'runs'), 'hurt');
  const sound = await readFile(hurt.trajectory);
  return { path: root.path, hurt, sound, [Symbol.asyncDispose]: () => root[Symbol.asyncDispose]() };
}

beforeEach(() => {
  vi.stubEnv('DOCKER_HOST', 'unix:///nonexistent/docker.sock');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Every command that takes a run, and the exit codes that damage may give it. */
const COMMANDS: readonly (readonly [argv: readonly string[], codes: readonly number[]])[] = [
  [['runs', 'ls'], [0]],
  [['runs', 'show', 'hurt'], [0]],
  [
    ['runs', 'export', 'hurt', '--format', 'responses'],
    [0, 5],
  ],
  [
    ['runs', 'export', 'hurt', '--format', 'chat'],
    [0, 5],
  ],
  [['runs', 'gc', '--keep', '0', '--dry-run'], [0]],
  [
    ['diff', 'whole', 'hurt'],
    [0, 5, 6],
  ],
  // Either there is nothing to replay, or the engine is asked for, which is not there.
  [
    ['replay', 'hurt'],
    [2, 69],
  ],
  [['resume', 'hurt'], [2]],
];

/** All that the commands say, by command; none may crash, whatever the damage. */
async function sayAll({ path }: Runs): Promise<ReadonlyMap<string, string>> {
  const said = new Map<string, string>();
  for (const [argv, codes] of COMMANDS) {
    const { code, stdout, stderr } = await runCommand(path, ...argv);
    const name = argv.join(' ');
    // What fails says why.
    const isTold = [0, 6].includes(code) || /^(warning: .*\n)*error: .+/.test(stderr);
    const isCrash = /\(internal\)|\n\s+at |undefined|\[object/.test(stdout + stderr);
    expect({ name, stderr, code: codes.includes(code), isTold, isCrash }).toMatchObject({
      code: true,
      isTold: true,
      isCrash: false,
    });
    said.set(name, stdout + stderr);
  }
  return said;
}

const reportOf = async ({ hurt }: Runs): Promise<string> => {
  await buildReport(hurt);
  return (await readFile(hurt.report, 'utf8')).replaceAll(/\s+/g, ' ');
};

/** What tells of damage tells the line; `resume` has other reasons too. */
const TELLS = ['runs show hurt', 'runs export hurt --format chat', 'diff whole hurt', 'replay hurt'];

/** Those that tell of damage at this line, among `TELLS` and the report. */
async function tellOf(runs: Runs, line: number): Promise<readonly string[]> {
  const said = await sayAll(runs);
  const report = (await reportOf(runs)).includes(`The recording cannot be read beyond line ${line}: `);
  const words = new RegExp(`damaged at line ${line}\\b`);
  return [...TELLS.filter((name) => words.test(said.get(name) ?? '')), ...(report ? ['report'] : [])];
}

describe('every command that takes a run', () => {
  it('takes one that was cut after any line', async () => {
    await using runs = await leaveRuns();
    const lines = runs.sound.toString('latin1').split('\n').slice(0, -1);
    let length = 0;
    for (const line of lines.slice(0, -1)) {
      length += line.length + 1;
      await writeFile(runs.hurt.trajectory, runs.sound.subarray(0, length));
      const said = await sayAll(runs);
      expect(said.get('runs show hurt')).toContain('interrupted');
      expect([...said.values()].join('')).not.toContain('damaged');
      expect(said.get('diff whole hurt')).toMatch(/B {2}has ended/);
      expect(await reportOf(runs)).toContain('The recording has no end');
    }
  });

  it('tells where one was cut within a line', async () => {
    await using runs = await leaveRuns();
    const lines = runs.sound.toString('latin1').split('\n').slice(0, -1);
    let from = 0;
    for (const [index, line] of lines.entries()) {
      // Another place in each line, from its first byte to its last but one.
      const cut = 1 + Math.floor(((line.length - 2) * index) / (lines.length - 1));
      await writeFile(runs.hurt.trajectory, runs.sound.subarray(0, from + cut));
      expect(await tellOf(runs, index + 1)).toEqual([...TELLS, 'report']);
      from += line.length + 1;
    }
  });

  it('tells where bytes were changed', async () => {
    await using runs = await leaveRuns();
    const place = fc.record({ at: fc.nat(runs.sound.length - 1), mask: fc.integer({ min: 1, max: 255 }) });
    for (const { at, mask } of fc.sample(place, { seed: 7, numRuns: 40 })) {
      const changed = Buffer.from(runs.sound);
      changed[at] = (changed[at] ?? 0) ^ mask;
      await writeFile(runs.hurt.trajectory, changed);
      const line = runs.sound.toString('latin1', 0, at).split('\n').length;
      expect(await tellOf(runs, line)).toEqual([...TELLS, 'report']);
    }
  });

  it('says that nothing is left of an empty one', async () => {
    await using runs = await leaveRuns();
    await truncate(runs.hurt.trajectory, 0);
    const said = await sayAll(runs);
    expect(said.get('runs show hurt')).toMatch(/unreadable\nproblem +damaged at line 1: the file is empty/);
    for (const name of TELLS.slice(1)) {
      expect(said.get(name)).toMatch(/trajectory\.jsonl .*damaged at line 1[:,] the file is empty/);
    }
    expect(said.get('resume hurt')).toContain('cannot be resumed. Its trajectory is damaged at line 1');
  });

  it('names the file of a newer format, and what reads it', async () => {
    await using runs = await leaveRuns();
    const newer = { seq: 0, event: { ...RUN_STARTED, version: 99 } };
    await writeFile(runs.hurt.trajectory, `${encodeLine(newer)}\n`);
    for (const argv of [
      ['runs', 'export', 'hurt'],
      ['runs', 'open', 'hurt'],
      ['diff', 'whole', 'hurt'],
      ['replay', 'hurt'],
      ['resume', 'hurt'],
    ]) {
      expect({ argv, ...(await runCommand(runs.path, ...argv)) }).toEqual({
        argv,
        code: 5,
        stdout: '',
        stderr:
          `error: ${runs.hurt.trajectory} has format 99; this deskhand reads formats up to 2.\n` +
          'hint: Read it with a newer deskhand.\n(unsupported-version)\n',
      });
    }
    const { code, stdout } = await runCommand(runs.path, 'runs', 'show', 'hurt');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('has format 99') });
  });

  it.each([
    [
      'a folder that is empty',
      'empty',
      /The folder .*\/empty holds no run: trajectory\.jsonl is not there\.\nhint: /,
    ],
    ['a folder of something else', 'runs', /The folder .*\/runs holds no run: /],
    ['a file', 'file.txt', /file\.txt is a file; a run is a folder\.\nhint: /],
    ['nothing at all', 'hrt', /There is no run hrt in .*\nhint: /],
  ])('refuses %s', async (_what, named, words) => {
    await using runs = await leaveRuns();
    await mkdir(join(runs.path, 'empty'));
    await writeFile(join(runs.path, 'file.txt'), 'no run');
    for (const argv of [
      ['runs', 'show', named],
      ['runs', 'open', named],
      ['runs', 'export', named],
      ['runs', 'rm', named],
      ['diff', 'whole', named],
      ['replay', named],
      ['resume', named],
    ]) {
      const { code, stderr } = await runCommand(runs.path, ...argv);
      expect({ argv, code, stderr }).toEqual({ argv, code: 2, stderr: expect.stringMatching(words) });
    }
  });

  it('lists what is a run and nothing else', async () => {
    await using runs = await leaveRuns();
    await mkdir(join(runs.path, 'runs', 'empty'));
    await writeFile(join(runs.path, 'runs', 'notes.txt'), 'no run');
    const { stdout } = await runCommand(runs.path, 'runs', 'ls');
    expect(stdout).toMatch(/^RUN .*\nhurt .*\nwhole .*\n$/);
  });

  it.each([
    ['missing', 'it does not exist', async (path: string) => await rm(path)],
    [
      'changed',
      'it does not match its hash',
      async (path: string) => await writeFile(path, 'neither PNG nor WebP'),
    ],
  ])('tells of a frame that is %s', async (_what, reason, hurtIt) => {
    await using runs = await leaveRuns();
    const frame = join(runs.hurt.frames, `${fakeScreenshot('frame 0').sha256}.png`);
    await hurtIt(frame);
    const said = await sayAll(runs);
    for (const format of ['chat', 'responses']) {
      const told = said.get(`runs export hurt --format ${format}`);
      expect(told).toMatch(new RegExp(`warning: .*${frame}.*${reason}\\.`));
    }
    expect(said.get('diff whole hurt')).toMatch(/^the same in all \d+ moments\n$/);
    expect(await reportOf(runs)).toContain(`${reason}.`);
  });
});

it('goes on with no run whose recording is damaged before its end: what was done there would be done again', async () => {
  await using runs = await leaveRuns();
  const changed = Buffer.from(runs.sound);
  const at = changed.indexOf('"step":1');
  changed[at] = 0;
  await writeFile(runs.hurt.trajectory, changed);
  const { code, stderr } = await runCommand(runs.path, 'resume', 'hurt');
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /The run hurt cannot be resumed\. Its trajectory is damaged at line 6: .*checksum\.\nhint: Run its task anew\./,
  );
});

it('opens the report of a run that is damaged', async () => {
  await using runs = await leaveRuns();
  await truncate(runs.hurt.trajectory, runs.sound.length - 40);
  const { code, stdout, stderr } = await runCommand(runs.path, 'runs', 'open', 'hurt');
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `file://${runs.hurt.report}\n`, stderr: '' });
  expect(await readFile(runs.hurt.report, 'utf8')).toContain('the line is cut off');
});

it('replays no run of an image that the engine does not have', async () => {
  await using runs = await leaveRuns();
  const socket = join(runs.path, 'docker.sock');
  await using engine = createServer(({ url = '' }, response) => {
    const isImage = url.includes('/images/');
    response.writeHead(isImage ? 404 : 200, { 'content-type': 'application/json' });
    if (isImage) response.end('{"message":"No such image"}');
    else if (url.endsWith('/_ping')) response.end('OK');
    else response.end(url.includes('/containers/json') ? '[]' : '{}');
  }).listen(socket);
  expect(engine.listening).toBe(true);
  vi.stubEnv('DOCKER_HOST', `unix://${socket}`);
  const { code, stderr } = await runCommand(runs.path, 'replay', 'hurt');
  expect(code).toBe(69);
  expect(stderr).toMatch(
    /The run was made on deskhand\/ubuntu-desktop:dev \(sha256:9cdd\), which this engine does not have\.\nhint: .*--image/,
  );
});
