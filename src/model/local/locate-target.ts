import type { Point, Rect } from '../../util/geometry.ts';
import { type Match, findLabel } from '../ocr/find-label.ts';
import type { SeenScreen } from './screen-memory.ts';
import { centreOf, findEmptyPlace, findField, findWindow, isInButton, isInside } from './screen-shapes.ts';
import type { Edge, Qualifiers, Relation, Target } from './steps.ts';

/** Where to act. */
export interface Place {
  /** px of the screenshot. */
  readonly point: Point;
  /** What was read there; undefined for an empty place. */
  readonly match?: Match;
  /** A one-line field whose content can be selected as a whole. */
  readonly field?: Rect;
  /** How many places fitted as well, this one included. */
  readonly rivals: number;
}

/** Why there is no such place, in words that follow "because". */
export interface Missing {
  readonly label: string;
  readonly why: string;
}

export type Located = Place | Missing;

export function isPlace(located: Located): located is Place {
  return 'point' in located;
}

interface Candidate extends Match {
  /** The look since which it has been there. */
  readonly since: number;
}

function sinceOf(screen: SeenScreen, box: Rect): number {
  const centre = centreOf(box);
  return Math.max(0, ...screen.lines.filter((line) => isInside(centre, line.box)).map((line) => line.since));
}

function distanceBetween(a: Rect, b: Rect): number {
  const across = Math.max(0, Math.max(a.x, b.x) - Math.min(a.x + a.width, b.x + b.width));
  const down = Math.max(0, Math.max(a.y, b.y) - Math.min(a.y + a.height, b.y + b.height));
  return Math.hypot(across, down);
}

function standsSo(kind: Relation['kind'], box: Rect, other: Rect): boolean {
  const at = centreOf(box);
  switch (kind) {
    case 'near':
      return true;
    case 'above':
      return at.y < other.y;
    case 'below':
      return at.y >= other.y + other.height;
    case 'left of':
      return at.x < other.x;
    case 'right of':
      return at.x >= other.x + other.width;
  }
}

/** Straight below is nearer than below and aside. */
function distanceIn(kind: Relation['kind'], box: Rect, other: Rect): number {
  const [a, b] = [centreOf(box), centreOf(other)];
  if (kind === 'near') return distanceBetween(box, other);
  const isVertical = kind === 'above' || kind === 'below';
  const aside = isVertical ? Math.abs(a.x - b.x) : Math.abs(a.y - b.y);
  return distanceBetween(box, other) + 2 * aside;
}

function isAtEdge(edge: Edge, at: Point, { width, height }: { width: number; height: number }): boolean {
  switch (edge) {
    case 'top':
      return at.y < height / 2;
    case 'bottom':
      return at.y >= height / 2;
    case 'left':
      return at.x < width / 2;
    case 'right':
      return at.x >= width / 2;
  }
}

function distanceToEdge(edge: Edge, at: Point, { width, height }: { width: number; height: number }): number {
  return { top: at.y, bottom: height - at.y, left: at.x, right: width - at.x }[edge];
}

/** Rows from the top, in each row from the left; what differs by less than half a line is one row. */
function inReadingOrder(candidates: readonly Candidate[]): readonly Candidate[] {
  const sorted = [...candidates].sort((a, b) => centreOf(a.box).y - centreOf(b.box).y);
  let row = 0;
  const rows = sorted.map((candidate, index) => {
    const above = sorted[index - 1];
    if (above && centreOf(candidate.box).y - centreOf(above.box).y > candidate.box.height / 2) row++;
    return { candidate, row };
  });
  return rows
    .sort((a, b) => a.row - b.row || a.candidate.box.x - b.candidate.box.x)
    .map(({ candidate }) => candidate);
}

function largestWindow(screen: SeenScreen, title: string): Rect | undefined {
  return findLabel(screen.lines, title)
    .map(({ box }) => findWindow(screen.raster, box))
    .filter((window) => window !== undefined)
    .reduce<Rect | undefined>(
      (best, window) => (best && best.width * best.height >= window.width * window.height ? best : window),
      undefined,
    );
}

/** Candidates that the qualifiers leave, or the reason that they leave none. */
type Narrowed = { readonly left: readonly Candidate[] } | { readonly why: string };

function narrow(all: readonly Candidate[], screen: SeenScreen, qualifiers: Qualifiers): Narrowed {
  const { edges = [], inMenu, window: title, relation } = qualifiers;
  const window = title === undefined ? undefined : largestWindow(screen, title);
  if (title !== undefined && window === undefined) return { why: `no window has the title "${title}"` };
  const other = relation === undefined ? undefined : findLabel(screen.lines, relation.label)[0];
  if (relation !== undefined && other === undefined)
    return { why: `"${relation.label}" is not there either` };
  const left = all.filter(({ box, since }) => {
    const at = centreOf(box);
    return (
      (!inMenu || since > 0) &&
      (!window || isInside(at, window)) &&
      (!relation || !other || (box !== other.box && standsSo(relation.kind, box, other.box))) &&
      edges.every((edge) => isAtEdge(edge, at, screen.raster))
    );
  });
  return { left };
}

