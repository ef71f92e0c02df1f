import { describeAction } from '../../action/describe.ts';
import { showFunctionCall } from '../../action/function-call.ts';
import { toMessage } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import { toPrintable } from '../../util/printable.ts';
import { describeReasons } from '../deny-gate.ts';
import type { Gate, GateDecision, GateRequest } from '../gate.ts';
import { parseAnswer } from './answers.ts';
import { askLine, type PromptTerminal } from './ask-line.ts';
import { handOver } from './hand-over.ts';
import { pictureProtocol, toFileLink, toPictureSequence } from './terminal-picture.ts';

/** The screen with the action drawn on it, as a file that the person can open. */
export interface ShownPicture {
  readonly path: string;
  readonly png: Uint8Array;
}

export interface PromptGateOptions {
  readonly terminal: PromptTerminal;
  readonly clock: Clock;
  /** What the terminal can show. Default: nothing but text. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Absent: the screen is not shown. */
  readonly picture?: (
    request: GateRequest,
    options: { readonly signal?: AbortSignal | undefined },
  ) => Promise<ShownPicture>;
}

const CHOICES = '[y]es, [n]o (add why), [t]erminate the run';

function toQuestion({ desktop }: GateRequest): string {
  return `Allow this? ${CHOICES}${desktop === undefined ? '' : ', [h]and the desktop to me'}: `;
}

function describeRequest(request: GateRequest): string {
  const { actions, functionCall, next } = request;
  const done = actions.slice(0, next).map((action) => `  - ${describeAction(action)} (done)`);
  const asked = actions.slice(next).map((action) => `  - ${describeAction(action)}`);
  const lines = [
    '',
    'The model wants to do this, and it must be approved first:',
    ...done,
    ...asked,
    ...(functionCall === undefined ? [] : [`  - ${showFunctionCall(functionCall)}`]),
    'Because of:',
    ...describeReasons(request).map((reason) => `  ! ${reason}`),
  ];
  return `${lines.map(toPrintable).join('\n')}\n`;
}

/** Asks a person at a terminal about whatever a check or a rule singles out. A closed terminal denies. */
export function createPromptGate(options: PromptGateOptions): Gate {
  return {
    name: 'prompt',
    decide: async (request, { signal } = {}) =>
      describeReasons(request).length === 0
        ? { decision: 'approve', by: 'default' }
        : await ask(request, options, signal),
  };
}

async function ask(
  request: GateRequest,
  options: PromptGateOptions,
  signal: AbortSignal | undefined,
): Promise<GateDecision> {
  const { terminal, clock } = options;
  terminal.output.write(describeRequest(request));
  terminal.output.write(await showScreen(request, options, signal));
  const answer = await askLine(terminal, toQuestion(request), { signal });
  if (answer.kind === 'closed') {
    return { decision: 'deny', by: 'prompt', reason: 'the terminal was closed without an answer' };
  }
  if (answer.kind === 'interrupted') {
    return { decision: 'terminate', by: 'person', reason: 'A person pressed Ctrl-C at the gate.' };
  }
  const parsed = parseAnswer(answer.line);
  if (parsed.kind === 'approve') return { decision: 'approve', by: 'person' };
  if (parsed.kind !== 'hand-over') return { decision: parsed.kind, by: 'person', reason: parsed.reason };
  const { desktop } = request;
  if (desktop === undefined) return { decision: 'deny', by: 'person', reason: 'a person said no: h' };
  return await handOver({ terminal, desktop, clock, signal });
}

/** A picture that cannot be made does not keep a person from deciding. */
async function showScreen(
  request: GateRequest,
  { terminal: { output }, picture, env = {} }: PromptGateOptions,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (picture === undefined) return '';
  try {
    const { path, png } = await picture(request, { signal });
    const isTerminal = 'isTTY' in output && output.isTTY === true;
    const inline = isTerminal ? toPictureSequence(png, pictureProtocol(env)) : '';
    return `${inline}The screen: ${toFileLink(path, { isTerminal, env })}\n`;
  } catch (error) {
    signal?.throwIfAborted();
    return `${toPrintable(`The screen cannot be shown: ${toMessage(error)}`)}\n`;
  }
}
