import type { SettleReason } from './display.ts';

/** What the wait is for: nothing was asked of the desktop, something was, or the pointer was only moved. */
export type Expectation = 'nothing' | 'reaction' | 'hover';

/** All values in ms. */
export interface SettleRules {
  /** No wait is shorter. */
  readonly minimumMs: number;
  /** How long to wait for a first change after the input. */
  readonly firstChangeMs: Readonly<Record<Expectation, number>>;
  /** Quiet for this long is quiet. */
  readonly quietMs: number;
  /** The same on a desktop that pauses while it draws: twice its longest pause, and at most this. */
  readonly longestQuietMs: number;
  /** The same when the pointer was seen turning: a program starts, and nothing moves until its window comes. */
  readonly busyQuietMs: number;
  /** No wait is longer. */
  readonly capMs: number;
}

export const SETTLE_RULES: SettleRules = {
  minimumMs: 40,
  firstChangeMs: { nothing: 80, reaction: 250, hover: 300 },
  quietMs: 60,
  longestQuietMs: 250,
  busyQuietMs: 500,
  capMs: 3000,
};

/** Pauses between two frames of an animated pointer, ms, and how many of them in a row make one. */
const SHAPE_PAUSE_MS = { shortest: 5, longest: 150 } as const;
const ANIMATED_PAUSES = 2;

/** What has been seen since an input began. Times are of one monotonic clock, ms. */
export interface Observed {
  readonly expectation: Expectation;
  /** When the last key, button or movement was sent. */
  readonly inputAtMs: number;
  /** Last change that is not the screen's own rhythm. */
  readonly changedAtMs?: number;
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
    longestPauseMs: 0,
    sawRepeating: false,
    shapePauses: 0,
    sawBusyPointer: false,
    updates: 0,
  };
}

export type Sight = 'input' | 'change' | 'repeating-change' | 'pointer-shape';

/** What has been seen, with one more sight. */
export function note(observed: Observed, atMs: number, sight: Sight): Observed {
  switch (sight) {
    case 'input':
      return { ...observed, inputAtMs: atMs, shapeAtMs: undefined, shapePauses: 0 };
    case 'pointer-shape':
      return noteShape(observed, atMs);
    case 'repeating-change':
      return { ...observed, updates: observed.updates + 1, sawRepeating: true };
    case 'change':
      return noteChange(observed, atMs);
  }
}

function noteShape(observed: Observed, atMs: number): Observed {
  const pauseMs = atMs - (observed.shapeAtMs ?? Number.NEGATIVE_INFINITY);
  const isRegular = pauseMs >= SHAPE_PAUSE_MS.shortest && pauseMs <= SHAPE_PAUSE_MS.longest;
  const shapePauses = isRegular ? observed.shapePauses + 1 : 0;
  const sawBusyPointer = observed.sawBusyPointer || shapePauses >= ANIMATED_PAUSES;
  return { ...observed, changedAtMs: atMs, shapeAtMs: atMs, shapePauses, sawBusyPointer };
}

function noteChange(observed: Observed, atMs: number): Observed {
  const pauseMs = observed.changedAtMs === undefined ? 0 : atMs - observed.changedAtMs;
  const longestPauseMs = Math.max(observed.longestPauseMs, pauseMs);
  return { ...observed, updates: observed.updates + 1, changedAtMs: atMs, longestPauseMs };
}

/** One wait for the screen to settle. */
export interface Wait {
  readonly calledAtMs: number;
  readonly observed: Observed;
}

export type Verdict = { readonly settled: SettleReason } | { readonly lookAgainAtMs: number };

/** Whether the screen has settled, or when to look again if nothing changes until then. */
export function judge({ calledAtMs, observed }: Wait, nowMs: number, rules: SettleRules): Verdict {
  const capAtMs = calledAtMs + rules.capMs;
  if (nowMs >= capAtMs) return { settled: 'cap' };
  const dueAtMs = Math.max(calledAtMs + rules.minimumMs, quietAtMs(observed, rules));
  if (nowMs < dueAtMs) return { lookAgainAtMs: Math.min(dueAtMs, capAtMs) };
  return { settled: observed.sawRepeating ? 'quiet-but-for-repeating' : 'quiet' };
}

function quietAtMs(observed: Observed, rules: SettleRules): number {
  const { expectation, inputAtMs, changedAtMs } = observed;
  const firstChangeBy = inputAtMs + rules.firstChangeMs[expectation];
  if (changedAtMs === undefined) return firstChangeBy;
  const quietAt = Math.max(changedAtMs, inputAtMs) + neededQuietMs(observed, rules);
  // A submenu opens only when the pointer has rested on its entry: the first change is not the last.
  return expectation === 'hover' ? Math.max(quietAt, firstChangeBy) : quietAt;
}

function neededQuietMs({ sawBusyPointer, longestPauseMs }: Observed, rules: SettleRules): number {
  if (sawBusyPointer) return rules.busyQuietMs;
  const twice = 2 * longestPauseMs;
  // A longer pause than that is not a pause in drawing but a second event.
  return twice > rules.longestQuietMs ? rules.quietMs : Math.max(rules.quietMs, twice);
}
