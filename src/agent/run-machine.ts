import { assign, fromPromise, sendTo, setup } from 'xstate';
import { InternalError, SandboxError, toDeskhandError } from '../errors.ts';
import { NO_COST } from '../model/prices/cost.ts';
import { type AgentInput, agentMachine, type AgentOutput } from './agent-machine.ts';
import { NO_USAGE } from '../model/usage.ts';

export type Verification = 'passed' | 'failed' | 'unverified';

export interface RunOutput extends AgentOutput {
  readonly verification: Verification;
}

export interface RunInput extends AgentInput {
  /** ms for each part around the loop. */
  readonly lifecycle: { readonly provisionMs: number; readonly verifyMs: number; readonly disposeMs: number };
}

interface RunContext extends RunInput {
  readonly output: RunOutput;
}

export type RunEvent =
  | { readonly type: 'PAUSE' }
  | { readonly type: 'RESUME' }
  | { readonly type: 'STOP'; readonly reason: string };

const UNFINISHED: RunOutput = {
  outcome: 'failed',
  reason: 'The run did not end in an orderly way.',
  verification: 'unverified',
  turns: 0,
  steps: 0,
  usage: NO_USAGE,
  costUsd: NO_COST,
};

function unprovided(): never {
  throw new Error('runMachine needs actors: see run.ts');
}

function failed(output: RunOutput, thrown: unknown): { output: RunOutput } {
  const error = toDeskhandError(thrown);
  return { output: { ...output, outcome: 'failed', reason: error.message, error } };
}

const FAIL = { target: 'disposing', actions: 'failWithError' } as const;

/** A run: a desktop is made ready, the agent works on it, its work is checked, and the desktop is always disposed of. */
export const runMachine = setup({
  types: {
    context: {} as RunContext,
    input: {} as RunInput,
    events: {} as RunEvent,
    output: {} as RunOutput,
    children: {} as { agent: 'agent'; watch: 'watch' },
  },
  actors: {
    provision: fromPromise<void>(unprovided),
    agent: agentMachine,
    /** Rejects when the desktop is lost; never resolves. */
    watch: fromPromise<never>(unprovided),
    verify: fromPromise<Verification>(unprovided),
    dispose: fromPromise<void>(unprovided),
  },
  actions: {
    failWithError: assign(({ context, event }) =>
      failed(context.output, 'error' in event ? event.error : undefined),
    ),
    stop: assign(({ context, event }) =>
      event.type === 'STOP'
        ? { output: { ...context.output, outcome: 'stopped' as const, reason: event.reason } }
        : {},
    ),
    tellAgent: sendTo('agent', ({ event }) => event),
  },
  guards: {
    hasCompleted: ({ context }) => context.output.outcome === 'completed',
  },
  delays: {
    provision: ({ context }) => context.lifecycle.provisionMs,
    verify: ({ context }) => context.lifecycle.verifyMs,
    dispose: ({ context }) => context.lifecycle.disposeMs,
  },
}).createMachine({
  id: 'run',
  initial: 'provisioning',
  context: ({ input }) => ({ ...input, output: UNFINISHED }),
  output: ({ context }) => context.output,
  states: {
    provisioning: {
      invoke: { id: 'provision', src: 'provision', onDone: 'running', onError: FAIL },
      on: { STOP: { target: 'disposing', actions: 'stop' } },
      after: {
        provision: {
          target: 'disposing',
          actions: assign(({ context: c }) =>
            failed(
              c.output,
              new SandboxError(
                'sandbox-not-ready',
                `The desktop was not ready within ${c.lifecycle.provisionMs} ms.`,
              ),
            ),
          ),
        },
      },
    },
    running: {
      invoke: [
        {
          id: 'agent',
          src: 'agent',
          input: ({ context: { limits, timeouts, earlier } }) => ({ limits, timeouts, earlier }),
          onDone: {
            target: 'judging',
            actions: assign({
              output: ({ event }) => ({ ...event.output, verification: 'unverified' as const }),
            }),
          },
          onError: FAIL,
        },
        {
          id: 'watch',
          src: 'watch',
          onError: { actions: sendTo('agent', ({ event }) => ({ type: 'LOST', error: event.error })) },
        },
      ],
      on: {
        STOP: { actions: 'tellAgent' },
        PAUSE: { actions: 'tellAgent' },
        RESUME: { actions: 'tellAgent' },
      },
    },
    judging: { always: [{ guard: 'hasCompleted', target: 'verifying' }, { target: 'disposing' }] },
    verifying: {
      invoke: {
        id: 'verify',
        src: 'verify',
        onDone: {
          target: 'disposing',
          actions: assign({
            output: ({ context, event }) => ({ ...context.output, verification: event.output }),
          }),
        },
        onError: FAIL,
      },
      on: { STOP: { target: 'disposing', actions: 'stop' } },
      after: {
        verify: {
          target: 'disposing',
          actions: assign(({ context: c }) =>
            failed(
              c.output,
              new SandboxError('exec-failed', `The checks did not end within ${c.lifecycle.verifyMs} ms.`),
            ),
          ),
        },
      },
    },
    disposing: {
      invoke: {
        id: 'dispose',
        src: 'dispose',
        onDone: 'finished',
        onError: { target: 'finished', actions: 'failWithError' },
      },
      after: {
        dispose: {
          target: 'finished',
          actions: assign(({ context: c }) =>
            failed(
              c.output,
              new InternalError(
                'internal',
                `The desktop was not removed within ${c.lifecycle.disposeMs} ms.`,
                {
                  hint: 'Run `deskhand sandbox prune`.',
                },
              ),
            ),
          ),
        },
      },
    },
    finished: { type: 'final' },
  },
});
