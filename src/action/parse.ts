import { z } from 'zod';
import { ActionError } from '../errors.ts';
import type { Size } from '../util/geometry.ts';
import type { Action } from './action.ts';
import { parseKeyName } from './key-names.ts';

const coordinate = z.number();
const keys = z
  .array(z.string())
  .nullish()
  .transform((names) => (names ?? []).map(parseKeyName));
const at = { x: coordinate, y: coordinate };

const wireAction = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('click'),
    button: z.enum(['left', 'wheel', 'right', 'back', 'forward']),
    ...at,
    keys,
  }),
  z.strictObject({ type: z.literal('double_click'), ...at, keys }),
  z.strictObject({ type: z.literal('drag'), path: z.array(z.strictObject(at)).min(2), keys }),
  z.strictObject({
    type: z.literal('keypress'),
    keys: z
      .array(z.string())
      .min(1)
      .transform((names) => names.map(parseKeyName)),
  }),
  z.strictObject({ type: z.literal('move'), ...at, keys }),
  z.strictObject({ type: z.literal('screenshot') }),
  z
    .strictObject({ type: z.literal('scroll'), ...at, scroll_x: z.number(), scroll_y: z.number(), keys })
    .transform(({ scroll_x: scrollX, scroll_y: scrollY, ...rest }) => ({ ...rest, scrollX, scrollY })),
  z.strictObject({ type: z.literal('type'), text: z.string() }),
  z.strictObject({ type: z.literal('wait') }),
]);

/**
 * Reads one action as the Responses API sends it (`computer_call.action` or an element of `actions[]`).
 * @throws ActionError invalid-action, unknown-key
 */
export function parseAction(wire: unknown): Action {
  const parsed = wireAction.safeParse(wire);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'action'}: ${issue.message}`);
  throw new ActionError('invalid-action', `Invalid action: ${issues.join('; ')}.`, { details: { wire } });
}

function pointsOf(action: Action): readonly { readonly x: number; readonly y: number }[] {
  if (action.type === 'drag') return action.path;
  return 'x' in action ? [action] : [];
}

/**
 * Checks that every point lies on the display. A fraction belongs to the pixel that it falls in.
 * @throws ActionError out-of-bounds
 */
export function validateAction(action: Action, display: Size): Action {
  for (const { x, y } of pointsOf(action)) {
    const isInside = x >= 0 && y >= 0 && x < display.width && y < display.height;
    if (isInside) continue;
    throw new ActionError(
      'out-of-bounds',
      `(${x}, ${y}) is outside the ${display.width}x${display.height} screen.`,
      {
        details: { x, y, display },
        hint: `x is 0 to ${display.width - 1}, y is 0 to ${display.height - 1}.`,
      },
    );
  }
  return action;
}

/** The wire form of an action: what `parseAction` reads. */
export function toWireAction(action: Action): Record<string, unknown> {
  if (action.type !== 'scroll') return { ...action };
  const { scrollX, scrollY, ...rest } = action;
  return { ...rest, scroll_x: scrollX, scroll_y: scrollY };
}
