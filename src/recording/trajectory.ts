import { z } from 'zod';

/** Raised when a reader of the version before could not read the file; upgrade.ts reads the older ones. */
export const TRAJECTORY_VERSION = 2;

const ms = z.number().describe('ms');
const tokens = z.number().describe('tokens');
const turn = z.number().describe('number of the turn, from 1');
const frame = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('SHA-256 of a PNG file in `frames/`');
const attachment = z.string().regex(/^[0-9a-f]{64}$/);
const size = z.strictObject({ width: z.number(), height: z.number() }).describe('px');
const point = z.strictObject({ x: z.number(), y: z.number() }).describe('px from the top left corner');
const task = z.strictObject({
  id: z.string().optional(),
  title: z.string().describe('one line for people').optional(),
  instruction: z.string(),
});
const safetyCheck = z.strictObject({
  id: z.string(),
  code: z.string().nullable(),
  message: z.string().nullable(),
});
const usage = z
  .strictObject({
    inputTokens: tokens,
    cachedInputTokens: tokens.describe('tokens, part of the input'),
    outputTokens: tokens,
    reasoningTokens: tokens.describe('tokens, part of the output'),
  })
  .describe('tokens used');
const usd = z.number().describe('US dollars');
const costUsd = z
  .strictObject({
    total: usd,
    input: usd.describe('US dollars, for input that did not come from the cache'),
    cachedInput: usd,
    output: usd.describe('US dollars, reasoning among it'),
  })
  .describe('what the tokens cost by the price table; absent when that is not known');
const errorRecord = z.strictObject({
  code: z.string(),
  message: z.string(),
  hint: z.string().describe('what puts it right').optional(),
});

export const OUTCOMES = ['completed', 'refused', 'stopped', 'limit-reached', 'failed'] as const;
export const VERIFICATIONS = ['passed', 'failed', 'unverified'] as const;
export const CHECK_RESULTS = ['passed', 'failed', 'error'] as const;

const runStarted = z
  .strictObject({
    type: z.literal('run-started'),
    version: z.literal(TRAJECTORY_VERSION).describe('version of this format'),
    runId: z.string(),
    task,
    model: z.strictObject({ provider: z.string(), name: z.string(), tool: z.string() }),
    gate: z.string().describe('name of the safety gate'),
    display: size.describe('declared size of every frame, px'),
    limits: z.strictObject({
      turns: z.number(),
      wallTimeMs: ms,
      tokens: tokens.optional(),
      budgetUsd: usd.optional(),
      repeats: z.number().describe('turns in a row that do the same and leave the same screen').optional(),
    }),
    settings: z.record(z.string(), z.string()).describe('the configuration in force, by setting'),
    seeds: z.record(z.string(), z.number()).describe('what randomness started from, by what uses it'),
    functions: z.array(z.string()).describe('what the model may call beside the computer tool').optional(),
    versions: z.record(z.string(), z.string()).describe('of deskhand and what it runs on, by name'),
  })
  .describe('The first event: what is run, with what. Never a secret.');

const command = z.strictObject({
  argv: z.array(z.string()),
  shown: z.string().describe('as the author of the task wrote it'),
});

const prepared = z
  .strictObject({
    type: z.literal('prepared'),
    files: z.array(
      z.strictObject({
        path: z.string(),
        mode: z.number().describe('permission bits').optional(),
        content: attachment.describe('SHA-256 of a file in `files/`'),
      }),
    ),
    commands: z.array(command.extend({ timeoutMs: ms.optional() })),
    open: z.array(command).describe('applications that were started'),
  })
  .describe('The task’s setup was made on the desktop, in the order of the fields. Absent: it has none.');

const sandboxReady = z
  .strictObject({
    type: z.literal('sandbox-ready'),
    sandboxId: z.string(),
    image: z.strictObject({ reference: z.string(), id: z.string().describe('digest') }),
    network: z.string().describe('what of the network the sandbox can reach'),
    clock: z.string().describe('`real`, or what the desktop’s clock said when it started'),
    phases: z
      .record(z.string(), z.number())
      .describe('ms from the create request to each phase of the start'),
    frame,
  })
  .describe('The desktop is drawn.');

const requestSent = z
  .strictObject({
    type: z.literal('request'),
    turn,
    results: z
      .array(
        z.strictObject({
          callId: z.string(),
          outcome: z.enum(['executed', 'refused']),
          acknowledgedSafetyChecks: z.array(safetyCheck),
          output: z.string().describe('of a function call: what the model is told').optional(),
        }),
      )
      .describe('what became of each call of the turn before, in order'),
    notes: z.array(z.string()).describe('said to the model as a user message'),
    frame: frame.describe('the screen that the model is shown'),
  })
  .describe('A turn begins: the model is asked.');

const responseReceived = z
  .strictObject({
    type: z.literal('response'),
    turn,
    responseId: z.string(),
    status: z.enum(['completed', 'incomplete']),
    incompleteReason: z.string().optional(),
    items: z
      .array(z.looseObject({ type: z.string() }))
      .describe(
        'as the model client gives them: `message` and `refusal` (`text`), `reasoning` (`summary`), ' +
          '`computer_call` (`callId`, `status`, `actions`, `pendingSafetyChecks`), ' +
          '`function_call` (`callId`, `status`, `name`, `arguments`), `unknown`',
      ),
    usage,
    costUsd: costUsd.optional(),
    durationMs: ms,
  })
  .describe('The model has answered.');

