import { ActionError, isDeskhandError, toDeskhandError, toMessage } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import { shorten } from '../../util/shorten.ts';
import type { Desktop } from '../desktop.ts';
import type { FunctionTool } from './function-tool.ts';

/** More than a model reads with profit; a function with less to say sets a limit of its own. */
const MOST_CHARACTERS = 64_000;

interface CallOptions {
  readonly desktop: Desktop;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Runs a function that the gate has approved, once, within its time.
 * @throws ActionError function-failed when it fails or its time is over; SandboxError sandbox-died, CancelledError
 */
export async function callFunction(
  tool: FunctionTool,
  given: Readonly<Record<string, unknown>>,
  { desktop, clock, signal }: CallOptions,
): Promise<string> {
  const { declaration, timeoutMs } = tool;
  const { name } = declaration;
  const over = new AbortController();
  const scope = AbortSignal.any([signal, over.signal]);
  const late = clock.sleep(timeoutMs, { signal: scope }).then((): never => {
    throw new ActionError('function-failed', `${name} did not end within ${timeoutMs / 1000} s.`);
  });
  try {
    const output = await Promise.race([tool.run(given, { desktop, signal: scope }), late]);
    return shorten(output, MOST_CHARACTERS);
  } catch (thrown) {
    if (signal.aborted) throw toDeskhandError(signal.reason);
    if (isDeskhandError(thrown) && thrown.code === 'sandbox-died') throw thrown;
    if (thrown instanceof ActionError) throw thrown;
    throw new ActionError('function-failed', `${name} failed: ${toMessage(thrown)}`, { cause: thrown });
  } finally {
    over.abort();
  }
}
