import type { Action } from '../../action/action.ts';
import type { Screenshot } from '../../action/screenshot.ts';
import type { Point } from '../../util/geometry.ts';

/** A screen that stood still, and where the pointer was meanwhile. */
export interface Moment {
  readonly screen: Screenshot;
  readonly pointer: Point;
}

/** One thing that was done on a desktop, and what the screen showed before it. */
export interface Deed {
  readonly action: Action;
  /** The screen that it was done on; undefined where that is lost. */
  readonly screen: Screenshot | undefined;
  /** The screens since the deed before it, where the pointer's way is known. */
  readonly moments: readonly Moment[];
  /** What was said before it. */
  readonly say?: string;
}

/** What a demo is made of. */
export interface Recording {
  readonly deeds: readonly Deed[];
  /** The screen after the last of them. */
  readonly last: Screenshot | undefined;
  /** What could not be recorded. */
  readonly problems: readonly string[];
}
