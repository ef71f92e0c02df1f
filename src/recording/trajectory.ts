import { z } from 'zod';

/** Raised when a reader of the version before could not read the file. */
export const TRAJECTORY_VERSION = 1;

const frame = z.string().regex(/^[0-9a-f]{64}$/);
const size = z.strictObject({ width: z.number(), height: z.number() });
const point = z.strictObject({ x: z.number(), y: z.number() });
const safetyCheck = z.strictObject({
  id: z.string(),
  code: z.string().nullable(),
  message: z.string().nullable(),
});
const usage = z.strictObject({
  inputTokens: z.number(),
  cachedInputTokens: z.number(),
  outputTokens: z.number(),
  reasoningTokens: z.number(),
});
const errorRecord = z.strictObject({ code: z.string(), message: z.string(), hint: z.string().optional() });

export const OUTCOMES = ['completed', 'refused', 'stopped', 'limit-reached', 'failed'] as const;

/** The first event: what is run, with what. Never a secret. */
const runStarted = z.strictObject({
  type: z.literal('run-started'),
  version: z.literal(TRAJECTORY_VERSION),
  runId: z.string(),
  task: z.strictObject({ id: z.string().optional(), instruction: z.string() }),
  model: z.strictObject({ provider: z.string(), name: z.string(), tool: z.string() }),
  gate: z.string(),
  display: size,
  limits: z.strictObject({ turns: z.number(), wallTimeMs: z.number(), tokens: z.number().optional() }),
  versions: z.record(z.string(), z.string()),
});

const sandboxReady = z.strictObject({
  type: z.literal('sandbox-ready'),
  sandboxId: z.string(),
  image: z.strictObject({ reference: z.string(), id: z.string() }),
  network: z.string(),
  /** ms from the create request to each phase of the start. */
  phases: z.record(z.string(), z.number()),
  frame,
});

const requestSent = z.strictObject({
  type: z.literal('request'),
  turn: z.number(),
  results: z.array(
    z.strictObject({
      callId: z.string(),
      outcome: z.enum(['executed', 'refused']),
      acknowledgedSafetyChecks: z.array(safetyCheck),
    }),
  ),
  notes: z.array(z.string()),
  frame,
});

const responseReceived = z.strictObject({
  type: z.literal('response'),
  turn: z.number(),
  responseId: z.string(),
  status: z.enum(['completed', 'incomplete']),
  incompleteReason: z.string().optional(),
  /** Items as the model client gives them (see model/model-client.ts, TurnItem). */
  items: z.array(z.looseObject({ type: z.string() })),
  usage,
  durationMs: z.number(),
});

const decisionTaken = z.strictObject({
  type: z.literal('decision'),
  turn: z.number(),
  callId: z.string(),
  decision: z.enum(['approve', 'deny', 'terminate']),
  by: z.string(),
  reason: z.string().optional(),
  pendingSafetyChecks: z.array(safetyCheck),
  durationMs: z.number(),
});

/** One step: an action, how it went, and the screen once it had settled. */
const stepTaken = z.strictObject({
  type: z.literal('step'),
  turn: z.number(),
  step: z.number(),
  callId: z.string(),
  /** Place of the action in its call, from 0. */
  index: z.number(),
  /** The action in its wire form. */
  action: z.looseObject({ type: z.string() }),
  /** The action in words. */
  description: z.string(),
  actMs: z.number(),
  settle: z.strictObject({ waitedMs: z.number(), reason: z.string(), updates: z.number() }).optional(),
  pointer: point,
  error: errorRecord.optional(),
  /** The screen afterwards; absent when it could not be had. */
  frame: frame.optional(),
});

const warning = z.strictObject({ type: z.literal('warning'), code: z.string(), message: z.string() });

const checkDone = z.strictObject({
  type: z.literal('check'),
  name: z.string(),
  result: z.enum(['passed', 'failed', 'error']),
  detail: z.string(),
  durationMs: z.number(),
});

/** The last event of a run that ended in an orderly way. */
const runFinished = z.strictObject({
  type: z.literal('run-finished'),
  outcome: z.enum(OUTCOMES),
  /** One sentence: why it ended. */
  reason: z.string(),
  error: errorRecord.optional(),
  finalMessage: z.string().optional(),
  /** `unverified`: the task has no checks, or they could not be run. */
  verification: z.enum(['passed', 'failed', 'unverified']),
  turns: z.number(),
  steps: z.number(),
  usage,
  /** ms by phase: provisioning, model, gate, act, settle, checks, disposing, total. */
  times: z.record(z.string(), z.number()),
});

const event = z.discriminatedUnion('type', [
  runStarted,
  sandboxReady,
  requestSent,
  responseReceived,
  decisionTaken,
  stepTaken,
  warning,
  checkDone,
  runFinished,
]);

/** What the loop tells a recorder. */
export type TrajectoryEvent = z.infer<typeof event>;
export type RunOutcome = (typeof OUTCOMES)[number];

/** One line of trajectory.jsonl: an event with its place and time. */
export const trajectoryLine = z.strictObject({
  seq: z.number().int().nonnegative(),
  /** Wall clock, ISO 8601 with ms. */
  at: z.iso.datetime(),
  /** ms since the run started, monotonic. */
  t: z.number(),
  event,
});

export type TrajectoryLine = z.infer<typeof trajectoryLine>;
