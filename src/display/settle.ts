import type { SettleReason } from './display.ts';

/**
 * What the wait is for: nothing was asked of the desktop; text that shows at once; a key or a scroll; a click or
 * Enter, which may bring about something after something else; or the pointer was only moved.
 */
export type Expectation = 'nothing' | 'echo' | 'reaction' | 'deed' | 'hover';

/** All values in ms. */
export interface SettleRules {
  /** No wait is shorter. */
  readonly minimumMs: number;
  /** How long to wait for a first change after the input. */
  readonly firstChangeMs: Readonly<Record<Expectation, number>>;
  /** Quiet for this long is quiet. */
  readonly quietMs: number;
  /** The same after a click that only lit up what it hit: a button shows first that it is pressed, then what it does. */
  readonly litQuietMs: number;
  /** The same on a desktop that pauses while it draws: twice its longest pause, and at most this. */
  readonly longestQuietMs: number;
  /** The same when the pointer was seen turning: a program starts, and its window is still to come. */
  readonly busyQuietMs: number;
  /** The same when a window came some time after the input: it is drawn in parts. */
  readonly windowQuietMs: number;
  /** The same after something has closed, as a menu does when it was clicked: what it was clicked for follows. */
  readonly closedQuietMs: number;
  /** No wait is longer. */
  readonly capMs: number;
}

export const SETTLE_RULES: SettleRules = {
  minimumMs: 40,
  firstChangeMs: { nothing: 80, echo: 250, reaction: 250, deed: 250, hover: 300 },
  quietMs: 60,
  litQuietMs: 200,
  longestQuietMs: 250,
  busyQuietMs: 1500,
  windowQuietMs: 150,
  closedQuietMs: 600,
  capMs: 3000,
};

/** Pauses between two frames of an animated pointer, ms, and how many of them in a row make one. */
const SHAPE_PAUSE_MS = { shortest: 5, longest: 150 } as const;
const ANIMATED_PAUSES = 2;
/** A longer pause parts two bursts of changes, ms. */
const BURST_PAUSE_MS = 60;
/** What is smaller is no window, as a part of the screen. */
const WINDOW_SHARE = 0.005;
/** What is smaller is no button that lights up, but a caret that moves, px. */
const BUTTON_PX = 300;

/** What has been seen since an input began. Times are of one monotonic clock, ms. */
export interface Observed {
  readonly expectation: Expectation;
  /** When the last key, button or movement was sent. */
  readonly inputAtMs: number;
  /** Last change that is not the screen's own rhythm; the pointer's shape counts. */
  readonly changedAtMs?: number;
  /** Last such change of the pixels. */
  readonly pixelsAtMs?: number;
  /** How much those changes were in all, as a part of the screen, and how many px of them near the pointer. */
  readonly changedShare: number;
  readonly nearPointerPx: number;
  /** Bursts of those changes so far, and how much the last one was. */
  readonly bursts: number;
  readonly burstShare: number;
  /** Longest pause between two such changes of the pixels. */
  readonly longestPauseMs: number;
  /** Whether something changed that changes by itself. */
  readonly sawRepeating: boolean;
  /** Last change of the pointer's shape since the last input, and how many regular pauses came before it. */
  readonly shapeAtMs?: number | undefined;
  readonly shapePauses: number;
  readonly sawBusyPointer: boolean;
  readonly updates: number;
}

export function observeFrom(atMs: number, expectation: Expectation): Observed {
  return {
    expectation,
    inputAtMs: atMs,
    changedShare: 0,
    nearPointerPx: 0,
    bursts: 0,
    burstShare: 0,
    longestPauseMs: 0,
    sawRepeating: false,
    shapePauses: 0,
    sawBusyPointer: false,
    updates: 0,
  };
}

export type Sight = 'input' | 'change' | 'repeating-change' | 'pointer-shape';

/** How much a change was: as a part of the screen, and in px near the pointer. */
export interface Extent {
  readonly share: number;
  readonly nearPointerPx: number;
}

const NOWHERE: Extent = { share: 0, nearPointerPx: 0 };

/** What has been seen, with one more sight. */
export function note(observed: Observed, atMs: number, sight: Sight, extent = NOWHERE): Observed {
  switch (sight) {
    case 'input':
      return { ...observed, inputAtMs: atMs, shapeAtMs: undefined, shapePauses: 0 };
    case 'pointer-shape':
      return noteShape(observed, atMs);
    case 'repeating-change':
      return { ...observed, updates: observed.updates + 1, sawRepeating: true };
    case 'change':
      return noteChange(observed, atMs, extent);
  }
}

