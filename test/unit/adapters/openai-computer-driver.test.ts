import { describe, expect, it } from 'vitest';
import { ComputerToolset } from 'openai/helpers/computer';
import { createComputerDriver, createComputerPolicy } from '../../../src/adapters/openai-computer-driver.ts';
import type { GateDecision } from '../../../src/safety/gate.ts';
import { FakeDisplay } from '../../../src/testing/fake-display.ts';
import { SkippingClock } from '../../../src/testing/skipping-clock.ts';
import { RecordingGate } from './recording-gate.ts';

const clock = new SkippingClock();

function toCall(actions: readonly object[], extra: object = {}): Parameters<ComputerToolset['execute']>[0] {
  const call = {
    type: 'computer_call',
    id: 'cu_1',
    call_id: 'call_1',
    status: 'completed',
    actions,
    ...extra,
  };
  return ComputerToolset.validate(JSON.parse(JSON.stringify(call)));
}

const check = { id: 'sc_1', code: 'malicious_instructions', message: 'The page gives orders.' };

describe('createComputerDriver', () => {
  it('does every action of the toolset, in order, and waits for a quiet screen after each', async () => {
    const display = new FakeDisplay({ frames: ['last'] });
    const toolset = new ComputerToolset(createComputerDriver(display, { clock }));
    const observation = await toolset.execute(
      toCall([
        { type: 'screenshot' },
        { type: 'click', x: 0, y: 0, button: 'left', keys: ['SHIFT'] },
        { type: 'double_click', x: 3, y: 4, keys: null },
        {
          type: 'drag',
          path: [
            { x: 1, y: 1 },
            { x: 9, y: 9 },
          ],
        },
        { type: 'keypress', keys: ['CTRL', 's'] },
        { type: 'move', x: 5, y: 6 },
        { type: 'scroll', x: 7, y: 8, scroll_x: 0, scroll_y: -120 },
        { type: 'type', text: 'über' },
        { type: 'wait' },
      ]),
    );
    expect(display.calls.filter(({ type }) => type !== 'settle')).toEqual([
      {
        type: 'click',
        at: expect.objectContaining({ x: 0, y: 0 }),
        button: 'left',
        count: 1,
        held: ['Shift'],
      },
      { type: 'click', at: expect.objectContaining({ x: 3, y: 4 }), button: 'left', count: 2 },
      {
        type: 'drag',
        path: [
          { x: 1, y: 1 },
          { x: 9, y: 9 },
        ],
      },
      { type: 'chord', keys: ['Control', 's'] },
      { type: 'move', to: expect.objectContaining({ x: 5, y: 6 }) },
      { type: 'scroll', at: expect.objectContaining({ x: 7, y: 8 }), by: { x: 0, y: -120 } },
      { type: 'type', text: 'über' },
      { type: 'screenshot' },
    ]);
    expect(display.calls.filter(({ type }) => type === 'settle')).toHaveLength(8);
    expect(observation).toEqual({
      type: 'computer_call_output',
      call_id: 'call_1',
      output: {
        type: 'computer_screenshot',
        image_url: `data:image/png;base64,${Buffer.from('frame last').toString('base64')}`,
      },
    });
  });

  it.each([
    [{ type: 'click', x: 1024, y: 0, button: 'left' }, 'out-of-bounds'],
    [{ type: 'keypress', keys: ['HYPER'] }, 'unknown-key'],
    [{ type: 'drag', path: [{ x: 1, y: 1 }] }, 'invalid-action'],
  ])('ends the call with our error for %o', async (action, code) => {
    const display = new FakeDisplay();
    const toolset = new ComputerToolset(createComputerDriver(display));
    await expect(toolset.execute(toCall([action, { type: 'type', text: 'x' }]))).rejects.toMatchObject({
      code,
    });
    expect(display.calls).toEqual([]);
  });

  it('lets go of every key and button when an action fails half-way', async () => {
    const display = new FakeDisplay({
      onCall: ({ type }) => {
        if (type === 'drag') throw new Error('cut off');
      },
    });
    const path = [
      { x: 1, y: 1 },
      { x: 2, y: 2 },
    ];
    const driver = createComputerDriver(display);
    await expect(driver.drag({ type: 'drag', path }, { signal: undefined })).rejects.toThrow('cut off');
    expect(display.calls.map(({ type }) => type)).toEqual(['drag', 'release-all']);
  });

  it('starts nothing after an abort', async () => {
    const display = new FakeDisplay();
    const driver = createComputerDriver(display);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(driver.type({ type: 'type', text: 'x' }, { signal })).rejects.toThrow('enough');
    expect(display.calls).toEqual([]);
  });
});

