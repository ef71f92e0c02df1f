import { describe, expect, it } from 'vitest';
import type { Action } from '../../../../src/action/action.ts';
import { parseYaml } from '../../../../src/config/yaml-file.ts';
import type { Gate, GateRequest } from '../../../../src/safety/gate.ts';
import { createPolicyGate } from '../../../../src/safety/policy/policy-gate.ts';
import { policySchema } from '../../../../src/safety/policy/policy-schema.ts';
import { checkOf, FakeGateDesktop, requestOf } from '../requests.ts';

const POLICY = parseYaml(
  `version: 1
default: allow
rules:
  - { name: looking, when: { action: wait }, effect: allow }
  - { name: bank, when: { url: '*.bank.test' }, effect: terminate, why: Not the bank. }
  - { name: terminal, when: { application: XTerm, text: 'rm ' }, effect: deny, why: No deleting. }
  - { name: keys, when: { action: keypress }, effect: ask }
  - { name: shell, when: { tool: shell }, effect: ask, why: A command. }
`,
  { file: 'policy.yaml', schema: policySchema },
).value;

const type = (text: string): Action => ({ type: 'type', text });

function stage() {
  const asked: GateRequest[] = [];
  const ask: Gate = {
    name: 'prompt',
    decide: async (request) => {
      asked.push(request);
      return { decision: 'approve', by: 'person' };
    },
  };
  const desktop = new FakeGateDesktop();
  const gate = createPolicyGate({ policy: POLICY, ask });
  const decide = async (...actions: readonly Action[]) => await gate.decide(requestOf({ actions, desktop }));
  return { gate, asked, desktop, decide };
}

describe('the policy gate', () => {
  it('does not ask the desktop where no rule needs it', async () => {
    const { decide, desktop } = stage();
    expect(await decide({ type: 'wait' })).toEqual({ decision: 'approve', by: 'policy', rule: 'looking' });
    expect(desktop.looks).toBe(0);
  });

  it('asks it once where one does, and says what it saw', async () => {
    const { decide, desktop } = stage();
    desktop.front = { url: 'https://www.bank.test/', application: { class: ['x'], title: 'Bank' } };
    expect(await decide(type('x'))).toEqual({
      decision: 'terminate',
      by: 'policy',
      rule: 'bank',
      reason: 'bank: Not the bank.',
      foreground: desktop.front,
    });
    expect(desktop.looks).toBe(1);
  });

  it('approves by default what no rule matches', async () => {
    const { decide } = stage();
    expect(await decide(type('x'))).toEqual({ decision: 'approve', by: 'default', foreground: {} });
  });

  it('sees a command that is typed in pieces', async () => {
    const { gate, desktop } = stage();
    desktop.front = { application: { class: ['XTerm'], title: '' } };
    const actions = [type('r'), type('m '), type('x')];
    const decisions = [];
    for (const next of actions.keys())
      decisions.push(await gate.decide(requestOf({ actions, next, desktop })));
    expect(decisions.map(({ decision }) => decision)).toEqual(['approve', 'deny', 'approve']);
  });

  it('does not count what was not approved as typed', async () => {
    const { decide, desktop } = stage();
    desktop.front = { application: { class: ['XTerm'], title: '' } };
    expect(await decide(type('rm x'))).toMatchObject({ decision: 'deny' });
    expect(await decide(type('ls'))).toMatchObject({ decision: 'approve' });
  });

  it('asks a person with the words of the rule', async () => {
    const { decide, asked } = stage();
    expect(await decide({ type: 'keypress', keys: ['a'] })).toEqual({
      decision: 'approve',
      by: 'person',
      rule: 'keys',
      foreground: {},
    });
    expect(asked.map(({ reasons }) => reasons)).toEqual([['the rule keys of the policy']]);
  });

  it('never answers a safety check with a rule that allows', async () => {
    const { gate, asked } = stage();
    const pendingSafetyChecks = [checkOf('malicious_instructions')];
    const decision = await gate.decide(requestOf({ actions: [{ type: 'wait' }], pendingSafetyChecks }));
    expect(decision).toEqual({ decision: 'approve', by: 'person', rule: 'looking' });
    expect(asked).toHaveLength(1);
  });

  it('judges a call of a function by its name and arguments', async () => {
    const { gate, asked } = stage();
    const functionCall = { name: 'shell', arguments: { command: 'ls' } };
    expect(await gate.decide(requestOf({ actions: [], functionCall }))).toMatchObject({ rule: 'shell' });
    expect(asked.map(({ reasons }) => reasons)).toEqual([['shell: A command.']]);
    const other = { name: 'weather', arguments: {} };
    expect(await gate.decide(requestOf({ actions: [], functionCall: other }))).toEqual({
      decision: 'approve',
      by: 'default',
    });
  });

  it.each([
    ['does not tell', new Error('no answer')],
    ['is not there', undefined],
  ])('is on the safe side when the desktop %s', async (_how, front) => {
    const { gate } = stage();
    const desktop = front === undefined ? undefined : Object.assign(new FakeGateDesktop(), { front });
    expect(await gate.decide(requestOf({ actions: [type('x')], desktop }))).toEqual({
      decision: 'terminate',
      by: 'policy',
      rule: 'bank',
      reason: 'bank: Not the bank. (the desktop did not tell what is in front)',
    });
  });

  it('denies where there is nothing to decide about', async () => {
    const { gate } = stage();
    expect(await gate.decide(requestOf({ actions: [] }))).toMatchObject({ decision: 'deny' });
  });
});
