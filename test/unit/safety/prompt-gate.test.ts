import { PassThrough } from 'node:stream';
import { describe, expect, it, test } from 'vitest';
import { createAutoGate } from '../../../src/safety/auto-gate.ts';
import { createDenyGate } from '../../../src/safety/deny-gate.ts';
import { parseAnswer } from '../../../src/safety/prompt/answers.ts';
import { createPromptGate, type PromptGateOptions } from '../../../src/safety/prompt/prompt-gate.ts';
import {
  pictureProtocol,
  toFileLink,
  toPictureSequence,
} from '../../../src/safety/prompt/terminal-picture.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { checkOf, FakeGateDesktop, requestOf, terminalOf } from './requests.ts';

const CHECKED = requestOf({ pendingSafetyChecks: [checkOf('irrelevant_domain', 'Not \u001b[2Jrelated.')] });

function stage(options: Partial<PromptGateOptions> = {}) {
  const { input, output, shown } = terminalOf();
  const clock = new ManualClock();
  const gate = createPromptGate({ terminal: { input, output }, clock, ...options });
  return { input, output, gate, shown, clock };
}

describe('the deny gate', () => {
  it('lets through what nothing singles out, and denies the rest', async () => {
    const gate = createDenyGate();
    expect(await gate.decide(requestOf())).toEqual({ decision: 'approve', by: 'default' });
    expect(await gate.decide(CHECKED)).toMatchObject({ decision: 'deny', by: 'deny' });
    expect(await gate.decide(requestOf({ reasons: ['buying: Money.'] }))).toEqual({
      decision: 'deny',
      by: 'deny',
      reason: 'nobody is there to approve it (buying: Money.)',
    });
  });
});

test('the auto gate approves, and says that it was it', async () => {
  expect(await createAutoGate().decide(CHECKED)).toEqual({ decision: 'approve', by: 'auto' });
});

describe('the prompt gate', () => {
  it('does not ask where there is nothing to ask about', async () => {
    const { gate, shown } = stage();
    expect(await gate.decide(requestOf())).toEqual({ decision: 'approve', by: 'default' });
    expect(shown()).toBe('');
  });

  it('shows what is done and what is to come, why, and the screen, with nothing that a terminal would obey', async () => {
    const { gate, input, shown } = stage({
      picture: async () => ({ path: '/runs/1/asked/1.png', png: Buffer.from('png') }),
    });
    input.write('y\n');
    const actions = [{ type: 'wait' as const }, { type: 'type' as const, text: 'hello' }];
    const request = { ...CHECKED, actions, next: 1, reasons: ['signing-in: Credentials.'] };
    expect(await gate.decide(request)).toEqual({ decision: 'approve', by: 'person' });
    expect(shown()).toContain('  - wait (done)\n  - type "hello"\n');
    expect(shown()).toContain(
      '  ! irrelevant_domain: Not \\u{1b}[2Jrelated.\n  ! signing-in: Credentials.\n',
    );
    expect(shown()).toContain(
      'The screen: \u001b]8;;file:///runs/1/asked/1.png\u001b\\/runs/1/asked/1.png\u001b]8;;\u001b\\',
    );
    expect(shown()).not.toContain('\u001b[2J');
  });

  it('draws the screen where the terminal can', async () => {
    const { gate, input, shown } = stage({
      env: { TERM: 'xterm-kitty' },
      picture: async () => ({ path: '/x.png', png: Buffer.from('png') }),
    });
    input.write('n\n');
    await gate.decide(CHECKED);
    expect(shown()).toContain('\u001b_Ga=T,f=100,q=2,m=0;cG5n\u001b\\');
  });

  it('asks even when the screen cannot be shown', async () => {
    const { gate, input, shown } = stage({ picture: () => Promise.reject(new Error('disk full')) });
    input.write('y\n');
    expect(await gate.decide(CHECKED)).toMatchObject({ decision: 'approve' });
    expect(shown()).toContain('The screen cannot be shown: disk full');
  });

  it('denies when the terminal closes', async () => {
    const { gate, input } = stage();
    input.end();
    expect(await gate.decide(CHECKED)).toEqual({
      decision: 'deny',
      by: 'prompt',
      reason: 'the terminal was closed without an answer',
    });
  });

  it('takes Ctrl-C for the end of the run', async () => {
    const { gate, input } = stage();
    input.write('\u0003');
    expect(await gate.decide(CHECKED)).toMatchObject({ decision: 'terminate', by: 'person' });
  });

  it('hands Ctrl-C on to whoever stops the run', async () => {
    const [input, output] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY: true })];
    const over = new AbortController();
    const terminal = { input, output, onInterrupt: () => over.abort() };
    const gate = createPromptGate({ terminal, clock: new ManualClock() });
    input.write('\u0003');
    await expect(gate.decide(CHECKED, { signal: over.signal })).rejects.toThrow(/abort/i);
  });

  it('gives up when the run ends', async () => {
    const { gate } = stage();
    const over = new AbortController();
    const decision = gate.decide(CHECKED, { signal: over.signal });
    over.abort();
    await expect(decision).rejects.toThrow(/abort/i);
  });
});

