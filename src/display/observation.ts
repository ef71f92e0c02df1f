/**
 * What the wait is for: nothing was asked of the desktop; text that shows at once; a key or a scroll; a click or
 * Enter, which may bring about something after something else; or the pointer was only moved.
 */
export type Expectation = 'nothing' | 'echo' | 'reaction' | 'deed' | 'hover';

/** Pauses between two frames of an animated pointer, ms, and how many of them in a row make one. */
const SHAPE_PAUSE_MS = { shortest: 5, longest: 150 } as const;
const ANIMATED_PAUSES = 2;
/** A longer pause parts two bursts of changes, ms. */
const BURST_PAUSE_MS = 60;

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
  /** When the desktop's processes were last seen at work; absent where they cannot be watched. */
  readonly workedAtMs?: number;
  /** Whether they worked without a rest before the input already: it tells nothing about the input then. */
  readonly worksAlways: boolean;
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
    worksAlways: false,
  };
}

export type Sight = 'input' | 'change' | 'repeating-change' | 'pointer-shape' | 'work';

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
    case 'work':
      return { ...observed, workedAtMs: atMs };
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
