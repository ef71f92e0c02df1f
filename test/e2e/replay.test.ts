import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { encodeLine } from '../../src/recording/line-codec.ts';
import { parseChatExample } from '../../src/recording/export/chat-messages.ts';
import { parseResponsesItems } from '../../src/recording/export/responses-items.ts';
import { scanTrajectory } from '../../src/recording/reader.ts';
import type { TrajectoryEvent } from '../../src/recording/trajectory.ts';
import { createTemporaryFolder, runCli, type TemporaryFolder } from '../support/cli.ts';

const replayLine = z.object({
  outcome: z.string(),
  frames: z.record(z.string(), z.number()),
  steps: z.number(),
  durationMs: z.number(),
  place: z.string().optional(),
  pictures: z.array(z.string()),
});

let folder: TemporaryFolder;
let run: string;

beforeAll(async () => {
  folder = await createTemporaryFolder();
  const flags = ['--model', 'local', '--clock', '2026-01-15T09:00Z', '--runs', folder.path];
  const { code, stdout, stderr } = await runCli(['run', 'examples/find-and-replace.yaml', ...flags]);
  if (code !== 0) throw new Error(`The run to be replayed ended with ${code}:\n${stdout}\n${stderr}`);
  run = join(folder.path, (await readdir(folder.path))[0] ?? '');
});

afterAll(async () => folder[Symbol.asyncDispose]());

/** A copy of the run whose events are changed. */
async function changed(name: string, change: (event: TrajectoryEvent) => TrajectoryEvent): Promise<string> {
  const copy = join(folder.path, name);
  await cp(run, copy, { recursive: true });
  const { lines } = await scanTrajectory(join(run, 'trajectory.jsonl'));
  const text = lines.map((line) => `${encodeLine({ ...line, event: change(line.event) })}\n`).join('');
  await writeFile(join(copy, 'trajectory.jsonl'), text);
  return copy;
}

describe('deskhand runs and deskhand diff', () => {
  it('list, show and export the run, and compare it with another', async () => {
    const flags = ['--runs', folder.path];
    const { stdout: listed } = await runCli(['runs', 'ls', ...flags, '--json']);
    expect(JSON.parse(listed)).toEqual([
      expect.objectContaining({ path: run, outcome: 'completed', verification: 'passed' }),
    ]);
    const { stdout: shown } = await runCli(['runs', 'show', 'last', ...flags]);
    expect(shown).toContain('completed, checks passed');
    const { stdout: items } = await runCli(['runs', 'export', 'last', ...flags]);
    const { dialogue, pictures } = parseResponsesItems(items);
    expect(dialogue.filter(({ kind }) => kind === 'computer').length).toBeGreaterThan(5);
    expect(pictures.size).toBeGreaterThan(5);
    const chat = join(folder.path, 'chat.jsonl');
    expect((await runCli(['runs', 'export', run, '--format', 'chat', '--output', chat])).code).toBe(0);
    expect(parseChatExample(await readFile(chat, 'utf8')).dialogue).toEqual(dialogue);
    const copy = await changed('copy', (event) =>
      event.type === 'step' && event.step === 3
        ? { ...event, action: { type: 'wait' }, description: 'wait' }
        : event,
    );
    const same = await runCli(['diff', run, run]);
    expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('the same in all')]);
    const parted = await runCli(['diff', run, copy]);
    expect([parted.code, parted.stdout]).toEqual([
      6,
      expect.stringMatching(/another action:\nA {2}step 3: .*\nB {2}step 3: wait/),
    ]);
    const { stdout: kept } = await runCli(['runs', 'gc', '--keep', '1', '--dry-run', ...flags]);
    expect(kept.trim().split('\n')).toHaveLength(1);
    expect((await runCli(['runs', 'rm', copy])).code).toBe(0);
    expect((await runCli(['runs', 'rm', copy])).code).toBe(2);
    expect((await runCli(['runs', 'gc', ...flags])).stderr).toContain('What is to be kept?');
  });
});

