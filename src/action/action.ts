import type { Point } from '../util/geometry.ts';

/** The buttons of the computer tool; `wheel` is the middle button. */
export type MouseButton = 'left' | 'wheel' | 'right' | 'back' | 'forward';

/** Keys held while the pointer acts, pressed in order and released in reverse. Canonical names: key-names.ts. */
interface Held {
  readonly keys: readonly string[];
}

export interface ClickAction extends Point, Held {
  readonly type: 'click';
  readonly button: MouseButton;
}

export interface DoubleClickAction extends Point, Held {
  readonly type: 'double_click';
}

export interface DragAction extends Held {
  readonly type: 'drag';
  /** At least two points; the button goes down at the first and up at the last. */
  readonly path: readonly Point[];
}

/** A chord: all keys down in order, then up in reverse. */
export interface KeypressAction {
  readonly type: 'keypress';
  readonly keys: readonly string[];
}

export interface MoveAction extends Point, Held {
  readonly type: 'move';
}

export interface ScreenshotAction {
  readonly type: 'screenshot';
}

/** Amounts in px: positive `scrollY` is down, positive `scrollX` is right. */
export interface ScrollAction extends Point, Held {
  readonly type: 'scroll';
  readonly scrollX: number;
  readonly scrollY: number;
}

export interface TypeAction {
  readonly type: 'type';
  readonly text: string;
}

export interface WaitAction {
  readonly type: 'wait';
}

/**
 * What a model may do, from both the `computer` and the `computer_use_preview` tool.
 * Source: OpenAI API reference, Responses, `computer_call.action` and `computer_call.actions[]`.
 */
export type Action =
  | ClickAction
  | DoubleClickAction
  | DragAction
  | KeypressAction
  | MoveAction
  | ScreenshotAction
  | ScrollAction
  | TypeAction
  | WaitAction;

/** A reason to ask a person first, as the Responses API sends it (`pending_safety_checks[]`). */
export interface SafetyCheck {
  readonly id: string;
  readonly code: string | null;
  readonly message: string | null;
}
