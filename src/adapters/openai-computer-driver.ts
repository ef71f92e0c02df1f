import type { ComputerDriver, ComputerExecutionOptions } from 'openai/helpers/computer';
import { toDataUrl } from '../action/screenshot.ts';
import type { Display } from '../display/display.ts';
import type { Clock } from '../util/clock.ts';
import { performAction } from './perform-action.ts';
import { type GatedDesktop, requireApproval } from './require-approval.ts';

export interface ComputerDriverOptions {
  readonly clock?: Clock;
}

/**
 * A desktop as the `ComputerDriver` of `openai/helpers/computer` (openai 7.33 or newer). Every action is validated,
 * done once, and over when the screen is quiet. The desktop stays its owner's: the toolset never closes it.
 * @throws (by its methods) ActionError, DisplayError; `ComputerToolset` ends its run with them
 */
export function createComputerDriver(
  display: Display,
  { clock }: ComputerDriverOptions = {},
): ComputerDriver {
  const act = async (action: unknown, { signal }: { readonly signal: AbortSignal | undefined }) => {
    await performAction(action, display, { clock, signal });
  };
  return {
    click: act,
    double_click: act,
    drag: act,
    keypress: act,
    move: act,
    scroll: act,
    type: act,
    wait: act,
    screenshot: async ({ signal }) => ({
      type: 'computer_screenshot',
      image_url: toDataUrl(await display.screenshot({ signal })),
    }),
  };
}

export type ComputerPolicy = Required<Pick<ComputerExecutionOptions, 'approveSafetyChecks' | 'beforeAction'>>;

type Call = Parameters<ComputerPolicy['approveSafetyChecks']>[0];

function actionsOf({ actions, action }: Call): readonly unknown[] {
  return actions ?? (action === undefined ? [] : [action]);
}

/**
 * A gate in the form of `ComputerToolset`'s options: it decides once on each computer call, with its pending safety
 * checks, before the first action of it. What is not approved ends the toolset's run with a CancelledError that
 * names who decided and why; the toolset has no way to tell the model.
 */
export function createComputerPolicy(desktop: GatedDesktop): ComputerPolicy {
  let calls = 0;
  let approvedCallId: string | undefined;
  const approve = async (call: Call, signal: AbortSignal | undefined): Promise<true> => {
    approvedCallId = undefined;
    const asked = {
      callId: call.call_id,
      turn: ++calls,
      actions: actionsOf(call),
      checks: call.pending_safety_checks.map(({ id, code, message }) => ({
        id,
        code: code ?? null,
        message: message ?? null,
      })),
    };
    await requireApproval(desktop, asked, { signal });
    approvedCallId = call.call_id;
    return true;
  };
  return {
    approveSafetyChecks: (call, { signal }) => approve(call, signal),
    beforeAction: (_action, call, { signal }) =>
      call.call_id === approvedCallId ? true : approve(call, signal),
  };
}
