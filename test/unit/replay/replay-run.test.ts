import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StorageError } from '../../../src/errors.ts';
import { toRunFolder } from '../../../src/recording/run-folder.ts';
import type { PlannedStep, ReplayPlan } from '../../../src/replay/replay-plan.ts';
import { recordReplay } from '../../../src/replay/replay-record.ts';
import type { ReplayOptions } from '../../../src/replay/replay-run.ts';
import { replayRun } from '../../../src/replay/replay-run.ts';
import { FakeDisplay } from '../../../src/testing/fake-display.ts';
import { SkippingClock } from '../../../src/testing/skipping-clock.ts';
import { RUN_STARTED, SANDBOX_READY, temporaryFolder } from '../recording/sample-run.ts';
import { drawPng, SIZE } from './drawing.ts';

const SQUARE = { x: 0, y: 0, width: 8, height: 8 };
/** Four screens: red, green, blue and white in a corner. */
const [RED, GREEN, BLUE, WHITE] = await Promise.all([
  drawPng([{ ...SQUARE, colour: '#ff0000' }]),
  drawPng([{ ...SQUARE, colour: '#00ff00' }]),
  drawPng([{ ...SQUARE, colour: '#0000ff' }]),
  drawPng([{ ...SQUARE, colour: '#ffffff' }]),
]);
const SCREENS = [RED, GREEN, BLUE, WHITE];

const hashOf = (png: Buffer): string => createHash('sha256').update(png).digest('hex');

function toPlan(screens: readonly Buffer[]): ReplayPlan {
  const steps = screens.slice(0, -1).map((png, index): PlannedStep => {
    const action = { type: 'click', button: 'left', x: index, y: 0, keys: [] } as const;
    const step = index + 1;
    return { step, action, description: 'click', before: hashOf(png), atMs: step * 1000, hasFailed: false };
  });
  return {
    runId: 'run-1',
    clock: '2026-01-15T09:00:00.000Z',
    start: RUN_STARTED,
    sandbox: SANDBOX_READY,
    prepared: undefined,
    steps,
    last: hashOf(screens.at(-1) ?? RED),
    recordedMs: 4000,
  };
}

/** A desktop that shows one screen after another: the next one with each click. */
function toDesktop(screens: readonly Buffer[]) {
  const shown = [...screens];
  const display: FakeDisplay = new FakeDisplay({ size: SIZE, frames: shown, onCall: () => undefined });
  let index = 0;
  display.screenshot = () => {
    const png = screens[Math.min(index, screens.length - 1)] ?? RED;
    return Promise.resolve({ png, ...SIZE, sha256: hashOf(png), takenAtMs: 0 });
  };
  const click = display.pointer.click.bind(display.pointer);
  Object.assign(display.pointer, {
    click: async (...call: Parameters<typeof click>) => {
      index += 1;
      await click(...call);
    },
  });
  return display;
}

async function replay(
  recorded: readonly Buffer[],
  shown: readonly Buffer[],
  { plan = toPlan(recorded), ...options }: Partial<ReplayOptions> & { readonly plan?: ReplayPlan } = {},
) {
  const display = toDesktop(shown);
  const clock = new SkippingClock();
  const settle = display.settle.bind(display);
  display.settle = async (cancel) => {
    await clock.sleep(100);
    return await settle(cancel);
  };
  const frames = new Map(recorded.map((png) => [hashOf(png), png]));
  const result = await replayRun(plan, {
    display,
    clock,
    patienceMs: 2000,
    readFrame: (sha256) => {
      const png = frames.get(sha256);
      return png === undefined
        ? Promise.reject(new StorageError('read-failed', 'gone'))
        : Promise.resolve(png);
    },
    ...options,
  });
  return { result, display, clock };
}

test('a desktop that shows what was recorded is driven to the end', async () => {
  const { result, display } = await replay(SCREENS, SCREENS);
  expect(result).toEqual({
    outcome: 'same',
    frames: { identical: 4, alike: 0, different: 0, missing: 0 },
    steps: 3,
    durationMs: 300,
  });
  expect(display.inputs.map((call) => (call.type === 'click' ? call.at.x : call.type))).toEqual([0, 1, 2]);
});

test('another screen ends the replay before the action that was done on the recorded one', async () => {
  const { result, display } = await replay(SCREENS, [RED, GREEN, WHITE, WHITE]);
  const { divergence, ...rest } = result;
  expect(rest).toEqual({
    outcome: 'diverged',
    frames: { identical: 2, alike: 0, different: 1, missing: 0 },
    steps: 2,
    durationMs: expect.any(Number),
  });
  expect(divergence?.place).toEqual({ before: toPlan(SCREENS).steps[2] });
  expect(divergence?.sighting.differingPx).toBe(64);
  expect(display.inputs).toHaveLength(2);
});

