import { parseAction, validateAction } from '../action/parse.ts';
import { executeAction } from '../agent/executor.ts';
import type { Display } from '../display/display.ts';
import { type Clock, systemClock } from '../util/clock.ts';

export interface PerformOptions {
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does one action, given as the Responses API sends it, once, and waits until the screen is quiet.
 * What fails half-way leaves no key and no button down.
 * @throws ActionError when it cannot be done, DisplayError when the display is lost
 */
export async function performAction(
  wire: unknown,
  display: Display,
  { clock = systemClock, signal }: PerformOptions = {},
): Promise<void> {
  signal?.throwIfAborted();
  const action = validateAction(parseAction(wire), display.size);
  try {
    await executeAction(action, display, { clock, signal });
  } catch (error) {
    await display.releaseAll().catch(() => undefined);
    throw error;
  }
  if (action.type !== 'screenshot') await display.settle({ signal });
}
