import { ModelError } from '../errors.ts';
import type { Turn } from '../model/model-client.ts';
import type { Ending } from './agent-machine.ts';

function textOf(turn: Turn, type: 'message' | 'refusal'): string {
  return turn.items.flatMap((item) => (item.type === type && item.text !== '' ? [item.text] : [])).join('\n');
}

function failed(message: string, hint: string): Ending {
  return {
    outcome: 'failed',
    reason: message,
    error: new ModelError('model-invalid-response', message, { hint }),
  };
}

/** What a response means that asks for no computer call. */
export function endingOf(turn: Turn): Ending {
  const refusal = textOf(turn, 'refusal');
  if (refusal !== '') return { outcome: 'refused', reason: `The model refused: ${refusal}` };
  if (turn.status === 'incomplete') {
    const why = turn.incompleteReason ?? 'no reason given';
    return failed(`The model's response is incomplete: ${why}.`, 'Raise the output token limit or retry.');
  }
  const message = textOf(turn, 'message');
  if (message !== '') {
    return { outcome: 'completed', reason: 'The model says that the task is done.', finalMessage: message };
  }
  const kinds = turn.items.map((item) => (item.type === 'unknown' ? item.wireType : item.type)).join(', ');
  return failed(
    `The model answered with neither a computer call nor a message (${kinds || 'no items'}).`,
    'Check that the model supports the computer tool.',
  );
}
