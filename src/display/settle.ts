import type { SettleReason } from './display.ts';
import type { Expectation, Observed } from './observation.ts';

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
  /**
   * Where the desktop's processes can be watched: when none of them has worked for this long, nothing is under way
   * that is not timed. More than a frame of a program that draws 60 a second, which pauses between them.
   */
  readonly idleMs: number;
  /**
   * The same after a click or a key that changed nothing yet, as much as a window, or closed a menu: the rest may be
   * timed.
   */
  readonly timedIdleMs: number;
  /** The same after the last turn of a pointer that turns: a program that starts may be on its way to its window. */
  readonly stillPointerMs: number;
  /** Quiet while they are at work has to be as long as this: more may be about to come. */
  readonly workingQuietMs: number;
  /** No wait is longer. */
  readonly capMs: number;
}

export const SETTLE_RULES: SettleRules = {
  minimumMs: 0,
  firstChangeMs: { nothing: 80, echo: 250, reaction: 250, deed: 250, hover: 300 },
  quietMs: 60,
  litQuietMs: 200,
  longestQuietMs: 250,
  busyQuietMs: 1500,
  windowQuietMs: 150,
  closedQuietMs: 600,
  idleMs: 17,
  timedIdleMs: 100,
  stillPointerMs: 400,
  workingQuietMs: 6000,
  capMs: 6000,
};

/** What is smaller is no window, as a part of the screen. */
const WINDOW_SHARE = 0.005;
/** What is smaller is a menu rather than a window, as a part of the screen. */
const BIG_SHARE = 0.05;
/** What is smaller is no button that lights up, but a caret that moves, px. */
const BUTTON_PX = 300;

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

/** Whether the screen has settled, or when to look again if nothing is seen until then. */
export function judge(wait: Wait, nowMs: number, rules: SettleRules): Verdict {
  const { calledAtMs, observed } = wait;
  const capAtMs = calledAtMs + rules.capMs;
  if (nowMs >= capAtMs) return { settled: 'cap' };
  const idleAt = idleAtMs(wait, rules);
  const quietAt = Math.max(quietAtMs(wait, rules), workingUntilMs(wait, rules));
  const dueAtMs = Math.max(calledAtMs + rules.minimumMs, Math.min(idleAt, quietAt));
  if (nowMs < dueAtMs) return { lookAgainAtMs: Math.min(dueAtMs, capAtMs) };
  if (nowMs >= idleAt) return { settled: 'idle' };
  return { settled: observed.sawRepeating ? 'quiet-but-for-repeating' : 'quiet' };
}

/** When it is certain that nothing is under way, if no process works until then. */
function idleAtMs(wait: Wait, rules: SettleRules): number {
  const { expectation, workedAtMs } = wait.observed;
  // A submenu opens by a timer when the pointer has rested on its entry.
  if (workedAtMs === undefined || expectation === 'hover') return Number.POSITIVE_INFINITY;
  return workOverAtMs(wait, workedAtMs, rules);
}

/** Until when quiet counts for nothing, because somebody is at work on what the input asked for. */
function workingUntilMs(wait: Wait, rules: SettleRules): number {
  const { workedAtMs, worksAlways, inputAtMs, changedAtMs = inputAtMs } = wait.observed;
  if (workedAtMs === undefined || worksAlways) return Number.NEGATIVE_INFINITY;
  const patienceEndsAt = Math.max(changedAtMs, inputAtMs) + rules.workingQuietMs;
  return Math.min(workOverAtMs(wait, workedAtMs, rules), patienceEndsAt);
}

function workOverAtMs(wait: Wait, workedAtMs: number, rules: SettleRules): number {
  const { observed } = wait;
  const { inputAtMs, changedAtMs = inputAtMs, sawBusyPointer, shapeAtMs } = observed;
  const idleAt = Math.max(workedAtMs, inputAtMs, changedAtMs) + neededIdleMs(wait, rules);
  const isStarting = sawBusyPointer && !hasWindow(observed);
  return isStarting ? Math.max(idleAt, (shapeAtMs ?? inputAtMs) + rules.stillPointerMs) : idleAt;
}

function neededIdleMs({ observed, hasClosed }: Wait, rules: SettleRules): number {
  const { expectation, changedShare, pixelsAtMs } = observed;
  if (expectation !== 'deed' && expectation !== 'reaction') return rules.idleMs;
  const isWindow = changedShare >= BIG_SHARE;
  const isChosen = hasClosed && mayHaveClosed(observed);
  return pixelsAtMs === undefined || isWindow || isChosen ? rules.timedIdleMs : rules.idleMs;
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
