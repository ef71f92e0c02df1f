import { PassThrough } from 'node:stream';
import type { Action, SafetyCheck } from '../../../src/action/action.ts';
import type { GateDesktop, Loan } from '../../../src/safety/gate-desktop.ts';
import type { GateRequest } from '../../../src/safety/gate.ts';
import type { Foreground } from '../../../src/safety/policy/subject.ts';
import { fakeScreenshot } from '../../../src/testing/fake-display.ts';

export const SCREENSHOT = fakeScreenshot('x', { width: 10, height: 10 });

/** A request about typing `hello`, with nothing that singles it out. */
export function requestOf(parts: Partial<GateRequest> = {}): GateRequest {
  const actions: readonly Action[] = [{ type: 'type', text: 'hello' }];
  return {
    runId: 'run-1',
    turn: 1,
    callId: 'call_1',
    actions,
    next: 0,
    pendingSafetyChecks: [],
    screenshot: SCREENSHOT,
    ...parts,
  };
}

export function checkOf(code: string, message = 'Because.'): SafetyCheck {
  return { id: `sc_${code}`, code, message };
}

/** A terminal in memory: what is written to `input` is typed. */
export function terminalOf() {
  const [input, output] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY: true })];
  let shown = '';
  output.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  return { input, output, shown: () => shown };
}

/** A desktop that says what is in front, and counts how often it is asked and lent. */
export class FakeGateDesktop implements GateDesktop {
  front: Foreground | Error = {};
  looks = 0;
  readonly loans: (Loan & { readonly isClosed: boolean; end(how: 'left' | 'locked'): void })[] = [];

  async foreground(): Promise<Foreground> {
    this.looks += 1;
    if (this.front instanceof Error) throw this.front;
    return this.front;
  }

  async lend(): Promise<Loan> {
    const { promise: ended, resolve: end } = Promise.withResolvers<'left' | 'locked'>();
    const number = this.loans.length + 1;
    const loan = {
      address: `127.0.0.1:590${number}`,
      password: `secret-${number}`,
      ended,
      end,
      isClosed: false,
      [Symbol.asyncDispose]: async () => {
        loan.isClosed = true;
      },
    };
    this.loans.push(loan);
    return loan;
  }
}
