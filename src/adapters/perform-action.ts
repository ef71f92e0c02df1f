import { parseAction, validateAction } from '../action/parse.ts';
import { executeAction } from '../agent/executor.ts';
import type { Action } from '../action/action.ts';
import type { Display, SettleReport } from '../display/display.ts';
import { type Clock, systemClock } from '../util/clock.ts';

export interface Performed {
  readonly action: Action;
  /** Undefined for a `screenshot`, which changes nothing. */
  readonly settled: SettleReport | undefined;
}

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
): Promise<Performed> {
  signal?.throwIfAborted();
  const action = validateAction(parseAction(wire), display.size);
  try {
    await executeAction(action, display, { clock, signal });
  } catch (error) {
    await display.releaseAll().catch(() => undefined);
    throw error;
  }
  const settled = action.type === 'screenshot' ? undefined : await display.settle({ signal });
  return { action, settled };
}
