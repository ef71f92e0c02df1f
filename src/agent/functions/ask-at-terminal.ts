import { createInterface } from 'node:readline/promises';
import { toPrintable } from '../../util/printable.ts';
import type { AskPerson } from './ask-user-function.ts';

export interface TerminalStreams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Ctrl-C at the question, which a terminal that is being read does not turn into a signal. */
  readonly onInterrupt?: (() => void) | undefined;
}

/** Asks on a terminal, one line; a closed terminal is no answer. What the model asks cannot steer the terminal. */
export function askAtTerminal({ input, output, onInterrupt }: TerminalStreams): AskPerson {
  return async (question, { signal }) => {
    output.write(`\nThe model asks:\n  ${toPrintable(question).replaceAll('\n', '\n  ')}\n`);
    const terminal = createInterface({ input, output });
    const closed = Promise.withResolvers<undefined>();
    terminal.once('close', () => closed.resolve(undefined));
    terminal.once('SIGINT', () => (onInterrupt === undefined ? terminal.close() : onInterrupt()));
    try {
      return await Promise.race([terminal.question('Your answer: ', { signal }), closed.promise]);
    } finally {
      terminal.close();
    }
  };
}