describe('handing the desktop to a person', () => {
  it('opens a way for their viewer, closes it when they give it back, and tells the model', async () => {
    const { gate, input, shown, clock } = stage();
    const desktop = new FakeGateDesktop();
    const decision = gate.decide({ ...CHECKED, desktop });
    input.write('h\n');
    await expect.poll(shown).toContain('open 127.0.0.1:5901 in a VNC viewer, password secret-1');
    expect(desktop.loans.map(({ isClosed }) => isClosed)).toEqual([false]);
    await clock.advance(90_000);
    input.write('I signed in\n');
    expect(await decision).toEqual({
      decision: 'deny',
      by: 'person',
      heldMs: 90_000,
      reason:
        'a person took the desktop, did something on it and gave it back; look at the screen anew. They say: I signed in',
    });
    expect(desktop.loans.map(({ isClosed }) => isClosed)).toEqual([true]);
  });

  it('stays with them when their viewer leaves, and lets a new one in with another password', async () => {
    const { gate, input, shown } = stage();
    const desktop = new FakeGateDesktop();
    const decision = gate.decide({ ...CHECKED, desktop });
    input.write('hand over\n');
    await expect.poll(shown).toContain('password secret-1');
    desktop.loans[0]?.end('left');
    await expect.poll(shown).toContain('The viewer has left.');
    input.write('r\n');
    await expect.poll(shown).toContain('password secret-2');
    input.write('\n');
    expect(await decision).toMatchObject({ decision: 'deny', by: 'person' });
    expect(desktop.loans.map(({ isClosed }) => isClosed)).toEqual([true, true]);
    expect(shown().split('The viewer has left.')).toHaveLength(2);
  });

  it('ends the run when the terminal is gone before they give it back', async () => {
    const { gate, input, shown } = stage();
    const desktop = new FakeGateDesktop();
    const decision = gate.decide({ ...CHECKED, desktop });
    input.write('h\n');
    await expect.poll(shown).toContain('password secret-1');
    input.end();
    expect(await decision).toMatchObject({ decision: 'terminate', by: 'person' });
    expect(desktop.loans[0]?.isClosed).toBe(true);
  });

  it('is not offered where there is no desktop to hand over', async () => {
    const { gate, input, shown } = stage();
    input.write('h\n');
    expect(await gate.decide(CHECKED)).toEqual({
      decision: 'deny',
      by: 'person',
      reason: 'a person said no: h',
    });
    expect(shown()).not.toContain('[h]and');
  });
});

describe('parseAnswer', () => {
  it.each([
    ['y', { kind: 'approve' }],
    [' YES ', { kind: 'approve' }],
    ['h', { kind: 'hand-over' }],
    ['hand over', { kind: 'hand-over' }],
    ['n', { kind: 'deny', reason: 'a person said no' }],
    ['no, use the other file', { kind: 'deny', reason: 'a person said no: use the other file' }],
    ['', { kind: 'deny', reason: 'a person said no' }],
    ['yes but be careful', { kind: 'deny', reason: 'a person said no: yes but be careful' }],
    ['nothing', { kind: 'deny', reason: 'a person said no: nothing' }],
    ['hello', { kind: 'deny', reason: 'a person said no: hello' }],
    ['t', { kind: 'terminate', reason: 'A person ended the run at the gate.' }],
    ['terminate: wrong site', { kind: 'terminate', reason: 'wrong site' }],
    ['try again', { kind: 'deny', reason: 'a person said no: try again' }],
  ])('reads %j', (answer, parsed) => {
    expect(parseAnswer(answer)).toEqual(parsed);
  });
});

describe('pictures in a terminal', () => {
  it.each([
    [{ TERM: 'xterm-kitty' }, 'kitty'],
    [{ TERM: 'xterm-256color', KITTY_WINDOW_ID: '1' }, 'kitty'],
    [{ TERM: 'xterm-ghostty' }, 'kitty'],
    [{ TERM: 'xterm-256color', TERM_PROGRAM: 'iTerm.app' }, 'iterm2'],
    [{ TERM: 'xterm-256color', TERM_PROGRAM: 'WezTerm' }, 'iterm2'],
    [{ TERM: 'screen', KITTY_WINDOW_ID: '1' }, 'none'],
    [{ TERM: 'xterm-256color', KITTY_WINDOW_ID: '1', TMUX: '/tmp/tmux' }, 'none'],
    [{ TERM: 'xterm-256color' }, 'none'],
    [{}, 'none'],
  ] as const)('%j: %s', (env, protocol) => {
    expect(pictureProtocol(env)).toBe(protocol);
  });

  it('are sent in pieces of 4096 to kitty', () => {
    const sequence = toPictureSequence(Buffer.alloc(4000, 1), 'kitty');
    const pieces = sequence.split('\u001b\\').slice(0, -1);
    expect(pieces.map((piece) => piece.slice(0, piece.indexOf(';')))).toEqual([
      '\u001b_Ga=T,f=100,q=2,m=1',
      '\u001b_Gm=0',
    ]);
    const data = pieces.map((piece) => piece.slice(piece.indexOf(';') + 1)).join('');
    expect(Buffer.from(data, 'base64')).toEqual(Buffer.alloc(4000, 1));
  });

  it('are one sequence to iTerm2', () => {
    expect(toPictureSequence(Buffer.from('png'), 'iterm2')).toBe(
      '\u001b]1337;File=inline=1;size=3;width=100%;preserveAspectRatio=1:cG5n\u0007\n',
    );
  });

  it('are a path alone where nothing takes a link', () => {
    expect(toFileLink('/a b.png', { isTerminal: false, env: {} })).toBe('/a b.png');
    expect(toFileLink('/a b.png', { isTerminal: true, env: { TERM: 'linux' } })).toBe('/a b.png');
    expect(toFileLink('/a b.png', { isTerminal: true, env: {} })).toContain('file:///a%20b.png');
  });
});