test('the last screen counts too', async () => {
  const { result } = await replay(SCREENS, [RED, GREEN, BLUE, BLUE]);
  expect([result.outcome, result.steps, result.divergence?.place]).toEqual([
    'diverged',
    3,
    { after: 'last' },
  ]);
});

test('from and to: the way there is not counted, and nothing is done beyond', async () => {
  const { result, display } = await replay(SCREENS, SCREENS, { from: 2, to: 2 });
  expect(result.frames).toEqual({ identical: 2, alike: 0, different: 0, missing: 0 });
  expect(display.inputs).toHaveLength(2);
});

test('a pace holds each step back until its time', async () => {
  const { result, clock } = await replay(SCREENS, SCREENS, { speed: 2 });
  expect(result.outcome).toBe('same');
  // The third step was recorded at 3000 ms.
  expect(clock.now()).toBeGreaterThanOrEqual(1500);
});

test('a debugger sees each step that counts before it is done', async () => {
  const seen: number[] = [];
  const before = ({ step }: PlannedStep): Promise<void> => Promise.resolve(void seen.push(step));
  await replay(SCREENS, SCREENS, { from: 2, before });
  expect(seen).toEqual([2, 3]);
});

test('a screen that was only looked at does not count, and no pause is made', async () => {
  const plan = toPlan([RED, GREEN, BLUE]);
  const [first, second] = plan.steps;
  if (first === undefined || second === undefined) throw new Error('there are two steps');
  const waiting = {
    ...plan,
    steps: [
      { ...first, action: { type: 'wait' } as const },
      { ...second, before: hashOf(RED) },
    ],
  };
  const { result, display } = await replay([RED, GREEN, BLUE], [RED, BLUE], { plan: waiting });
  expect(result.frames).toEqual({ identical: 2, alike: 0, different: 0, missing: 0 });
  expect(display.inputs).toHaveLength(1);
});

test('a frame that is not there any more is told, and the replay goes on', async () => {
  const places: string[] = [];
  const { result } = await replay([RED, GREEN, WHITE], [RED, BLUE, WHITE], {
    readFrame: (sha256) =>
      sha256 === hashOf(GREEN)
        ? Promise.reject(new StorageError('read-failed', 'gone'))
        : Promise.resolve(sha256 === hashOf(RED) ? RED : WHITE),
    onFrame: (_place, likeness) => places.push(likeness),
  });
  expect(result.outcome).toBe('same');
  expect(result.frames).toEqual({ identical: 2, alike: 0, different: 0, missing: 1 });
  expect(places).toEqual(['identical', 'missing', 'identical']);
});

test('functions are called again, or the run is refused where nobody can', async () => {
  const call = { type: 'function_call', name: 'shell', arguments: { command: 'true' } } as const;
  const plan = toPlan([RED, RED]);
  const calling = { ...plan, steps: plan.steps.map((step) => ({ ...step, action: call })) };
  const calls: unknown[] = [];
  const callFunction = (made: unknown): Promise<void> => Promise.resolve(void calls.push(made));
  const { result } = await replay([RED], [RED], { plan: calling, callFunction });
  expect([result.outcome, calls]).toEqual(['same', [call]]);
  await expect(replay([RED], [RED], { plan: calling })).rejects.toThrow(
    'Step 1 called the function shell, which cannot be replayed here.',
  );
});

test('a defect while a frame is read is no missing frame', async () => {
  const broken = (): Promise<Buffer> => Promise.reject(new TypeError('defect'));
  await expect(replay(SCREENS, SCREENS, { readFrame: broken })).rejects.toThrow('defect');
});

test('a divergence leaves both screens, their difference and the counts', async () => {
  await using root = await temporaryFolder();
  const { result } = await replay(SCREENS, [RED, WHITE]);
  const run = toRunFolder(root.path);
  const { path, pictures } = await recordReplay(result, { run, clock: { wall: () => 0 } });
  expect(pictures.map((picture) => picture.slice(path.length + 1))).toEqual([
    'expected.png',
    'actual.png',
    'difference.png',
  ]);
  expect(await readFile(join(path, 'expected.png'))).toEqual(GREEN);
  expect(await readFile(join(path, 'actual.png'))).toEqual(WHITE);
  expect((await readdir(path)).sort()).toEqual([
    'actual.png',
    'difference.png',
    'expected.png',
    'replay.json',
  ]);
  expect(JSON.parse(await readFile(join(path, 'replay.json'), 'utf8'))).toEqual({
    version: 1,
    runId: run.runId,
    outcome: 'diverged',
    frames: { identical: 1, alike: 0, different: 1, missing: 0 },
    steps: 1,
    durationMs: expect.any(Number),
    divergence: { place: 'before step 2', differingPx: 64, sha256: hashOf(WHITE) },
  });
});
