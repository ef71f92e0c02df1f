import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Action } from '../../src/action/action.ts';
import { hashOf } from '../../src/safety/audit/audit-entry.ts';
import { openAuditLog } from '../../src/safety/audit/audit-log.ts';
import { createDenyGate } from '../../src/safety/deny-gate.ts';
import type { Gate, GateRequest } from '../../src/safety/gate.ts';
import type { GateDesktop } from '../../src/safety/gate-desktop.ts';
import { createPolicyGate } from '../../src/safety/policy/policy-gate.ts';
import { DEFAULT_POLICY_FILE, readPolicy } from '../../src/safety/policy/read-policy.ts';
import { ActiveWindowReader } from '../../src/sandbox/x11/active-window.ts';
import { fakeScreenshot } from '../../src/testing/fake-display.ts';
import { systemClock } from '../../src/util/clock.ts';
import { openDesk } from '../docker/input/desk.ts';
import { sample, summarize, timed } from './statistics.ts';

const TIMES = 300;
const SCREENSHOT = fakeScreenshot('x', { width: 1440, height: 900 });
const CLICK: Action = { type: 'click', button: 'left', x: 700, y: 400, keys: [] };
const TYPE: Action = { type: 'type', text: 'The quick brown fox jumps over the lazy dog. '.repeat(4) };

function requestOf(action: Action, desktop?: GateDesktop): GateRequest {
  const actions = [action];
  return {
    runId: 'bench',
    turn: 1,
    callId: 'call',
    actions,
    next: 0,
    pendingSafetyChecks: [],
    screenshot: SCREENSHOT,
    desktop,
  };
}

async function decisions(gate: Gate, action: Action, desktop?: GateDesktop) {
  const request = requestOf(action, desktop);
  const decide = async (): Promise<number> => await timed(() => gate.decide(request));
  await sample(TIMES / 10, decide);
  return summarize(await sample(TIMES, decide));
}

/** ms that the gate adds to an action: without rules, with the default policy, and with the log of what was decided. */
export async function benchGate(): Promise<unknown> {
  const policy = await readPolicy(DEFAULT_POLICY_FILE);
  const ask = createDenyGate();
  await using desk = await openDesk();
  using windows = new ActiveWindowReader((options) => desk.sandbox.openX(options));
  const told: GateDesktop = {
    foreground: async () => ({ application: { class: ['mousepad'], title: 'Untitled 1 - Mousepad' } }),
    lend: () => Promise.reject(new Error('nobody takes it')),
  };
  const real: GateDesktop = {
    ...told,
    foreground: async (options) => ({ application: await windows.read(options) }),
  };
  const folder = await mkdtemp(join(tmpdir(), 'deskhand-bench-gate-'));
  try {
    await using audit = await openAuditLog({ path: join(folder, 'audit.jsonl'), clock: systemClock });
    const shown = { screenshot: SCREENSHOT.sha256, call: hashOf(CLICK), checks: hashOf([]) };
    const put = () =>
      audit.append({
        type: 'decided',
        turn: 1,
        callId: 'call',
        index: 0,
        decision: 'approve',
        by: 'policy',
        shown,
      });
    return {
      unit: 'ms a decision',
      deny: await decisions(ask, CLICK),
      policyWithoutDesktop: await decisions(createPolicyGate({ policy, ask }), { type: 'wait' }),
      policyOfClick: await decisions(createPolicyGate({ policy, ask }), CLICK, told),
      policyOfTyping: await decisions(createPolicyGate({ policy, ask }), TYPE, told),
      policyOfClickOnRealDesktop: await decisions(createPolicyGate({ policy, ask }), CLICK, real),
      readingWhatIsInFront: summarize(await sample(TIMES, () => timed(() => windows.read()))),
      auditEntry: summarize(await sample(TIMES, () => timed(put))),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
