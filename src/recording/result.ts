import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { StorageError } from '../errors.ts';
import { scanTrajectory, startOf } from './reader.ts';
import type { TrajectoryReading } from './reader.ts';
import { replaceFile } from './run-folder.ts';
import type { RunFolder } from './run-folder.ts';
import { toStorageError } from './storage-error.ts';
import { CHECK_RESULTS, OUTCOMES, VERIFICATIONS, shared } from './trajectory.ts';
import type { Cost, EventOf, Usage } from './trajectory.ts';

/** Raised when a reader of the version before could not read the file. */
const RESULT_VERSION = 1;

/** result.json: a run in short, for machines. All of it can be told from the trajectory. */
export const runResultFile = z.strictObject({
  version: z.literal(RESULT_VERSION),
  runId: z.string(),
  task: shared.task,
  outcome: z.enum([...OUTCOMES, 'interrupted']).describe('`interrupted`: the trajectory has no end'),
  verification: z.enum(VERIFICATIONS),
  reason: z.string().describe('one sentence: why it ended'),
  error: shared.errorRecord.optional(),
  finalMessage: z.string().optional(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  times: z.record(z.string(), z.number()).describe('ms by phase'),
  usage: shared.usage,
  costUsd: shared.costUsd.optional(),
  turns: z.number(),
  steps: z.number(),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      result: z.enum(CHECK_RESULTS),
      detail: z.string(),
      score: z.number().optional(),
      weight: z.number().optional(),
      durationMs: z.number(),
    }),
  ),
  model: z.strictObject({ provider: z.string(), name: z.string(), tool: z.string() }),
  gate: z.string(),
  display: shared.size,
  image: z.strictObject({ reference: z.string(), id: z.string() }).optional(),
  /** Relative to the run folder, so that it can be moved. */
  paths: z.strictObject({ trajectory: z.string(), frames: z.string(), report: z.string() }),
});

export type RunResultFile = z.infer<typeof runResultFile>;

/**
 * Writes `result.json` from what the trajectory tells, so that the two never differ.
 * @throws StorageError read-failed, unsupported-version, corrupt-trajectory (not even its start can be read), disk-full,
 * write-failed
 */
export async function writeResult(
  folder: RunFolder,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<RunResultFile> {
  const result = toResult(await scanTrajectory(folder.trajectory, options));
  await replaceFile(folder.result, `${JSON.stringify(result, undefined, 2)}\n`);
  return result;
}

/** A run in short. @throws StorageError corrupt-trajectory when not even its start can be read */
function toResult(reading: TrajectoryReading): RunResultFile {
  const { lines } = reading;
  const { task, model, gate, display, runId } = startOf(reading);
  const [startedAt, finishedAt] = [lines[0]?.at ?? '', lines.at(-1)?.at ?? ''];
  const events = lines.map(({ event }) => event);
  const image = events.find((event) => event.type === 'sandbox-ready')?.image;
  return {
    version: RESULT_VERSION,
    runId,
    task,
    ...toEnding(reading),
    startedAt,
    finishedAt,
    checks: events.flatMap((event) => (event.type === 'check' ? [toCheck(event)] : [])),
    model,
    gate,
    display,
    ...(image === undefined ? {} : { image }),
    paths: { trajectory: 'trajectory.jsonl', frames: 'frames', report: 'report.html' },
  };
}

function toCheck({ type: _type, ...check }: EventOf<'check'>): RunResultFile['checks'][number] {
  return check;
}

/** How a run ended: as it was recorded, or told from its events where the recording has no end. */
export function toEnding({ lines, end }: TrajectoryReading): Omit<RunEnding, 'type'> {
  if (end !== undefined) {
    const { type: _type, ...ending } = end;
    return ending;
  }
  const events = lines.map(({ event }) => event);
  const responses = events.filter((event) => event.type === 'response');
  const sum = (part: keyof Usage): number => responses.reduce((total, { usage }) => total + usage[part], 0);
  return {
    outcome: 'interrupted',
    verification: 'unverified',
    reason: 'The recording has no end: the run was killed, or is still going on.',
    times: { total: lines.at(-1)?.t ?? 0 },
    usage: {
      inputTokens: sum('inputTokens'),
      cachedInputTokens: sum('cachedInputTokens'),
      outputTokens: sum('outputTokens'),
      reasoningTokens: sum('reasoningTokens'),
    },
    ...toCost(responses.map(({ costUsd }) => costUsd)),
    turns: responses.length,
    steps: events.filter(({ type }) => type === 'step').length,
  };
}

/** The cost of a run is known where that of each turn is. */
function toCost(costs: readonly (Cost | undefined)[]): { readonly costUsd?: Cost } {
  const known = costs.filter((cost) => cost !== undefined);
  if (known.length < costs.length) return {};
  const sum = (part: keyof Cost): number =>
    Math.round(known.reduce((total, cost) => total + cost[part], 0) * 1e9) / 1e9;
  const [total, input] = [sum('total'), sum('input')];
  return { costUsd: { total, input, cachedInput: sum('cachedInput'), output: sum('output') } };
}

type RunEnding = Omit<EventOf<'run-finished'>, 'outcome'> & { readonly outcome: RunResultFile['outcome'] };

/** Reads what `writeResult` wrote. @throws StorageError read-failed, unsupported-version */
export async function readResult(folder: RunFolder): Promise<RunResultFile> {
  const deed = `read ${folder.result}`;
  const json = await readFile(folder.result, 'utf8')
    .then((text): unknown => JSON.parse(text))
    .catch((error: unknown) => {
      throw toStorageError(error, deed, { code: 'read-failed' });
    });
  const parsed = runResultFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const version = typeof json === 'object' && json !== null ? Reflect.get(json, 'version') : undefined;
  if (typeof version === 'number' && version > RESULT_VERSION) {
    throw new StorageError(
      'unsupported-version',
      `${folder.result} has format ${version}; this deskhand reads formats up to ${RESULT_VERSION}.`,
      { details: { version }, hint: 'Read it with a newer deskhand.' },
    );
  }
  const issue = parsed.error.issues[0];
  throw new StorageError('read-failed', `Cannot ${deed}: ${issue?.path.join('.')}: ${issue?.message}.`);
}
