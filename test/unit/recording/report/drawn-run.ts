import { createHash } from 'node:crypto';
import { join } from 'node:path';
import sharp from 'sharp';
import { describeAction } from '../../../../src/action/describe.ts';
import { parseAction } from '../../../../src/action/parse.ts';
import type { Screenshot } from '../../../../src/action/screenshot.ts';
import { createFileRecorder } from '../../../../src/recording/file-recorder.ts';
import { buildReport } from '../../../../src/recording/report/build-report.ts';
import { writeResult } from '../../../../src/recording/result.ts';
import { createRunFolder } from '../../../../src/recording/run-folder.ts';
import type { RunFolder } from '../../../../src/recording/run-folder.ts';
import type { TrajectoryEvent } from '../../../../src/recording/trajectory.ts';
import { ManualClock } from '../../../../src/testing/manual-clock.ts';

const SIZE = { width: 1440, height: 900 };

const drawn = new Map<number, Promise<Screenshot>>();

/** Each is drawn once: that is what takes the time. */
async function desktopOf(index: number): Promise<Screenshot> {
  const known = drawn.get(index) ?? drawDesktop(index);
  drawn.set(index, known);
  return await known;
}

/** A drawn desktop: a panel, a window whose place and lines depend on `index`. */
async function drawDesktop(index: number): Promise<Screenshot> {
  const lines = Array.from(
    { length: 1 + (index % 20) },
    (_, line) =>
      `<text x="260" y="${210 + line * 24}" font-size="17" fill="#222">line ${line + 1} of window ${index}</text>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1440" height="900">
    <rect width="1440" height="900" fill="#2f4f68"/><rect width="1440" height="30" fill="#1b1b1b"/>
    <text x="20" y="21" font-size="15" fill="#eee">Applications</text>
    <rect x="${200 + (index % 5) * 12}" y="120" width="760" height="560" fill="#fafafa" stroke="#888"/>
    <rect x="${200 + (index % 5) * 12}" y="120" width="760" height="30" fill="#ddd"/>${lines.join('')}</svg>`;
  const png = await sharp(Buffer.from(svg)).removeAlpha().png({ compressionLevel: 3 }).toBuffer();
  return { png, ...SIZE, sha256: createHash('sha256').update(png).digest('hex'), takenAtMs: 0 };
}

/** One action of every kind, in wire form. */
export const ALL_ACTIONS: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[] = [
  { type: 'click', button: 'left', x: 0, y: 0, keys: [] },
  { type: 'click', button: 'right', x: 1439, y: 899, keys: ['CTRL'] },
  { type: 'double_click', x: 320, y: 240, keys: [] },
  { type: 'drag', path: [point(300, 200), point(500, 300), point(820, 310)], keys: ['SHIFT'] },
  { type: 'keypress', keys: ['CTRL', 'SHIFT', 'S'] },
  { type: 'move', x: 700, y: 450, keys: [] },
  { type: 'screenshot' },
  { type: 'scroll', x: 600, y: 400, scroll_x: 0, scroll_y: 480, keys: [] },
  { type: 'type', text: 'Fin d’été – 夏の終わり 🌱\nL’été s’en va.' },
  { type: 'wait' },
];

function point(x: number, y: number): { readonly x: number; readonly y: number } {
  return { x, y };
}

export interface DrawnRunOptions {
  readonly steps?: number;
  /** Put wherever a model, a task or a sandbox has its say. */
  readonly text?: string;
  /** Whether the run comes to its end. */
  readonly isEnded?: boolean;
}

/** Records a run of drawn desktops in which each kind of action, a refused call and a failed step occur. */
export async function recordDrawnRun(parent: string, options: DrawnRunOptions = {}): Promise<RunFolder> {
  const { steps = ALL_ACTIONS.length, text = 'I see the editor.', isEnded = true } = options;
  const clock = new ManualClock();
  const folder = await createRunFolder({ parent, clock });
  await using recorder = await createFileRecorder({ folder, clock });
  const record = (event: TrajectoryEvent): void => recorder.record(event);
  const frame = async (index: number): Promise<string> => recorder.keep(await desktopOf(index));
  const usage = { inputTokens: 1000, cachedInputTokens: 800, outputTokens: 50, reasoningTokens: 20 };
  const checks = [{ id: 'sc_1', code: text, message: text }];
  const respond = (
    turn: number,
    items: readonly { type: string; [key: string]: unknown }[],
  ): TrajectoryEvent => ({
    type: 'response',
    turn,
    responseId: `resp_${turn}`,
    status: 'completed',
    items: [{ type: 'reasoning', summary: text }, ...items],
    usage,
    durationMs: 1200 + 300 * (turn % 7),
  });
  const answer = (turn: number, outcome: 'executed' | 'refused') => ({
    callId: `call_${turn}`,
    outcome,
    acknowledgedSafetyChecks: outcome === 'executed' ? checks : [],
  });
  const call = (turn: number, action: unknown) => ({
    type: 'computer_call',
    callId: `call_${turn}`,
    status: 'completed',
    actions: [action],
    pendingSafetyChecks: checks,
  });

  record({
    type: 'run-started',
    version: 2,
    runId: folder.runId,
    task: { id: 'drawn', instruction: text },
    model: { provider: 'scripted', name: text, tool: 'computer' },
    gate: 'policy',
    display: SIZE,
    limits: { turns: 60, wallTimeMs: 600_000, tokens: 100_000 },
    settings: {},
    seeds: {},
    versions: { deskhand: '0.1.0' },
  });
  record({
    type: 'sandbox-ready',
    sandboxId: 'c0ffee',
    image: { reference: 'deskhand/ubuntu-desktop', id: 'sha256:9cdd' },
    network: 'none',
    clock: 'real',
    phases: { created: 25, desktop: 900 },
    frame: await frame(0),
  });
  for (let step = 1; step <= steps; step++) {
    const action = ALL_ACTIONS[(step - 1) % ALL_ACTIONS.length] ?? { type: 'wait' };
    await clock.advance(1500);
    record({
      type: 'request',
      turn: step,
      results: step === 1 ? [] : [answer(step - 1, 'executed')],
      notes: step === 2 ? [text] : [],
      frame: await frame(step - 1),
    });
    record(respond(step, [call(step, action)]));
    const decided = {
      type: 'decision',
      turn: step,
      callId: `call_${step}`,
      pendingSafetyChecks: checks,
    } as const;
    record({ ...decided, decision: 'approve', by: text, durationMs: 2 });
    record({
      type: 'step',
      turn: step,
      step,
      callId: `call_${step}`,
      index: 0,
      action,
      description: describeAction(parseAction(action)),
      actMs: 15,
      settle: { waitedMs: 160, reason: 'quiet', updates: 4 },
      pointer: point(10, 10),
      ...(step === 3 ? { error: { code: 'display-stalled', message: text, hint: text } } : {}),
      frame: await frame(step),
    });
  }
  const refused = steps + 1;
  record({
    type: 'request',
    turn: refused,
    results: [answer(steps, 'executed')],
    notes: [],
    frame: await frame(steps),
  });
  record(respond(refused, [call(refused, ALL_ACTIONS[1])]));
  record({
    type: 'decision',
    turn: refused,
    callId: `call_${refused}`,
    decision: 'deny',
    by: 'a person',
    reason: text,
    pendingSafetyChecks: checks,
    durationMs: 900,
  });
  record({ type: 'warning', code: 'slow', message: text });
  if (!isEnded) return folder;
  const last = steps + 2;
  record({
    type: 'request',
    turn: last,
    results: [answer(refused, 'refused')],
    notes: [],
    frame: await frame(steps),
  });
  record(respond(last, [{ type: 'message', text }]));
  record({ type: 'check', name: text, result: 'passed', detail: text, durationMs: 20 });
  record({
    type: 'run-finished',
    outcome: 'completed',
    reason: text,
    finalMessage: text,
    verification: 'passed',
    turns: last,
    steps,
    usage,
    times: { provisioning: 900, model: 20_000, total: 30_000 },
  });
  return folder;
}

// By hand, to look at a report: node drawn-run.ts FOLDER [STEPS]
const [, program, parent, steps] = process.argv;
if (program === import.meta.filename && parent !== undefined) {
  const folder = await recordDrawnRun(join(parent), { steps: Number(steps ?? ALL_ACTIONS.length) });
  await writeResult(folder);
  const { path, bytes } = await buildReport(folder);
  process.stdout.write(`${path} ${bytes} bytes\n`);
}
