import { createActor, fromPromise, SimulatedClock } from 'xstate';
import { expect, it } from 'vitest';
import {
  type ActSummary,
  agentMachine,
  type DecisionSummary,
  type Position,
  type TurnSummary,
} from '../../../src/agent/agent-machine.ts';
import { NO_USAGE } from '../../../src/model/usage.ts';

const HOUR_MS = 3_600_000;

/** The loop at the moment when it acts, and keeps on acting. */
async function acting(call: TurnSummary['calls'][number]) {
  const clock = new SimulatedClock();
  const turn: TurnSummary = {
    calls: [call],
    ending: { outcome: 'failed', reason: 'No end.' },
    usage: NO_USAGE,
  };
  const machine = agentMachine.provide({
    actors: {
      wallTime: fromPromise(() => new Promise<void>(() => {})),
      look: fromPromise(() => Promise.resolve()),
      request: fromPromise(() => Promise.resolve(turn)),
      decide: fromPromise<DecisionSummary, Position>(() =>
        Promise.resolve({ decision: 'approve', reason: '' }),
      ),
      act: fromPromise<ActSummary, Position>(() => new Promise(() => {})),
    },
  });
  const input = {
    limits: { turns: 5, wallTimeMs: 10 * HOUR_MS },
    timeouts: { requestMs: 1000, decideMs: 1000, actMs: 1000 },
  };
  const actor = createActor(machine, { input, clock }).start();
  await expect.poll(() => actor.getSnapshot().value).toEqual({ working: 'acting' });
  return { clock, value: () => actor.getSnapshot().value };
}

it('takes an action that does not end for a desktop that does not answer', async () => {
  const { clock, value } = await acting({ callId: 'a', actionCount: 1 });
  clock.increment(999);
  expect(value()).toEqual({ working: 'acting' });
  clock.increment(1);
  expect(value()).toBe('failed');
});

it('gives a function the time that is its own', async () => {
  const { clock, value } = await acting({ callId: 'a', actionCount: 1, actMs: HOUR_MS });
  clock.increment(HOUR_MS);
  expect(value()).toEqual({ working: 'acting' });
  clock.increment(5000);
  expect(value()).toBe('failed');
});