describe('deskhand replay', () => {
  it('does a run again: the same setup, the same screens, in less time', async () => {
    const { code, stdout, stderr } = await runCli(['replay', 'last', '--runs', folder.path, '--json']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const result = replayLine.parse(JSON.parse(stdout));
    const { alike, different, identical, missing } = result.frames;
    expect(result.outcome).toBe('same');
    expect({ different, missing }).toEqual({ different: 0, missing: 0 });
    expect(identical).toBeGreaterThan(0);
    expect(alike).toBe(0);
    expect(await readdir(join(run, 'replays'))).toHaveLength(1);
  });

  it('stops where the screen is another one, and keeps both and their difference', async () => {
    // A later screen is put in the place of the first one.
    const { lines } = await scanTrajectory(join(run, 'trajectory.jsonl'));
    const frames = lines.flatMap(({ event }) => (event.type === 'step' ? (event.frame ?? []) : []));
    const first = lines.find(({ event }) => event.type === 'sandbox-ready')?.event;
    const firstFrame = first?.type === 'sandbox-ready' ? first.frame : '';
    const wrong = frames.at(-1) ?? '';
    expect(wrong).not.toBe(firstFrame);
    const copy = await changed('wrong', (event) =>
      'frame' in event && event.frame !== undefined ? { ...event, frame: wrong } : event,
    );
    const { code, stdout, stderr } = await runCli(['replay', copy, '--patience', '2s']);
    expect(code).toBe(6);
    expect(stdout).toContain('0 of 1 screens identical');
    expect(stderr).toMatch(/diverged before step \d+: [\d]+ px differ/);
    const pictures = [...stderr.matchAll(/\/\S+\.png/g)].map(([path]) => path);
    expect(pictures.map((path) => path.split('/').at(-1))).toEqual([
      'expected.png',
      'actual.png',
      'difference.png',
    ]);
    expect(await readFile(pictures[0] ?? '')).toEqual(await readFile(join(run, 'frames', `${wrong}.png`)));
  });

  it('replays what is left of a damaged run, and says what is lost', async () => {
    const copy = await changed('cut', (event) => event);
    const path = join(copy, 'trajectory.jsonl');
    const text = await readFile(path, 'utf8');
    const step = text.indexOf('"type":"step"');
    await truncate(path, text.indexOf('\n', step) + 20);
    await rm(join(copy, 'frames'), { recursive: true });
    const { code, stdout, stderr } = await runCli(['replay', copy]);
    expect(stderr).toMatch(/damaged at line \d+ \(the line is cut off\); what is before it is replayed/);
    expect(stdout).toContain('not recorded any more');
    expect(code).toBe(0);
  });

  it('refuses a run of an image that is not there', async () => {
    const id = `sha256:${'0'.repeat(64)}`;
    const copy = await changed('other-image', (event) =>
      event.type === 'sandbox-ready' ? { ...event, image: { reference: 'other:1', id } } : event,
    );
    const { code, stderr } = await runCli(['replay', copy]);
    expect(code).toBe(69);
    expect(stderr).toContain(`The run was made on other:1 (${id}), which this engine does not have.`);
    expect(stderr).toContain('--image NAME');
  });

  it('refuses what it cannot do before there is a desktop', async () => {
    const refuse = async (...argv: readonly string[]) => {
      const { code, stderr } = await runCli(['replay', ...argv, '--runs', folder.path]);
      return [code, stderr.split('\n')[0]];
    };
    const range = expect.stringMatching(/--to 99: \S+ has the steps 1 to \d+\./);
    expect(await refuse('last', '--to', '99')).toEqual([2, range]);
    expect(await refuse(run, '--from', 'x')).toEqual([
      2,
      'error: --from: expected a whole number of at least 1; has "x"',
    ]);
    expect(await refuse(run, '--speed', '0')).toEqual([2, expect.stringContaining('--speed: expected')]);
    expect(await refuse(run, '--step')).toEqual([2, expect.stringContaining('--step needs a terminal')]);
    expect(await refuse('nothing-like-it')).toEqual([2, expect.stringContaining('There is no run')]);
    const newer = await changed('newer', (event) => event);
    const text = await readFile(join(newer, 'trajectory.jsonl'), 'utf8');
    const [line = ''] = text.split('\n');
    const { crc: _crc, ...first } = JSON.parse(line);
    const next = encodeLine({ ...first, event: { ...first.event, version: 99 } });
    await writeFile(join(newer, 'trajectory.jsonl'), `${next}\n`);
    expect(await refuse(newer)).toEqual([5, expect.stringContaining('has format 99')]);
  });
});
