import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { Gate } from '../../../src/safety/gate.ts';
import { Presence } from '../../../src/safety/watch/presence.ts';
import { createWatchGate } from '../../../src/safety/watch/watch-gate.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { checkOf, requestOf, terminalOf } from './requests.ts';

const SENSITIVE = requestOf({ pendingSafetyChecks: [checkOf('sensitive_domain', 'A bank.')] });
const LATER = requestOf({ next: 1, actions: [{ type: 'wait' }, { type: 'wait' }] });

function stage(answer: 'approve' | 'deny' = 'approve') {
  const { input, output, shown } = terminalOf();
  const raw: boolean[] = [];
  const keys = Object.assign(input, { setRawMode: (isRaw: boolean) => raw.push(isRaw) });
  const clock = new ManualClock();
  const interrupts: string[] = [];
  const presence = new Presence({ input: keys, clock, onInterrupt: () => interrupts.push('Ctrl-C') });
  const asked: string[][] = [];
  const ask: Gate = {
    name: 'prompt',
    decide: async ({ pendingSafetyChecks, reasons = [] }) => {
      asked.push([...pendingSafetyChecks.map(({ code }) => code ?? ''), ...reasons]);
      return answer === 'approve'
        ? { decision: 'approve', by: 'person' }
        : { decision: 'deny', by: 'person', reason: 'no' };
    },
  };
  let returns = 0;
  const gate = createWatchGate({
    presence,
    output,
    clock,
    ask,
    withinMs: 15_000,
    onReturn: () => {
      returns += 1;
    },
  });
  return { gate, input, shown, clock, raw, asked, interrupts, presence, returns: () => returns };
}

it('leaves everything else to the gate behind it', async () => {
  const { gate, asked, raw } = stage();
  expect(await gate.decide(requestOf())).toEqual({ decision: 'approve', by: 'default' });
  await gate.decide(requestOf({ pendingSafetyChecks: [checkOf('malicious_instructions')] }));
  await gate.decide(requestOf({ pendingSafetyChecks: [checkOf('something_new')] }));
  await gate.decide(requestOf({ reasons: ['rule'] }));
  expect(asked).toEqual([['malicious_instructions'], ['something_new'], ['rule']]);
  expect(raw).toEqual([]);
});

it('lets a sensitive call go on while keys are pressed, each action anew', async () => {
  const { gate, input, shown, clock, asked } = stage();
  const first = gate.decide(SENSITIVE);
  await expect.poll(shown).toContain('Press a key within 15 s');
  expect(shown()).toContain('sensitive_domain: A bank.');
  input.write(' ');
  expect(await first).toEqual({ decision: 'approve', by: 'watch' });
  await clock.advance(14_000);
  expect(await gate.decide(LATER)).toEqual({ decision: 'approve', by: 'watch' });
  await clock.advance(2_000);
  const third = gate.decide(LATER);
  await expect.poll(() => shown().split('Press a key within').length).toBe(3);
  input.write('x');
  expect(await third).toEqual({ decision: 'approve', by: 'watch' });
  expect(asked).toEqual([]);
});

it('pauses when nobody is there, and goes on with the next key', async () => {
  const { gate, input, shown, clock, returns } = stage();
  const first = gate.decide(SENSITIVE);
  await expect.poll(shown).toContain('Press a key within 15 s');
  await clock.advance(15_000);
  expect(await first).toEqual({
    decision: 'pause',
    by: 'watch',
    reason: 'nobody was watching for 15 s',
  });
  expect(shown()).toContain('Paused, since nobody watches.');
  expect(returns()).toBe(0);
  input.write('k');
  await expect.poll(returns).toBe(1);
  // The gate is asked again: now somebody is there.
  expect(await gate.decide(SENSITIVE)).toEqual({ decision: 'approve', by: 'watch' });
});

it('takes no key from before the call for presence', async () => {
  const { gate, input, shown, clock } = stage();
  input.write('x');
  const first = gate.decide(SENSITIVE);
  await expect.poll(shown).toContain('Watch mode');
  await clock.advance(15_000);
  expect(await first).toMatchObject({ decision: 'pause' });
});

it('asks about the other checks of a sensitive call, and watches it then', async () => {
  const { gate, clock, asked } = stage();
  const both = requestOf({
    pendingSafetyChecks: [checkOf('sensitive_domain'), checkOf('irrelevant_domain')],
  });
  // Who answers is there.
  expect(await gate.decide(both)).toEqual({ decision: 'approve', by: 'watch' });
  expect(asked).toEqual([['irrelevant_domain']]);
  await clock.advance(20_000);
  const next = gate.decide(LATER);
  await clock.advance(15_000);
  expect(await next).toMatchObject({ decision: 'pause' });
});

it('does not run a sensitive call whose other check is denied', async () => {
  const { gate } = stage('deny');
  const both = requestOf({
    pendingSafetyChecks: [checkOf('sensitive_domain'), checkOf('irrelevant_domain')],
  });
  expect(await gate.decide(both)).toMatchObject({ decision: 'deny' });
});

it('reads the terminal key by key only while it watches', async () => {
  const { gate, input, shown, raw } = stage();
  const first = gate.decide(SENSITIVE);
  await expect.poll(shown).toContain('Press a key');
  input.write('x');
  await first;
  expect(raw).toEqual([true]);
  await gate.decide(requestOf({ callId: 'call_2' }));
  expect(raw).toEqual([true, false]);
});

it('takes Ctrl-C for the end of the run, not for a sign of life', async () => {
  const { gate, input, shown, clock, interrupts } = stage();
  const first = gate.decide(SENSITIVE);
  await expect.poll(shown).toContain('Press a key');
  input.write('\u0003');
  await expect.poll(() => interrupts).toEqual(['Ctrl-C']);
  await clock.advance(15_000);
  expect(await first).toMatchObject({ decision: 'pause' });
});

it('gives up when the run ends', async () => {
  const { gate, shown } = stage();
  const over = new AbortController();
  const first = gate.decide(SENSITIVE, { signal: over.signal });
  await expect.poll(shown).toContain('Press a key');
  over.abort();
  await expect(first).rejects.toThrow(/abort/i);
});

it('hears nothing of a terminal that has closed', async () => {
  const presence = new Presence({ input: new PassThrough(), clock: new ManualClock() });
  presence.start();
  presence.stop();
  presence.stop();
  expect(presence.sinceMs).toBeUndefined();
});
