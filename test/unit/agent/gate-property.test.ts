import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineFunction } from '../../../src/agent/functions/function-tool.ts';
import { startRun } from '../../../src/agent/run.ts';
import type { Gate, GateDecision } from '../../../src/safety/gate.ts';
import { FakeDisplay } from '../../../src/testing/fake-display.ts';
import { FakeDriver } from '../../../src/testing/fake-driver.ts';
import { MemoryRecorder } from '../../../src/testing/memory-recorder.ts';
import {
  callItem,
  functionCallItem,
  messageItem,
  ScriptedModel,
  turnOf,
} from '../../../src/testing/scripted-model.ts';
import { systemClock } from '../../../src/util/clock.ts';

const CHECK = { id: 'sc', code: null, message: null };

/** A call types its own id once for each action, or notes it as a function: so the log says which calls ran. */
const call = fc.record({
  isFunction: fc.boolean(),
  actions: fc.integer({ min: 0, max: 3 }),
  isChecked: fc.boolean(),
  isCompleted: fc.boolean(),
  answer: fc.constantFrom('approve', 'deny', 'terminate', 'throw'),
});

it('never acts on a call that the gate did not approve, whatever the model and the gate do', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(call, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
      async (turns) => {
        const answers = new Map<string, string>();
        const script = turns.map((calls, turn) =>
          turnOf(
            ...calls.map(({ actions, isChecked, isCompleted, isFunction, answer }, index) => {
              const id = `${turn}.${index}`;
              answers.set(id, isCompleted ? answer : 'deny');
              const status = isCompleted ? 'completed' : 'in_progress';
              if (isFunction) return functionCallItem(id, 'note', { text: id }, { status });
              return callItem(
                id,
                Array.from({ length: actions }, () => ({ type: 'type', text: id })),
                {
                  status,
                  pendingSafetyChecks: isChecked ? [CHECK] : [],
                },
              );
            }),
          ),
        );
        const gate: Gate = {
          name: 'random',
          decide: ({ callId }): Promise<GateDecision> => {
            const answer = answers.get(callId);
            if (answer === 'approve') return Promise.resolve({ decision: 'approve', by: 'x' });
            if (answer === 'throw') return Promise.reject(new Error('broken'));
            return Promise.resolve({
              decision: answer === 'terminate' ? 'terminate' : 'deny',
              by: 'x',
              reason: 'no',
            });
          },
        };
        const ran: string[] = [];
        const display = new FakeDisplay({
          onCall: (made) => {
            if (made.type === 'type') ran.push(made.text);
          },
        });
        const note = defineFunction({
          name: 'note',
          description: '',
          parameters: z.object({ text: z.string() }),
          run: ({ text }) => void ran.push(text),
        });
        const model = new ScriptedModel([...script, turnOf(messageItem('Done.'))]);
        const recorder = new MemoryRecorder();
        const run = startRun(
          {
            driver: new FakeDriver(),
            connect: () => Promise.resolve(display),
            model,
            gate,
            recorder,
            clock: systemClock,
          },
          {
            runId: 'run-1',
            task: { instruction: 'x' },
            environment: 'linux',
            sandbox: {
              display: display.size,
              network: 'none',
              memoryBytes: 1,
              cpus: 1,
              pidsLimit: 1,
              expiresInMs: 1,
            },
            limits: { turns: 20, wallTimeMs: 60_000 },
            functions: [note],
          },
        );
        const { outcome } = await run.result;
        expect(['completed', 'refused']).toContain(outcome);
        expect(ran.filter((id) => answers.get(id) !== 'approve')).toEqual([]);
        // Nothing runs after the first call of a turn that was not approved.
        const beyond = ran.filter((id) => {
          const [turn, index] = id.split('.').map(Number);
          return turns[turn ?? 0]?.slice(0, index).some((_, i) => answers.get(`${turn}.${i}`) !== 'approve');
        });
        expect(beyond).toEqual([]);
        // What ran, ran in the order of the response; and every call of a turn is answered, in its order.
        expect(ran).toEqual(ran.toSorted());
        for (const { input, turn } of model.requests.slice(1)) {
          expect(input.results.map(({ callId }) => callId)).toEqual(
            turns[turn - 2]?.map((_, index) => `${turn - 2}.${index}`),
          );
        }
      },
    ),
    { numRuns: 150 },
  );
});
