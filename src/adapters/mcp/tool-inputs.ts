import { z } from 'zod';

const MOST_TEXT = 10_000;
const MOST_KEYS = 8;
const MOST_POINTS = 200;
const MOST_SCROLL_PX = 10_000;
const MOST_WAIT_MS = 30_000;
const MOST_COMMAND_S = 600;

const coordinate = z.number().min(0);
const x = coordinate.describe('px from the left of the screenshot');
const y = coordinate.describe('px from the top of the screenshot');
const keyName = z.string().min(1).max(32);
const keys = z.array(keyName).max(MOST_KEYS).optional().describe('keys to hold meanwhile, such as ["CTRL"]');
const amount = z.number().min(-MOST_SCROLL_PX).max(MOST_SCROLL_PX).default(0);

/** What the tools take; `screenshot` is added to each action by the server. */
export const ACTION_INPUTS = {
  click: {
    x,
    y,
    button: z.enum(['left', 'right', 'wheel', 'back', 'forward']).default('left'),
    keys,
  },
  double_click: { x, y, keys },
  drag: {
    path: z
      .array(z.strictObject({ x, y }))
      .min(2)
      .max(MOST_POINTS)
      .describe('the button goes down at the first point and up at the last'),
    keys,
  },
  move: { x, y, keys },
  scroll: {
    x,
    y,
    scroll_x: amount.describe('px, positive is right'),
    scroll_y: amount.describe('px, positive is down'),
    keys,
  },
  type: { text: z.string().min(1).max(MOST_TEXT).describe('typed literally; a newline is Enter') },
  keypress: {
    keys: z.array(keyName).min(1).max(MOST_KEYS).describe('pressed together, such as ["CTRL", "S"]'),
  },
} as const;

export type ActionTool = keyof typeof ACTION_INPUTS;

export const ACTION_DESCRIPTIONS: Readonly<Record<ActionTool, string>> = {
  click: 'Click a mouse button at a point.',
  double_click: 'Double-click the left button at a point.',
  drag: 'Drag with the left button along a path.',
  move: 'Move the pointer to a point, to hover.',
  scroll: 'Turn the wheel over a point.',
  type: 'Type text into what has the focus.',
  keypress: 'Press a key or a chord.',
};

export const WAIT_INPUT = {
  ms: z.number().int().min(0).max(MOST_WAIT_MS).default(1000).describe('how long, at least'),
} as const;

export const COMMAND_INPUT = {
  command: z.string().min(1).max(MOST_TEXT).describe('a line for /bin/sh'),
  timeout_s: z.number().positive().max(MOST_COMMAND_S).default(60),
} as const;