function noteShape(observed: Observed, atMs: number): Observed {
  const pauseMs = atMs - (observed.shapeAtMs ?? Number.NEGATIVE_INFINITY);
  const isRegular = pauseMs >= SHAPE_PAUSE_MS.shortest && pauseMs <= SHAPE_PAUSE_MS.longest;
  const shapePauses = isRegular ? observed.shapePauses + 1 : 0;
  const sawBusyPointer = observed.sawBusyPointer || shapePauses >= ANIMATED_PAUSES;
  return { ...observed, changedAtMs: atMs, shapeAtMs: atMs, shapePauses, sawBusyPointer };
}

function noteChange(observed: Observed, atMs: number, { share, nearPointerPx }: Extent): Observed {
  const { pixelsAtMs = Number.NEGATIVE_INFINITY } = observed;
  const pauseMs = atMs - pixelsAtMs;
  const isNewBurst = pauseMs > BURST_PAUSE_MS;
  return {
    ...observed,
    updates: observed.updates + 1,
    changedAtMs: atMs,
    pixelsAtMs: atMs,
    changedShare: observed.changedShare + share,
    nearPointerPx: observed.nearPointerPx + nearPointerPx,
    bursts: observed.bursts + (isNewBurst ? 1 : 0),
    burstShare: share + (isNewBurst ? 0 : observed.burstShare),
    longestPauseMs: Number.isFinite(pauseMs) ? Math.max(observed.longestPauseMs, pauseMs) : 0,
  };
}

/** One wait for the screen to settle. */
export interface Wait {
  readonly calledAtMs: number;
  readonly observed: Observed;
  /** Whether what has changed looks as it did before something opened there. */
  readonly hasClosed: boolean;
}

/** Whether it makes a difference to know that something has closed. */
export function mayHaveClosed({ expectation, bursts }: Observed): boolean {
  return expectation === 'deed' && bursts === 1;
}

export type Verdict = { readonly settled: SettleReason } | { readonly lookAgainAtMs: number };

/** Whether the screen has settled, or when to look again if nothing changes until then. */
export function judge(wait: Wait, nowMs: number, rules: SettleRules): Verdict {
  const { calledAtMs, observed } = wait;
  const capAtMs = calledAtMs + rules.capMs;
  if (nowMs >= capAtMs) return { settled: 'cap' };
  const dueAtMs = Math.max(calledAtMs + rules.minimumMs, quietAtMs(wait, rules));
  if (nowMs < dueAtMs) return { lookAgainAtMs: Math.min(dueAtMs, capAtMs) };
  return { settled: observed.sawRepeating ? 'quiet-but-for-repeating' : 'quiet' };
}

function quietAtMs({ observed, hasClosed }: Wait, rules: SettleRules): number {
  const { expectation, inputAtMs, changedAtMs, pixelsAtMs } = observed;
  const firstChangeBy = inputAtMs + rules.firstChangeMs[expectation];
  if (changedAtMs === undefined) return firstChangeBy;
  const quietAt = Math.max(changedAtMs, inputAtMs) + neededQuietMs(observed, hasClosed, rules);
  // A pointer that changes is no answer yet; a submenu opens only when the pointer has rested on its entry.
  const isStillExpected = pixelsAtMs === undefined || expectation === 'hover';
  return isStillExpected ? Math.max(quietAt, firstChangeBy) : quietAt;
}

function neededQuietMs(observed: Observed, hasClosed: boolean, rules: SettleRules): number {
  const twice = 2 * observed.longestPauseMs;
  // A longer pause than that is not a pause in drawing but a second event.
  const drawingMs = twice > rules.longestQuietMs ? 0 : twice;
  const closedMs = hasClosed && mayHaveClosed(observed) ? rules.closedQuietMs : 0;
  return Math.max(drawingMs, closedMs, leastQuietMs(observed, rules));
}

function leastQuietMs(observed: Observed, rules: SettleRules): number {
  const { expectation, sawBusyPointer, changedShare, nearPointerPx } = observed;
  if (expectation !== 'deed') return rules.quietMs;
  if (hasWindow(observed)) return rules.windowQuietMs;
  if (sawBusyPointer) return rules.busyQuietMs;
  return changedShare < WINDOW_SHARE && nearPointerPx >= BUTTON_PX ? rules.litQuietMs : rules.quietMs;
}

/** The first burst is what was clicked: a menu that closes, a button that lights up. The next is the window. */
function hasWindow({ bursts, burstShare }: Observed): boolean {
  return bursts > 1 && burstShare >= WINDOW_SHARE;
}
