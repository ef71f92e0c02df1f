import { CancelledError } from '../errors.ts';
import type { Sandbox } from '../sandbox/sandbox-driver.ts';
import type { CurrentUrlSource } from './run-ports.ts';

/** An address with a whole document in it says nothing, and would be sent with every screen. */
const LONGEST = 2_000;

/** The address for the model: none where it cannot be had, is no page's, or is endless. Never ends a run. */
export async function readCurrentUrl(
  source: CurrentUrlSource | undefined,
  sandbox: Sandbox,
  { signal }: { readonly signal: AbortSignal },
): Promise<string | undefined> {
  if (source === undefined) return undefined;
  try {
    const url = await source.read(sandbox, { signal });
    return url === undefined || url === 'about:blank' || url.length > LONGEST ? undefined : url;
  } catch (cause) {
    if (signal.aborted) throw new CancelledError('cancelled', 'Cancelled.', { cause });
    return undefined;
  }
}