const decisionTaken = z
  .strictObject({
    type: z.literal('decision'),
    turn,
    callId: z.string(),
    index: z.number().describe('place in its call of the action that was decided about, from 0').optional(),
    decision: z.enum(['approve', 'deny', 'terminate', 'pause']),
    by: z.string().describe('the gate or the person who decided'),
    rule: z.string().describe('the rule of the policy that it was decided by').optional(),
    reason: z.string().optional(),
    foreground: z
      .strictObject({
        application: z
          .strictObject({ class: z.array(z.string()).readonly(), title: z.string() })
          .describe('the window in front: its WM_CLASS and its title')
          .optional(),
        url: z.string().describe('the page of the browser').optional(),
      })
      .describe('what was in front, where the gate asked for it')
      .optional(),
    heldMs: z.number().describe('ms that a person held the desktop').optional(),
    pendingSafetyChecks: z.array(safetyCheck),
    durationMs: ms,
  })
  .describe(
    'The gate has decided about one computer call before its first action, about a later action of it that a rule ' +
      'singles out, or about one function call. After `pause` it is asked again.',
  );

const stepTaken = z
  .strictObject({
    type: z.literal('step'),
    turn,
    step: z.number().describe('number of the step in the run, from 1'),
    callId: z.string(),
    index: z.number().describe('place of the action in its call, from 0'),
    action: z
      .looseObject({ type: z.string() })
      .describe('the action in its wire form; of a function `function_call` with `name` and `arguments`'),
    description: z.string().describe('the action in words'),
    actMs: ms,
    before: frame
      .describe('the screen that the action was done on, where it is another than the frame recorded before')
      .optional(),
    output: z.string().describe('of a function: what the model is told').optional(),
    settle: z
      .strictObject({
        waitedMs: ms,
        reason: z.string().describe('why the wait ended'),
        updates: z.number().describe('framebuffer updates that came while waiting'),
      })
      .optional(),
    pointer: point.describe('the pointer afterwards, px'),
    error: errorRecord.optional(),
    frame: frame.describe('the screen afterwards; absent when it could not be had').optional(),
  })
  .describe('One action was done, or one function called, and the screen has settled.');

const runResumed = z
  .strictObject({
    type: z.literal('run-resumed'),
    sandboxId: z.string(),
    turns: z.number().describe('turns before'),
    steps: z.number().describe('steps before'),
    inFlight: z
      .string()
      .describe('the action, in words, of which it is not known whether it happened')
      .optional(),
  })
  .describe('The run was killed, and another process goes on with it on the same desktop.');

const warning = z
  .strictObject({ type: z.literal('warning'), code: z.string(), message: z.string() })
  .describe('Something is not as it should be, and the run goes on.');

const checkDone = z
  .strictObject({
    type: z.literal('check'),
    name: z.string(),
    result: z.enum(CHECK_RESULTS),
    detail: z.string().describe('what was found'),
    score: z.number().describe('0 to 1: what part of it holds').optional(),
    weight: z.number().describe('how much it counts in the score of the task').optional(),
    durationMs: ms,
  })
  .describe('One of the task’s checks was made, after the model had said that it was done.');

const runFinished = z
  .strictObject({
    type: z.literal('run-finished'),
    outcome: z.enum(OUTCOMES),
    reason: z.string().describe('one sentence: why it ended'),
    error: errorRecord.optional(),
    finalMessage: z.string().describe('the last words of the model').optional(),
    verification: z
      .enum(VERIFICATIONS)
      .describe('`unverified`: the task has no checks, or they could not be made'),
    turns: z.number(),
    steps: z.number(),
    usage,
    costUsd: costUsd.optional(),
    times: z
      .record(z.string(), z.number())
      .describe('ms by phase: provisioning, model, gate, act, settle, checks, disposing, total'),
  })
  .describe('The last event of a run that ended in an orderly way. A run that was killed has none.');

const event = z.discriminatedUnion('type', [
  runStarted,
  prepared,
  sandboxReady,
  requestSent,
  responseReceived,
  decisionTaken,
  stepTaken,
  runResumed,
  warning,
  checkDone,
  runFinished,
]);

/** What the loop tells a recorder. */
export type TrajectoryEvent = z.infer<typeof event>;
export type EventOf<T extends TrajectoryEvent['type']> = Extract<TrajectoryEvent, { type: T }>;
export type RunOutcome = (typeof OUTCOMES)[number];
export type Usage = z.infer<typeof usage>;
export type Cost = z.infer<typeof costUsd>;
export type SafetyCheckRecord = z.infer<typeof safetyCheck>;

/** One line of trajectory.jsonl: an event with its place and time. On disk a checksum follows (line-codec.ts). */
export const trajectoryLine = z.strictObject({
  seq: z.number().int().nonnegative().describe('number of the line, from 0'),
  at: z.iso.datetime().describe('wall clock, ISO 8601, UTC, with ms'),
  t: z.number().describe('ms since the recording began, monotonic'),
  event,
});

export type TrajectoryLine = z.infer<typeof trajectoryLine>;

/** The parts that result.json shares with the trajectory. */
export const shared = { errorRecord, size, task, usage, costUsd, safetyCheck };
