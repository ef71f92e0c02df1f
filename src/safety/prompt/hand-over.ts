import { toPrintable } from '../../util/printable.ts';
import type { Clock } from '../../util/clock.ts';
import type { GateDecision } from '../gate.ts';
import type { GateDesktop } from '../gate-desktop.ts';
import { askLine, type PromptTerminal } from './ask-line.ts';

export interface HandOverOptions {
  readonly terminal: PromptTerminal;
  readonly desktop: GateDesktop;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

const GIVE_BACK = 'Enter gives the desktop back (add what you did, for the model), r lets a new viewer in: ';

/**
 * Lets a person do a step with a VNC viewer of their own. What the model had asked for does not run: the screen that
 * it went by is not the screen that it finds.
 */
export async function handOver(options: HandOverOptions): Promise<GateDecision> {
  const startedAt = options.clock.now();
  const answer = await holdUntilGivenBack(options);
  const heldMs = options.clock.now() - startedAt;
  const by = 'person';
  if (answer === undefined) {
    const reason = 'a person took the desktop, and the terminal was closed before it was given back';
    return { decision: 'terminate', by, heldMs, reason };
  }
  const did = answer === '' ? '' : ` They say: ${answer}`;
  const reason = `a person took the desktop, did something on it and gave it back; look at the screen anew.${did}`;
  return { decision: 'deny', by, heldMs, reason };
}

/** What the person says on giving it back; undefined: the terminal is gone. */
async function holdUntilGivenBack({
  terminal,
  desktop,
  signal,
}: HandOverOptions): Promise<string | undefined> {
  for (;;) {
    await using loan = await desktop.lend({ signal });
    const { address, password } = loan;
    terminal.output.write(
      toPrintable(`The desktop is yours: open ${address} in a VNC viewer, password ${password}\n`),
    );
    void loan.ended.then((how) => {
      const what =
        how === 'left' ? 'The viewer has left.' : 'Too many wrong passwords: nobody can come in any more.';
      terminal.output.write(`\n${what}\n${GIVE_BACK}`);
    });
    const answer = await askLine(terminal, GIVE_BACK, { signal });
    if (answer.kind !== 'line') return undefined;
    if (answer.line.trim().toLowerCase() !== 'r') return answer.line.trim();
  }
}
