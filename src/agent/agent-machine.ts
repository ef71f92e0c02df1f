import { assign, fromPromise, setup } from 'xstate';
import { type DeskhandError, DisplayError, ModelError, toDeskhandError } from '../errors.ts';
import type { Usage } from '../model/model-client.ts';
import { addCost, type Cost, NO_COST } from '../model/prices/cost.ts';
import { addUsage, NO_USAGE } from '../model/usage.ts';
import { type Limits, reachedLimit, type Used } from './limits.ts';

export type AgentOutcome = 'completed' | 'refused' | 'stopped' | 'limit-reached' | 'failed';

/** How and why the loop ended. */
export interface Ending {
  readonly outcome: AgentOutcome;
  /** One sentence. */
  readonly reason: string;
  readonly error?: DeskhandError;
  readonly finalMessage?: string;
}

/** What one model response amounts to for the loop. */
export interface TurnSummary {
  /** Computer and function calls in the order of the response; a function counts as one action. */
  readonly calls: readonly {
    readonly callId: string;
    readonly actionCount: number;
    /** ms that an action of it may take, where that is not `timeouts.actMs`. */
    readonly actMs?: number;
  }[];
  /** What it means when the response has no calls. */
  readonly ending: Ending;
  readonly usage: Usage;
  /** Absent when it is not known. */
  readonly costUsd?: Cost;
}

export interface DecisionSummary {
  readonly decision: 'approve' | 'deny' | 'terminate' | 'pause';
  readonly reason: string;
}

/** Where the loop stands in the calls of the current turn. */
export interface Position {
  readonly turn: number;
  readonly callIndex: number;
  readonly actionIndex: number;
  readonly step: number;
}

/** `abandon`: the action failed and the rest of the turn must not run. */
export interface ActSummary {
  readonly next: 'continue' | 'abandon';
}

/** `repeats`: turns in a row that did the same and left the same screen. */
export interface ObserveSummary {
  readonly repeats: number;
}

export interface AgentOutput extends Ending {
  readonly turns: number;
  readonly steps: number;
  readonly usage: Usage;
  /** Absent when the cost of a turn is not known. */
  readonly costUsd?: Cost;
}

export interface AgentInput {
  readonly limits: Limits;
  /** ms that one invocation of each actor may take. */
  readonly timeouts: { readonly requestMs: number; readonly decideMs: number; readonly actMs: number };
  /** What was used before the run was resumed. */
  readonly earlier?: Earlier | undefined;
}

export interface Earlier {
  readonly turns: number;
  readonly steps: number;
  readonly usage: Usage;
  readonly costUsd?: Cost;
}

export interface AgentContext extends AgentInput, Position {
  readonly calls: TurnSummary['calls'];
  /** Whether the gate approved the action at `actionIndex`: nothing acts without it, and each action needs its own. */
  readonly isApproved: boolean;
  readonly isPauseRequested: boolean;
  readonly repeats: number;
  readonly usage: Usage;
  readonly costUsd: Cost | undefined;
  readonly ending: Ending;
}

export type AgentEvent =
  | { readonly type: 'PAUSE' }
  | { readonly type: 'RESUME' }
  | { readonly type: 'STOP'; readonly reason: string };

const UNDECIDED: Ending = { outcome: 'failed', reason: 'The run did not end in an orderly way.' };

function unprovided(): never {
  throw new Error('agentMachine needs actors: see provideActors in session.ts');
}

const positionOf = ({ context: c }: { context: AgentContext }): Position => ({
  turn: c.turn,
  callIndex: c.callIndex,
  actionIndex: c.actionIndex,
  step: c.step,
});

const usedBy = ({ turn: turns, usage, costUsd, repeats }: AgentContext): Used => ({
  turns,
  usage,
  costUsd,
  repeats,
});

function failed(thrown: unknown): { ending: Ending } {
  const error = toDeskhandError(thrown);
  return { ending: { outcome: 'failed', reason: error.message, error } };
}

function repeatsOf(output: unknown): number {
  const isSummary = typeof output === 'object' && output !== null && 'repeats' in output;
  return isSummary && typeof output.repeats === 'number' ? output.repeats : 0;
}

const FAIL = { target: '#agent.failed', actions: 'failWithError' } as const;
const STALLED = { target: '#agent.failed', actions: 'failAsStalled' } as const;

