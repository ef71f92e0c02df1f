import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createDenyGate } from '../../../src/safety/deny-gate.ts';
import type { GateRequest } from '../../../src/safety/gate.ts';
import { createPromptGate, parseAnswer } from '../../../src/safety/prompt-gate.ts';
import { fakeScreenshot } from '../../../src/testing/fake-display.ts';

const CHECK = { id: 'sc_1', code: 'irrelevant_domain', message: 'Not \u001b[2Jrelated.' };

const request = (pendingSafetyChecks = [CHECK]): GateRequest => ({
  runId: 'run-1',
  turn: 1,
  callId: 'call_1',
  actions: [{ type: 'type', text: 'hello' }],
  pendingSafetyChecks,
  screenshot: fakeScreenshot('x', { width: 10, height: 10 }),
});

function terminal() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const gate = createPromptGate({ input, output, locate: () => 'frames/x.png' });
  return { input, output, gate };
}

describe('the deny gate', () => {
  it('lets through what no check singles out, and denies the rest', async () => {
    const gate = createDenyGate();
    expect(await gate.decide(request([]))).toEqual({ decision: 'approve', by: 'default' });
    expect(await gate.decide(request())).toMatchObject({ decision: 'deny' });
  });
});

describe('the prompt gate', () => {
  it('does not ask where there is no check', async () => {
    const { gate, output } = terminal();
    expect(await gate.decide(request([]))).toEqual({ decision: 'approve', by: 'default' });
    expect(output.read()).toBeNull();
  });

  it('shows the action, the check and the screen, with nothing that a terminal would obey', async () => {
    const { gate, input, output } = terminal();
    input.write('y\n');
    expect(await gate.decide(request())).toEqual({ decision: 'approve', by: 'person' });
    const shown = String(output.read());
    expect(shown).toContain('type "hello"');
    expect(shown).toContain('irrelevant_domain: Not \\u{1b}[2Jrelated.');
    expect(shown).toContain('frames/x.png');
    expect(shown).not.toContain('\u001b[2J');
  });

  it('denies when the terminal closes', async () => {
    const { gate, input } = terminal();
    input.end();
    expect(await gate.decide(request())).toEqual({
      decision: 'deny',
      by: 'prompt',
      reason: 'the terminal was closed without an answer',
    });
  });

  it('takes Ctrl-C for the end of the run', async () => {
    const [input, output] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY: true })];
    const gate = createPromptGate({ input, output });
    input.write('\u0003');
    expect(await gate.decide(request())).toMatchObject({ decision: 'terminate', by: 'person' });
  });

  it('hands Ctrl-C on to whoever stops the run', async () => {
    const [input, output] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY: true })];
    const over = new AbortController();
    const gate = createPromptGate({ input, output, onInterrupt: () => over.abort() });
    input.write('\u0003');
    await expect(gate.decide(request(), { signal: over.signal })).rejects.toThrow(/abort/i);
  });

  it('gives up when the run ends', async () => {
    const { gate } = terminal();
    const over = new AbortController();
    const decision = gate.decide(request(), { signal: over.signal });
    over.abort();
    await expect(
      decision.then(
        ({ decision: answer }) => answer,
        () => 'rejected',
      ),
    ).resolves.not.toBe('approve');
  });
});

describe('parseAnswer', () => {
  it.each([
    ['y', { decision: 'approve', by: 'person' }],
    [' YES ', { decision: 'approve', by: 'person' }],
    ['n', { decision: 'deny', by: 'person', reason: 'a person said no' }],
    [
      'no, use the other file',
      { decision: 'deny', by: 'person', reason: 'a person said no: use the other file' },
    ],
    ['', { decision: 'deny', by: 'person', reason: 'a person said no' }],
    [
      'yes but be careful',
      { decision: 'deny', by: 'person', reason: 'a person said no: yes but be careful' },
    ],
    ['nothing', { decision: 'deny', by: 'person', reason: 'a person said no: nothing' }],
    ['t', { decision: 'terminate', by: 'person', reason: 'A person ended the run at the gate.' }],
    ['terminate: wrong site', { decision: 'terminate', by: 'person', reason: 'wrong site' }],
    ['try again', { decision: 'deny', by: 'person', reason: 'a person said no: try again' }],
  ])('reads %j', (answer, decision) => {
    expect(parseAnswer(answer)).toEqual(decision);
  });
});
