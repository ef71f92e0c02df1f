import { z } from 'zod';
import { ActionError } from '../../errors.ts';
import { defineFunction, type FunctionTool } from './function-tool.ts';

/** Asks a person one question; undefined when they leave without an answer. */
export type AskPerson = (
  question: string,
  options: { readonly signal: AbortSignal },
) => Promise<string | undefined>;

export interface AskUserOptions {
  /** Absent: nobody is there, and the model is told so. */
  readonly ask?: AskPerson | undefined;
  /** How long a person may take, ms. Default an hour. */
  readonly timeoutMs?: number | undefined;
}

const DESCRIPTION = [
  'Asks the person who gave the task, and returns the answer.',
  'Use it only where the task leaves open what the person wants and a wrong guess would do harm.',
].join(' ');

const NOBODY =
  'Nobody is there to answer. Go on without it, or end with a message that says what you need to know.';

/** `ask_user`: a question to the person at the terminal. */
export function createAskUserFunction({ ask, timeoutMs = 3_600_000 }: AskUserOptions = {}): FunctionTool {
  return defineFunction({
    name: 'ask_user',
    description: DESCRIPTION,
    parameters: z.object({ question: z.string() }),
    timeoutMs,
    run: async ({ question }, { signal }) => {
      if (ask === undefined) return { error: NOBODY };
      const answer = await ask(question, { signal });
      if (answer === undefined)
        throw new ActionError('function-failed', 'The person left without an answer.');
      return { answer };
    },
  });
}
