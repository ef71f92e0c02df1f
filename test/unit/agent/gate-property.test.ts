import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startRun } from '../../../src/agent/run.ts';
import type { TrajectoryEvent } from '../../../src/recording/trajectory.ts';
import type { Gate, GateDecision } from '../../../src/safety/gate.ts';
import { FakeDisplay } from '../../../src/testing/fake-display.ts';
import { FakeDriver } from '../../../src/testing/fake-driver.ts';
import { MemoryRecorder } from '../../../src/testing/memory-recorder.ts';
import { callItem, messageItem, ScriptedModel, turnOf } from '../../../src/testing/scripted-model.ts';
import { systemClock } from '../../../src/util/clock.ts';

const ANSWERS = ['approve', 'deny', 'terminate', 'throw', 'garbage', 'pause'] as const;
type Answer = (typeof ANSWERS)[number];

/** What the gate says about each action of a call; most say yes, or no batch would get anywhere. */
const answer = fc.oneof(
  { arbitrary: fc.constant<Answer>('approve'), weight: 4 },
  { arbitrary: fc.constantFrom(...ANSWERS), weight: 1 },
);
interface Call {
  readonly answers: readonly Answer[];
  readonly checks: number;
  readonly isCompleted: boolean;
}
const call: fc.Arbitrary<Call> = fc.record({
  answers: fc.array(answer, { minLength: 1, maxLength: 4 }),
  checks: fc.integer({ min: 0, max: 2 }),
  isCompleted: fc.boolean(),
});

const SPEC = { network: 'none', memoryBytes: 1, cpus: 1, pidsLimit: 1, expiresInMs: 1 } as const;

/** Each action types the name of its place, `turn.call.index`, so that the display's log says what ran. */
function play(turns: readonly (readonly Call[])[]) {
  const answers = new Map<string, Answer>();
  const checksOf = (id: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `sc.${id}.${index}`, code: null, message: null }));
  const script = turns.map((calls, turn) =>
    turnOf(
      ...calls.map((one, index) => {
        const id = `${turn}.${index}`;
        for (const [place, said] of one.answers.entries()) answers.set(`${id}.${place}`, said);
        const actions = one.answers.map((_, place) => ({ type: 'type', text: `${id}.${place}` }));
        return callItem(id, actions, {
          status: one.isCompleted ? 'completed' : 'incomplete',
          pendingSafetyChecks: checksOf(id, one.checks),
        });
      }),
    ),
  );
  const approved = new Set<string>();
  const asked: { readonly place: string; readonly checks: readonly string[] }[] = [];
  const gate: Gate = {
    name: 'random',
    decide: async ({ callId, next, pendingSafetyChecks }): Promise<GateDecision> => {
      const place = `${callId}.${next}`;
      asked.push({ place, checks: pendingSafetyChecks.map(({ id }) => id) });
      const said = answers.get(place);
      // Whoever paused is back at once, and then says yes.
      if (said === 'pause') answers.set(place, 'approve');
      if (said === 'approve') approved.add(place);
      if (said === 'approve') return { decision: 'approve', by: 'x' };
      if (said === 'throw') throw new Error('broken');
      if (said === 'garbage') return JSON.parse('{ "decision": "yes" }');
      return { decision: said ?? 'deny', by: 'x', reason: 'no' };
    },
  };
  return { script, gate, approved, asked, checksOf };
}

/** Resumes a run as soon as it has paused. */
class ResumingRecorder extends MemoryRecorder {
  readonly #resume: () => void;

  constructor(resume: () => void) {
    super();
    this.#resume = resume;
  }

  override record(event: TrajectoryEvent): void {
    super.record(event);
    if (event.type === 'decision' && event.decision === 'pause') setImmediate(this.#resume);
  }
}

async function runAll(script: ReturnType<typeof play>['script'], gate: Gate) {
  const display = new FakeDisplay();
  const model = new ScriptedModel([...script, turnOf(messageItem('Done.'))]);
  const recorder = new ResumingRecorder(() => run.resume());
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
      sandbox: { display: display.size, ...SPEC },
      limits: { turns: 20, wallTimeMs: 60_000 },
    },
  );
  const { outcome } = await run.result;
  const ran = display.calls.flatMap((made) => (made.type === 'type' ? [made.text] : []));
  return { outcome, ran, model };
}

it('never acts on what the gate did not approve, whatever the model and the gate do', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(call, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
      async (turns) => {
        const { script, gate, approved, asked, checksOf } = play(turns);
        const { outcome, ran, model } = await runAll(script, gate);
        expect(['completed', 'refused']).toContain(outcome);
        expect(ran.filter((place) => !approved.has(place))).toEqual([]);
        // The pending checks of a call are before the gate when its first action is decided, and only then.
        for (const { place, checks } of asked) {
          const [turn = 0, index = 0, action] = place.split('.').map(Number);
          const pending = action === 0 ? (turns[turn]?.[index]?.checks ?? 0) : 0;
          expect(checks).toEqual(checksOf(`${turn}.${index}`, pending).map(({ id }) => id));
        }
        // What runs of a turn is its beginning: nothing comes after the first thing that was not approved.
        for (const [turn, calls] of turns.entries()) {
          const wanted = calls.flatMap(({ answers, isCompleted }, index) =>
            answers.map((_, place) => ({ place: `${turn}.${index}.${place}`, isCompleted })),
          );
          const stop = wanted.findIndex(({ place, isCompleted }) => !isCompleted || !approved.has(place));
          const before = stop < 0 ? wanted : wanted.slice(0, stop);
          const own = ran.filter((place) => place.startsWith(`${turn}.`));
          expect(before.map(({ place }) => place).slice(0, own.length)).toEqual(own);
        }
        // A call's checks are acknowledged exactly when something of it ran.
        for (const { input, turn } of model.requests) {
          for (const result of input.results) {
            if (result.type !== 'computer') continue;
            const hasRun = ran.some((place) => place.startsWith(`${result.callId}.`));
            const [, index = 0] = result.callId.split('.').map(Number);
            const checks = checksOf(result.callId, turns[turn - 2]?.[index]?.checks ?? 0);
            expect(result.acknowledgedSafetyChecks).toEqual(hasRun ? checks : []);
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});
