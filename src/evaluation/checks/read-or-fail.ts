import { UnreadableError } from '../content/content.ts';
import { failed, type Finding } from './check.ts';

/** What is in a file, or the failure that it is none that can be read: an error is only what is not the file's fault. */
export async function readOrFail<T>(
  what: string,
  read: () => Promise<T>,
): Promise<{ readonly content: T } | { readonly fault: Finding }> {
  try {
    return { content: await read() };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return { fault: failed(`${what} cannot be read: ${error.message}`) };
  }
}
