import { createInterface } from 'node:readline/promises';
import { describeAction } from '../action/describe.ts';
import { showFunctionCall } from '../action/function-call.ts';
import { toPrintable } from '../util/printable.ts';
import { describeChecks } from './deny-gate.ts';
import type { Gate, GateDecision, GateRequest } from './gate.ts';

export interface PromptGateOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Ctrl-C at the question, which a terminal that is being read does not turn into a signal. Default: terminate. */
  readonly onInterrupt?: (() => void) | undefined;
  /** Where the person finds the screenshot; undefined when it is not kept. */
  readonly locate?: (request: GateRequest) => string | undefined;
}

const QUESTION = 'Allow this? [y]es, [n]o (add why), [t]erminate the run: ';

function describeRequest(request: GateRequest, location: string | undefined): string {
  const lines = [
    '',
    'The model wants to do this, and it must be approved first:',
    ...request.actions.map((action) => `  - ${describeAction(action)}`),
    ...(request.functionCall ? [`  - ${showFunctionCall(request.functionCall)}`] : []),
    'Because of:',
    ...describeChecks(request).map((check) => `  ! ${check}`),
    ...(location === undefined ? [] : [`The screen: ${location}`]),
  ];
  return `${lines.map(toPrintable).join('\n')}\n`;
}

/** `y` or `yes` alone approves; whatever is neither that nor `t` is a denial, and its words are the reason. */
export function parseAnswer(answer: string): GateDecision {
  const by = 'person';
  const trimmed = answer.trim();
  if (/^y(es)?$/i.test(trimmed)) return { decision: 'approve', by };
  const terminate = /^t(erminate)?(?:$|[\s:,]+(?<why>.*)$)/is.exec(trimmed);
  if (terminate !== null) {
    return {
      decision: 'terminate',
      by,
      reason: terminate.groups?.['why'] || 'A person ended the run at the gate.',
    };
  }
  const why = trimmed.replace(/^no?(?:$|[\s:,]+)/i, '');
  return { decision: 'deny', by, reason: why === '' ? 'a person said no' : `a person said no: ${why}` };
}

/** Asks a person on a terminal about each call that carries a check. A closed terminal denies. */
export function createPromptGate(options: PromptGateOptions): Gate {
  const ask = async (request: GateRequest, signal: AbortSignal | undefined): Promise<GateDecision> => {
    const { input, output, locate, onInterrupt } = options;
    output.write(describeRequest(request, locate?.(request)));
    const terminal = createInterface({ input, output });
    const closed = new Promise<GateDecision>((resolve) => {
      terminal.once('close', () =>
        resolve({ decision: 'deny', by: 'prompt', reason: 'the terminal was closed without an answer' }),
      );
      terminal.once('SIGINT', () => {
        // Who stops the run also ends this question, by its signal.
        if (onInterrupt !== undefined) onInterrupt();
        else resolve({ decision: 'terminate', by: 'person', reason: 'A person pressed Ctrl-C at the gate.' });
      });
    });
    try {
      const answered = terminal.question(QUESTION, signal ? { signal } : {}).then(parseAnswer);
      return await Promise.race([answered, closed]);
    } finally {
      terminal.close();
    }
  };
  return {
    name: 'prompt',
    decide: async (request, { signal } = {}) =>
      request.pendingSafetyChecks.length === 0
        ? { decision: 'approve', by: 'default' }
        : await ask(request, signal),
  };
}