/** Labels stand by themselves to about the same degree: what an icon beside them was read as makes no difference. */
const SAME_SHARE = 0.15;
/** A reading less sure than another is no rival of it; signs are never read with much confidence. */
const SAME_CONFIDENCE = 0.15;
const SAME_CONFIDENCE_OF_SIGNS = 0.35;

/** Those that fit best; a worse fit is no rival. */
function bestFits([best, ...others]: readonly Candidate[]): readonly Candidate[] {
  if (best === undefined) return [];
  const alike = [best, ...others].filter(
    ({ fit, similarity, share }) =>
      fit === best.fit && similarity === best.similarity && share >= best.share - SAME_SHARE,
  );
  const surest = Math.max(...alike.map(({ confidence }) => confidence));
  const isSign = !/[\p{L}\p{N}]/u.test(best.text);
  const least = surest - (isSign ? SAME_CONFIDENCE_OF_SIGNS : SAME_CONFIDENCE);
  return alike.filter(({ confidence }) => confidence >= least);
}

/**
 * Sorts by what the qualifiers say; else what appeared last comes first, then what stands in a button, then
 * the topmost, then the leftmost.
 */
function rank(
  candidates: readonly Candidate[],
  screen: SeenScreen,
  qualifiers: Qualifiers,
): readonly Candidate[] {
  const ordered = inReadingOrder(candidates);
  const { edges = [], relation } = qualifiers;
  const other = relation && findLabel(screen.lines, relation.label)[0];
  const scoreOf = ({ box, since }: Candidate): number => {
    if (relation && other) return distanceIn(relation.kind, box, other.box);
    if (edges.length === 0) return -since - (isInButton(screen.raster, box) ? 0.5 : 0);
    return edges.reduce((sum, edge) => sum + distanceToEdge(edge, centreOf(box), screen.raster), 0);
  };
  return [...ordered].sort((a, b) => scoreOf(a) - scoreOf(b));
}

function choose(
  best: readonly Candidate[],
  screen: SeenScreen,
  target: Exclude<Target, { kind: 'empty' }>,
): Candidate | Missing {
  const { label, ordinal } = target;
  const order = ordinal === undefined ? rank(best, screen, target) : inReadingOrder(best);
  const chosen = ordinal === undefined ? order[0] : order.at(ordinal > 0 ? ordinal - 1 : ordinal);
  if (chosen) return chosen;
  return { label, why: `it is there ${best.length === 1 ? 'only once' : `only ${best.length} times`}` };
}

function locateLabel(screen: SeenScreen, target: Exclude<Target, { kind: 'empty' }>): Located {
  const { label } = target;
  const all = findLabel(screen.lines, label).map((match) => ({
    ...match,
    since: sinceOf(screen, match.box),
  }));
  if (all.length === 0) return { label, why: 'it is not on the screen' };
  const narrowed = narrow(all, screen, target);
  if ('why' in narrowed) return { label, why: narrowed.why };
  if (narrowed.left.length === 0) return { label, why: 'it is on the screen, but not there' };
  const best = bestFits(narrowed.left);
  const chosen = choose(best, screen, target);
  if ('why' in chosen) return chosen;
  const field = target.kind === 'field' ? findField(screen.raster, chosen.box) : undefined;
  const rivals = target.ordinal === undefined && !target.relation && !target.edges ? best.length : 1;
  return { point: centreOf(field ?? chosen.box), match: chosen, rivals, ...(field ? { field } : {}) };
}

function locateEmpty(screen: SeenScreen, target: Extract<Target, { kind: 'empty' }>): Located {
  const { window: title, isDesktop } = target;
  const { width, height } = screen.raster;
  const window = title === undefined ? { x: 0, y: 0, width, height } : largestWindow(screen, title);
  if (!window) return { label: title ?? '', why: 'no window has that title' };
  const point = findEmptyPlace(screen.raster, window, { isDesktop });
  return point ? { point, rivals: 1 } : { label: 'an empty place', why: 'something is everywhere' };
}

/**
 * Finds a target on a screen. Of several fits the best counts (FITS); of equal ones the qualifiers decide,
 * else what appeared last, then what stands in a button, then the topmost, then the leftmost.
 */
export function locateTarget(screen: SeenScreen, target: Target): Located {
  return target.kind === 'empty' ? locateEmpty(screen, target) : locateLabel(screen, target);
}