describe('createComputerPolicy', () => {
  const actions = [
    { type: 'click', x: 1, y: 2, button: 'left', keys: null },
    { type: 'type', text: 'yes' },
  ];

  it('asks the gate about each action of a call before any of it runs, with its checks and the screen', async () => {
    const display = new FakeDisplay({ frames: ['before', 'after'] });
    const gate = new RecordingGate();
    const toolset = new ComputerToolset(createComputerDriver(display));
    const policy = createComputerPolicy({ gate, display, runId: 'mine' });
    const observation = await toolset.execute(toCall(actions, { pending_safety_checks: [check] }), policy);
    const asked = {
      runId: 'mine',
      turn: 1,
      callId: 'call_1',
      actions: [
        { type: 'click', x: 1, y: 2, button: 'left', keys: [] },
        { type: 'type', text: 'yes' },
      ],
      screenshot: expect.objectContaining({ png: Buffer.from('frame before') }),
    };
    // The checks are those of the call: they are decided with its first action.
    expect(gate.requests).toEqual([
      { ...asked, next: 0, pendingSafetyChecks: [check] },
      { ...asked, next: 1, pendingSafetyChecks: [] },
    ]);
    expect(observation).toMatchObject({ acknowledged_safety_checks: [check] });
  });

  it('asks about calls without checks too', async () => {
    const display = new FakeDisplay();
    const gate = new RecordingGate();
    const toolset = new ComputerToolset(createComputerDriver(display));
    const policy = createComputerPolicy({ gate, display });
    await toolset.execute(toCall(actions), policy);
    await toolset.execute(toCall(actions, { id: 'cu_2', call_id: 'call_2' }), policy);
    expect(gate.requests.map(({ turn, callId, next }) => [turn, callId, next])).toEqual([
      [1, 'call_1', 0],
      [1, 'call_1', 1],
      [2, 'call_2', 0],
      [2, 'call_2', 1],
    ]);
  });

  it.each([
    ['denies', (): GateDecision => ({ decision: 'deny', by: 'person', reason: 'not today' }), 'not today'],
    ['terminates', (): GateDecision => ({ decision: 'terminate', by: 'person', reason: 'enough' }), 'enough'],
    [
      'fails',
      (): GateDecision => {
        throw new Error('no terminal');
      },
      'the gate failed: no terminal',
    ],
  ])('runs nothing of a call when the gate %s', async (_name, answer, reason) => {
    const display = new FakeDisplay();
    const toolset = new ComputerToolset(createComputerDriver(display));
    const policy = createComputerPolicy({ gate: new RecordingGate(answer), display });
    for (const checks of [[check], []]) {
      await expect(
        toolset.execute(toCall(actions, { pending_safety_checks: checks }), policy),
      ).rejects.toMatchObject({
        code: 'cancelled',
        message: `The gate did not approve the call: ${reason}`,
      });
    }
    expect(display.inputs).toEqual([]);
  });

  it('asks nobody about a call that cannot be done', async () => {
    const display = new FakeDisplay();
    const gate = new RecordingGate();
    const toolset = new ComputerToolset(createComputerDriver(display));
    const call = toCall([...actions, { type: 'move', x: -1, y: 0 }]);
    await expect(toolset.execute(call, createComputerPolicy({ gate, display }))).rejects.toMatchObject({
      code: 'out-of-bounds',
    });
    expect([gate.requests, display.inputs]).toEqual([[], []]);
  });
});
