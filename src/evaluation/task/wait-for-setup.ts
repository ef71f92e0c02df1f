import { SandboxError } from '../../errors.ts';
import type { CheckContext } from '../checks/check.ts';
import { listWindowTitles } from '../checks/desktop-checks.ts';
import { hasText } from '../checks/screen-text.ts';
import { findFault, showText } from '../checks/text-rule.ts';
import { DEFAULT_COMMAND_TIMEOUT_MS } from './command-schema.ts';
import type { WaitStep } from './task-schema.ts';

type Desktop = Pick<CheckContext, 'sandbox' | 'screenshot' | 'readScreen' | 'clock' | 'signal'>;

const POLL_MS = 250;

/**
 * Waits until each of the windows and texts has been seen, one after the other.
 * @throws SandboxError sandbox-not-ready: one was not there in time
 */
export async function waitForSetup(steps: readonly WaitStep[], desktop: Desktop): Promise<void> {
  for (const step of steps) await waitFor(step, desktop);
}

async function waitFor(step: WaitStep, desktop: Desktop): Promise<void> {
  const { clock, signal } = desktop;
  const timeoutMs = step.timeout ?? DEFAULT_COMMAND_TIMEOUT_MS;
  const until = clock.now() + timeoutMs;
  for (;;) {
    const seen = await look(step, desktop);
    if (seen.isThere) return;
    if (clock.now() >= until) {
      const wanted = step.text === undefined ? 'the window' : `the text ${showText(step.text)}`;
      throw new SandboxError(
        'sandbox-not-ready',
        `The setup waited ${timeoutMs / 1000} s for ${wanted}; there was ${seen.shown}.`,
      );
    }
    await clock.sleep(POLL_MS, { signal });
  }
}

interface Look {
  readonly isThere: boolean;
  readonly shown: string;
}

async function look({ window, text }: WaitStep, desktop: Desktop): Promise<Look> {
  if (window !== undefined) {
    const titles = await listWindowTitles(desktop);
    const isThere = titles.some((title) => findFault(title, window) === undefined);
    return { isThere, shown: titles.map(showText).join(', ') || 'no window' };
  }
  const { png } = await desktop.screenshot();
  const lines = await desktop.readScreen(png, { signal: desktop.signal });
  return { isThere: hasText(lines, text ?? ''), shown: lines.map(showText).join(', ') || 'no text' };
}