/**
 * The loop request -> gate -> act -> observe, without any I/O. Every path goes through `next`, which alone
 * decides what comes: so there is one place where a pause, a limit and the end of a batch are seen, and an
 * action runs only from there, behind `isApproved`, which every action needs anew.
 */
export const agentMachine = setup({
  types: {
    context: {} as AgentContext,
    input: {} as AgentInput,
    events: {} as AgentEvent,
    output: {} as AgentOutput,
  },
  actors: {
    /** Resolves when the agent has worked for so long, ms; the time in which a person is waited for left out. */
    wallTime: fromPromise<void, { readonly limitMs: number }>(unprovided),
    /** Stops that time for as long as it is invoked; never resolves. */
    hold: fromPromise<never>(unprovided),
    look: fromPromise<void>(unprovided),
    request: fromPromise<TurnSummary, Pick<Position, 'turn'>>(unprovided),
    decide: fromPromise<DecisionSummary, Position>(unprovided),
    act: fromPromise<ActSummary, Position>(unprovided),
    observe: fromPromise<ObserveSummary, Position>(unprovided),
  },
  guards: {
    isPauseRequested: ({ context }) => context.isPauseRequested,
    isApproved: ({ context }) => context.isApproved,
    hasCall: ({ context: c }) => c.callIndex < c.calls.length,
    hasReachedLimit: ({ context: c }) => reachedLimit(c.limits, usedBy(c)) !== undefined,
    hasCompleted: ({ context }) => context.ending.outcome === 'completed',
    hasRefused: ({ context }) => context.ending.outcome === 'refused',
  },
  actions: {
    failWithError: assign(({ event }) => failed('error' in event ? event.error : undefined)),
    failAsStalled: assign(({ context: { timeouts } }) =>
      failed(new DisplayError('display-stalled', `The desktop did not answer within ${timeouts.actMs} ms.`)),
    ),
    approve: assign({ isApproved: true }),
    noteRepeats: assign(({ event }) => ({ repeats: 'output' in event ? repeatsOf(event.output) : 0 })),
    advance: assign(({ context: c }) =>
      c.actionIndex + 1 < (c.calls[c.callIndex]?.actionCount ?? 0)
        ? { actionIndex: c.actionIndex + 1, isApproved: false }
        : { callIndex: c.callIndex + 1, actionIndex: 0, isApproved: false },
    ),
    cutOffCalls: assign(({ context: c }) => ({
      callIndex: c.calls.length,
      actionIndex: 0,
      isApproved: false,
    })),
    cutOffAfterAction: assign(({ context: c }) => ({
      calls: c.calls
        .slice(0, c.callIndex + 1)
        .map((call, index) => (index === c.callIndex ? { ...call, actionCount: c.actionIndex + 1 } : call)),
    })),
  },
  delays: {
    request: ({ context }) => context.timeouts.requestMs,
    // The session denies by itself when the gate is silent; this is the net below it.
    decide: ({ context }) => context.timeouts.decideMs + 5000,
    act: ({ context }) => context.timeouts.actMs,
    call: ({ context: c }) => {
      const ownMs = c.calls[c.callIndex]?.actMs;
      // The session ends a function by itself when its time is over; this is the net below it.
      return ownMs === undefined ? c.timeouts.actMs : ownMs + 5000;
    },
  },
}).createMachine({
  id: 'agent',
  initial: 'working',
  context: ({ input }) => ({
    ...input,
    turn: input.earlier?.turns ?? 0,
    step: input.earlier?.steps ?? 0,
    callIndex: 0,
    actionIndex: 0,
    calls: [],
    isApproved: false,
    isPauseRequested: false,
    repeats: 0,
    usage: input.earlier?.usage ?? NO_USAGE,
    costUsd: input.earlier ? input.earlier.costUsd : NO_COST,
    ending: UNDECIDED,
  }),
  output: ({ context: c }) => ({
    ...c.ending,
    turns: c.turn,
    steps: c.step,
    usage: c.usage,
    ...(c.costUsd === undefined ? {} : { costUsd: c.costUsd }),
  }),
  states: {
    working: {
      initial: 'looking',
      on: {
        PAUSE: { actions: assign({ isPauseRequested: true }) },
        RESUME: { actions: assign({ isPauseRequested: false }) },
        LOST: FAIL,
        STOP: {
          target: 'stopped',
          actions: assign({ ending: ({ event }) => ({ outcome: 'stopped', reason: event.reason }) }),
        },
      },
      invoke: {
        id: 'wallTime',
        src: 'wallTime',
        input: ({ context }) => ({ limitMs: context.limits.wallTimeMs }),
        onDone: {
          target: 'limit-reached',
          actions: assign(({ context: c }) => ({
            ending: {
              outcome: 'limit-reached' as const,
              reason: `The limit of ${c.limits.wallTimeMs / 1000} s is reached.`,
            },
          })),
        },
        onError: FAIL,
      },
      states: {
        looking: {
          invoke: { id: 'look', src: 'look', onDone: 'next', onError: FAIL },
          after: { act: STALLED },
        },
        next: {
          always: [
            { guard: 'isPauseRequested', target: 'paused' },
            { guard: 'isApproved', target: 'acting' },
            { guard: 'hasCall', target: 'gating' },
            {
              guard: 'hasReachedLimit',
              target: '#agent.limit-reached',
              actions: assign(({ context: c }) => ({
                ending: {
                  outcome: 'limit-reached' as const,
                  reason: reachedLimit(c.limits, usedBy(c)) ?? '',
                },
              })),
            },
            { target: 'requesting' },
          ],
        },
        paused: {
          invoke: { id: 'hold', src: 'hold', onError: FAIL },
          on: { RESUME: { target: 'next', actions: assign({ isPauseRequested: false }) } },
        },
        requesting: {
          entry: assign(({ context: c }) => ({
            turn: c.turn + 1,
            callIndex: 0,
            actionIndex: 0,
            calls: [],
            repeats: 0,
          })),
          invoke: {
            id: 'request',
            src: 'request',
            input: ({ context }) => ({ turn: context.turn }),
            onDone: {
              target: 'judging',
              actions: assign(({ context: c, event }) => ({
                calls: event.output.calls,
                usage: addUsage(c.usage, event.output.usage),
                costUsd: addCost(c.costUsd, event.output.costUsd),
                ending: event.output.ending,
              })),
            },
            onError: FAIL,
          },
          after: {
            request: {
              target: '#agent.failed',
              actions: assign(({ context: c }) =>
                failed(
                  new ModelError(
                    'model-timeout',
                    `The model did not answer within ${c.timeouts.requestMs} ms.`,
                  ),
                ),
              ),
            },
          },
        },
        judging: {
          always: [
            { guard: 'hasCall', target: 'next', actions: assign({ ending: UNDECIDED }) },
            { guard: 'hasCompleted', target: '#agent.completed' },
            { guard: 'hasRefused', target: '#agent.refused' },
            { target: '#agent.failed' },
          ],
        },
        gating: {
          invoke: {
            id: 'decide',
            src: 'decide',
            input: positionOf,
            onDone: [
              {
                guard: ({ event }) => event.output.decision === 'terminate',
                target: '#agent.refused',
                actions: assign({
                  ending: ({ event }) => ({ outcome: 'refused', reason: event.output.reason }),
                }),
              },
              {
                guard: ({ event }) => event.output.decision === 'approve',
                target: 'next',
                actions: 'approve',
              },
              { guard: ({ event }) => event.output.decision === 'pause', target: 'paused' },
              { target: 'next', actions: 'cutOffCalls' },
            ],
            onError: { target: 'next', actions: 'cutOffCalls' },
          },
          after: { decide: { target: 'next', actions: 'cutOffCalls' } },
        },
        acting: {
          entry: assign({ step: ({ context }) => context.step + 1 }),
          invoke: {
            id: 'act',
            src: 'act',
            input: positionOf,
            onDone: [
              { guard: ({ event }) => event.output.next === 'continue', target: 'observing' },
              { target: 'observing', actions: 'cutOffAfterAction' },
            ],
            onError: FAIL,
          },
          after: { call: STALLED },
        },
        observing: {
          invoke: {
            id: 'observe',
            src: 'observe',
            input: positionOf,
            onDone: { target: 'next', actions: ['noteRepeats', 'advance'] },
            onError: FAIL,
          },
          after: { act: STALLED },
        },
      },
    },
    completed: { type: 'final' },
    refused: { type: 'final' },
    stopped: { type: 'final' },
    'limit-reached': { type: 'final' },
    failed: { type: 'final' },
  },
});
