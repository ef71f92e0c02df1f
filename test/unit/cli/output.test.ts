import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../../src/agent/run.ts';
import { exitCodeOfError, exitCodeOfRun } from '../../../src/cli/exit-codes.ts';
import { printEvent, printResult } from '../../../src/cli/progress.ts';
import { formatDuration, formatTable, printError } from '../../../src/cli/terminal.ts';
import {
  CancelledError,
  EngineError,
  ImageError,
  InputError,
  InternalError,
  ModelError,
} from '../../../src/errors.ts';

const RESULT: RunResult = {
  runId: 'run-1',
  outcome: 'completed',
  reason: 'The model says that the task is done.',
  verification: 'passed',
  turns: 3,
  steps: 4,
  usage: { inputTokens: 100, cachedInputTokens: 0, outputTokens: 20, reasoningTokens: 0 },
  checks: [{ name: 'file poem.txt', result: 'passed', detail: '', durationMs: 3 }],
  times: {
    provisioning: 2100,
    model: 5000,
    gate: 0,
    act: 40,
    settle: 900,
    checks: 3,
    disposing: 130,
    total: 8200,
  },
};

function printed(print: (out: PassThrough) => void): string {
  const out = new PassThrough();
  print(out);
  return String(out.read() ?? '');
}

describe('exit codes', () => {
  it.each([
    [{}, true, 0],
    [{ verification: 'failed' }, true, 1],
    [{ verification: 'unverified' }, true, 1],
    [{ verification: 'unverified' }, false, 0],
    [{ outcome: 'refused' }, true, 3],
    [{ outcome: 'limit-reached' }, true, 4],
    [{ outcome: 'failed' }, true, 5],
    [{ outcome: 'failed', error: new EngineError('engine-fault', '') }, true, 69],
    [{ outcome: 'stopped' }, true, 130],
  ] as const)('of a run that is %j with checks %s: %d', (part, hasChecks, code) => {
    expect(exitCodeOfRun({ ...RESULT, ...part }, hasChecks)).toBe(code);
  });

  it.each([
    [new InputError('invalid-file', ''), 2],
    [new ModelError('model-rejected-request', ''), 2],
    [new ModelError('model-rate-limited', ''), 5],
    [new ImageError('image-build-failed', ''), 69],
    [new InternalError('internal', ''), 70],
    [new CancelledError('cancelled', ''), 130],
  ])('of %s: %d', (error, code) => {
    expect(exitCodeOfError(error)).toBe(code);
  });
});

describe('what a person reads', () => {
  it('shows an action in words, and what it waited for', () => {
    const text = printed((out) =>
      printEvent(out, {
        type: 'step',
        turn: 1,
        step: 1,
        callId: 'a',
        index: 0,
        action: { type: 'click' },
        description: 'click at (1, 2)',
        actMs: 3,
        settle: { waitedMs: 85.2, reason: 'quiet', updates: 2 },
        pointer: { x: 1, y: 2 },
      }),
    );
    expect(text).toBe('  → click at (1, 2)  [85 ms, quiet]\n');
  });

  it('shows a function with what it gave, in a line that is not endless', () => {
    const step = {
      type: 'step',
      turn: 1,
      step: 1,
      callId: 'a',
      index: 0,
      action: { type: 'function_call', name: 'shell', arguments: { command: 'ls' } },
      description: 'shell {"command":"ls"}',
      actMs: 3,
      pointer: { x: 1, y: 2 },
    } as const;
    const shown = (output: string): string => printed((out) => printEvent(out, { ...step, output }));
    expect(shown('a.txt\nb.txt\u001b[2J')).toBe('  → shell {"command":"ls"}\n    a.txt ⏎ b.txt\\u{1b}[2J\n');
    expect(shown('x'.repeat(500)).split('\n')[1]).toBe(`    ${'x'.repeat(200)}…`);
  });

  it('reports an item that it does not know', () => {
    const text = printed((out) =>
      printEvent(out, {
        type: 'response',
        turn: 1,
        responseId: 'r',
        status: 'completed',
        items: [{ type: 'unknown', wireType: 'hologram', wire: {} }],
        usage: { ...RESULT.usage, inputTokens: 0, outputTokens: 0 },
        durationMs: 900,
      }),
    );
    expect(text).toBe('turn 1 (900 ms)\n  (an item of type hologram, which deskhand does not know)\n');
  });

  it('lets nothing from the model steer the terminal', () => {
    const text = printed((out) =>
      printEvent(out, {
        type: 'response',
        turn: 2,
        responseId: 'r',
        status: 'completed',
        items: [{ type: 'message', text: 'Done\u001b]0;pwned\u0007\u202e' }],
        usage: RESULT.usage,
        durationMs: 1234,
      }),
    );
    expect(text).toBe('turn 2 (1.2 s, 120 tokens)\n  “Done\\u{1b}]0;pwned\\u{7}\\u{202e}”\n');
  });

  it('ends with the verdict, the cost, the times and the places', () => {
    const text = printed((out) =>
      printResult(out, RESULT, {
        trajectory: '/runs/1/trajectory.jsonl',
        report: '/runs/1/report.html',
        auditHead: 'f00d',
      }),
    );
    expect(text.split('\n')).toEqual([
      '',
      'completed and verified: 1 of 1 checks passed',
      '3 turns, 4 steps, 120 tokens, 8.2 s',
      'cost: unknown, since the price table has no price for this model (see --prices)',
      'time: provisioning 2.1 s, model 5.0 s, gate 0 ms, act 40 ms, settle 900 ms, checks 3 ms, disposing 130 ms',
      'trajectory: /runs/1/trajectory.jsonl',
      'report: /runs/1/report.html',
      'audit: f00d',
      '',
    ]);
  });

  it('shows what a turn and the run cost, by kind of token', () => {
    const costUsd = { total: 1.2345, input: 1, cachedInput: 0, output: 0.2345 };
    const paths = { trajectory: 't', report: 'r', auditHead: 'f00d' };
    const end = printed((out) => printResult(out, { ...RESULT, costUsd }, paths));
    expect(end).toContain('\ncost: $1.23 (input $1.00, cached $0.00, output $0.2345)\n');
    const turn = printed((out) =>
      printEvent(out, {
        type: 'response',
        turn: 1,
        responseId: 'r',
        status: 'completed',
        items: [],
        usage: RESULT.usage,
        costUsd,
        durationMs: 1234,
      }),
    );
    expect(turn).toBe('turn 1 (1.2 s, 120 tokens, $1.23)\n');
  });

  it('says what went wrong, how to put it right, and the code', () => {
    const error = new EngineError('engine-not-found', 'No engine.', { hint: 'Start one.' });
    expect(printed((out) => printError(out, error))).toBe(
      'error: No engine.\nhint: Start one.\n(engine-not-found)\n',
    );
  });
});

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [12_340, '12.3 s'],
  [125_000, '2 min 05 s'],
  [3_599_000, '59 min 59 s'],
  [3_600_000, '1 h 00 min'],
  [172_799_000, '47 h 59 min'],
  [172_800_000, '2 days'],
])('formats %d ms as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it('aligns the columns of a table', () => {
  expect(
    formatTable([
      ['NAME', 'AGE'],
      ['a-long-name', '3 s'],
    ]),
  ).toBe('NAME         AGE\na-long-name  3 s');
});
