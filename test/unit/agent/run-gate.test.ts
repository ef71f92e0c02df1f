import { describe, expect, it } from 'vitest';
import { startRun } from '../../../src/agent/run.ts';
import { type AuditEvent, hashOf } from '../../../src/safety/audit/audit-entry.ts';
import type { AuditLog } from '../../../src/safety/audit/audit-log.ts';
import type { Gate, GateDecision } from '../../../src/safety/gate.ts';
import { FakeDisplay } from '../../../src/testing/fake-display.ts';
import { FakeDriver } from '../../../src/testing/fake-driver.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { MemoryRecorder } from '../../../src/testing/memory-recorder.ts';
import {
  callItem,
  messageItem,
  ScriptedModel,
  type ScriptedStep,
  turnOf,
} from '../../../src/testing/scripted-model.ts';
import { type Clock, systemClock } from '../../../src/util/clock.ts';

const CHECK = { id: 'sc_1', code: 'malicious_instructions', message: 'The screen says to.' };
const CLICK = { type: 'click', button: 'left', x: 0, y: 5 };
const TYPE = { type: 'type', text: 'hello' };
const DONE = turnOf(messageItem('All done.'));
const SPEC = { network: 'none', memoryBytes: 1e9, cpus: 1, pidsLimit: 256, expiresInMs: 60_000 } as const;

interface Stage {
  readonly gate: Gate;
  readonly clock?: Clock;
  readonly audit?: AuditLog;
}

function start(script: readonly ScriptedStep[], { gate, audit, clock = systemClock }: Stage) {
  const [model, display, recorder] = [new ScriptedModel(script), new FakeDisplay(), new MemoryRecorder()];
  const connect = async () => display;
  const run = startRun(
    { driver: new FakeDriver(), connect, model, gate, recorder, clock, audit },
    {
      runId: 'run-1',
      task: { instruction: 'Say hello.' },
      environment: 'linux',
      sandbox: { display: display.size, ...SPEC },
      limits: { turns: 10, wallTimeMs: 60_000 },
    },
  );
  return { run, model, recorder, inputs: () => display.inputs.map(({ type }) => type) };
}

const gateOf = (decision: GateDecision): Gate => ({ name: 'test', decide: async () => decision });

const auditOf = (append: AuditLog['append']): AuditLog => ({
  head: '',
  append,
  close: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
});

describe('the gate of a run', () => {
  it('asks anew before each action and stops a batch before the first that is not approved', async () => {
    const asked: (readonly [number, number, number])[] = [];
    const gate: Gate = {
      name: 'test',
      decide: async ({ next, pendingSafetyChecks, actions }) => {
        asked.push([next, pendingSafetyChecks.length, actions.length]);
        return next < 2
          ? { decision: 'approve', by: 'default' }
          : { decision: 'deny', by: 'person', reason: 'a person said no: not that' };
      },
    };
    const { run, model, inputs, recorder } = start(
      [
        turnOf(
          callItem('a', [CLICK, TYPE, CLICK, TYPE], { pendingSafetyChecks: [CHECK] }),
          callItem('b', [CLICK]),
        ),
        DONE,
      ],
      { gate },
    );
    await run.result;
    expect(inputs()).toEqual(['click', 'type']);
    expect(asked).toEqual([
      [0, 1, 4],
      [1, 0, 4],
      [2, 0, 4],
    ]);
    const { results = [], notes } = model.requests[1]?.input ?? {};
    expect(
      results.map((result) => [
        result.callId,
        result.outcome,
        result.type === 'computer' && result.acknowledgedSafetyChecks,
      ]),
    ).toEqual([
      ['a', 'executed', [CHECK]],
      ['b', 'refused', []],
    ]);
    expect(notes).toEqual([
      'In the computer call a, 2 of 4 actions ran. The next one was not allowed: click at (0, 5): a person said no: not that. The 1 after it did not run.',
    ]);
    // What nothing singles out within a call is not worth a line.
    expect(recorder.of('decision').map(({ index, decision }) => [index, decision])).toEqual([
      [0, 'approve'],
      [2, 'deny'],
    ]);
  });

  it('pauses when the gate says so, without using up its time, and asks again when it is resumed', async () => {
    const clock = new ManualClock();
    const answers: GateDecision[] = [
      { decision: 'pause', by: 'watch', reason: 'nobody is there' },
      { decision: 'approve', by: 'watch' },
    ];
    const gate: Gate = {
      name: 'test',
      decide: async () => answers.shift() ?? { decision: 'approve', by: 'default' },
    };
    const { run, inputs, recorder } = start([turnOf(callItem('a', [CLICK])), DONE], { gate, clock });
    await expect.poll(() => run.state()).toBe('running.working.paused');
    expect(inputs()).toEqual([]);
    // Ten times the limit of wall time.
    await clock.advance(600_000);
    expect(run.state()).toBe('running.working.paused');
    run.resume();
    expect((await run.result).outcome).toBe('completed');
    expect(inputs()).toEqual(['click']);
    expect(recorder.of('decision').map(({ decision, by }) => [decision, by])).toEqual([
      ['pause', 'watch'],
      ['approve', 'watch'],
    ]);
  });

  it('takes an answer that is none for a denial', async () => {
    const gate: Gate = { name: 'odd', decide: async () => JSON.parse('{ "decision": "yes", "by": "me" }') };
    const { run, model, inputs } = start([turnOf(callItem('a', [CLICK])), DONE], { gate });
    await run.result;
    expect(inputs()).toEqual([]);
    expect(model.requests[1]?.input.notes).toEqual([
      'The computer call a was not run: the gate gave no answer that is known',
    ]);
  });

  it('puts each decision down before it counts, with what was shown', async () => {
    const entries: AuditEvent[] = [];
    const audit = auditOf(async (event) => void entries.push(event));
    const { run, inputs } = start([turnOf(callItem('a', [CLICK], { pendingSafetyChecks: [CHECK] })), DONE], {
      gate: gateOf({ decision: 'approve', by: 'person' }),
      audit,
    });
    await run.result;
    expect(inputs()).toEqual(['click']);
    const call = callItem('a', [CLICK], { pendingSafetyChecks: [CHECK] });
    expect(entries).toEqual([
      {
        type: 'decided',
        turn: 1,
        callId: 'a',
        index: 0,
        decision: 'approve',
        by: 'person',
        shown: {
          screenshot: expect.stringMatching(/^[0-9a-f]{64}$/),
          call: hashOf(call),
          checks: hashOf([CHECK]),
        },
      },
    ]);
  });

  it('takes an approval that cannot be put down for a denial', async () => {
    const audit = auditOf(() => Promise.reject(new Error('the disk is full')));
    const { run, model, inputs } = start([turnOf(callItem('a', [CLICK])), DONE], {
      gate: gateOf({ decision: 'approve', by: 'person' }),
      audit,
    });
    await run.result;
    expect(inputs()).toEqual([]);
    expect(model.requests[1]?.input.notes).toEqual([
      'The computer call a was not run: the decision was not recorded: the disk is full',
    ]);
  });
});
