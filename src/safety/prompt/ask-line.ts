import { createInterface } from 'node:readline/promises';

/** Where a person sits. */
export interface PromptTerminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Ctrl-C at a question, which a terminal that is being read does not turn into a signal. */
  readonly onInterrupt?: (() => void) | undefined;
}

export type Answer =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'closed' }
  | { readonly kind: 'interrupted' };

/**
 * One line from a person. `closed`: nobody can answer any more.
 * @throws AbortError when the signal aborts first
 */
export async function askLine(
  { input, output, onInterrupt }: PromptTerminal,
  question: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Answer> {
  const terminal = createInterface({ input, output });
  const ended = new Promise<Answer>((resolve) => {
    terminal.once('close', () => resolve({ kind: 'closed' }));
    // A terminal that was hung up fails to be read.
    terminal.once('error', () => resolve({ kind: 'closed' }));
    terminal.once('SIGINT', () => {
      // Who stops the run also ends this question, by its signal.
      if (onInterrupt !== undefined) onInterrupt();
      else resolve({ kind: 'interrupted' });
    });
  });
  try {
    const answered = terminal
      .question(question, signal === undefined ? {} : { signal })
      .then((line): Answer => ({ kind: 'line', line }));
    return await Promise.race([answered, ended]);
  } finally {
    terminal.close();
  }
}
