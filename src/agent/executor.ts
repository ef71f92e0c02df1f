import type { Action } from '../action/action.ts';
import type { Display } from '../display/display.ts';
import type { TaskSecrets } from '../safety/task-secrets.ts';
import type { Clock } from '../util/clock.ts';
import type { Point } from '../util/geometry.ts';

/** `wait` carries no duration on the wire; the API's samples pause one to two seconds. */
const WAIT_MS = 1000;

interface ExecuteOptions {
  readonly clock: Clock;
  /** What the model may type by name. */
  readonly secrets?: TaskSecrets | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The place alone: a display keeps it as the pointer's position. */
function pointOf({ x, y }: Point): Point {
  return { x, y };
}

/**
 * Does one validated action on the display, once: input is never repeated.
 * @throws ActionError when the display cannot do it, DisplayError when the display is lost
 */
export async function executeAction(
  action: Action,
  display: Display,
  options: ExecuteOptions,
): Promise<void> {
  const { pointer, keyboard } = display;
  const { signal } = options;
  switch (action.type) {
    case 'click':
      return await keyboard.hold(action.keys, () =>
        pointer.click(pointOf(action), action.button, { signal }),
      );
    case 'double_click':
      return await keyboard.hold(action.keys, () =>
        pointer.click(pointOf(action), 'left', { count: 2, signal }),
      );
    case 'drag':
      return await keyboard.hold(action.keys, () => pointer.drag(action.path, { signal }));
    case 'move':
      return await keyboard.hold(action.keys, () => pointer.move(pointOf(action), { signal }));
    case 'scroll': {
      const by = { x: action.scrollX, y: action.scrollY };
      return await keyboard.hold(action.keys, () => pointer.scroll(pointOf(action), by, { signal }));
    }
    case 'keypress':
      return await keyboard.chord(action.keys, { signal });
    case 'type':
      return await typeText(action.text, display, options);
    case 'wait':
      return await options.clock.sleep(WAIT_MS, { signal });
    case 'screenshot':
      return;
  }
}

/** The name of a secret becomes the secret here, where it is typed, and what that shows is covered. */
async function typeText(text: string, display: Display, { secrets, signal }: ExecuteOptions): Promise<void> {
  const parts = secrets?.names.length ? secrets.split(text) : [{ text, isSecret: false }];
  for (const part of parts) {
    const type = (): Promise<void> => display.keyboard.type(part.text, { signal });
    if (!part.isSecret) await type();
    else
      await display.conceal(type, { signal }).catch((error: unknown) => {
        throw secrets?.redact(error);
      });
  }
}
