import type { Point } from '../../util/geometry.ts';
import type { WireAction } from './decision.ts';
import type { Place } from './locate-target.ts';
import type { SeenScreen } from './screen-memory.ts';
import { centreOf } from './screen-shapes.ts';
import type { Command, Direction } from './steps.ts';

type CommandOf<K extends Command['kind']> = Extract<Command, { kind: K }>;

const SELECT_ALL: WireAction = { type: 'keypress', keys: ['CTRL', 'a'] };
/** A page is less than a screenful, so that nothing is jumped over. */
const PAGE_SHARE = 0.6;
/** Points of a drag, so that the desktop sees it move. */
const DRAG_POINTS = 12;
const UNIT: Readonly<Record<Direction, Point>> = {
  up: { x: 0, y: -1 },
  down: { x: 0, y: 1 },
  left: { x: -1, y: 0 },
  right: { x: 1, y: 0 },
};

function withHeld(action: WireAction, held: readonly string[]): WireAction {
  return held.length === 0 ? action : { ...action, keys: held };
}

export function toClick({ button, count, held }: CommandOf<'click'>, { point }: Place): WireAction {
  const click = count === 2 ? { type: 'double_click', ...point } : { type: 'click', button, ...point };
  return withHeld(click, held);
}

export function toMove({ point }: Place): WireAction {
  return { type: 'move', ...point };
}

function toFocus({ point }: Place): WireAction {
  return { type: 'click', button: 'left', ...point };
}

/** Into a one-line field: what is in it is replaced. */
export function toTyping(text: string, place?: Place): readonly WireAction[] {
  const typing: WireAction = { type: 'type', text };
  if (place === undefined) return [typing];
  return [toFocus(place), ...(place.field ? [SELECT_ALL] : []), typing];
}

export function toClearing(place: Place): readonly WireAction[] {
  return [toFocus(place), SELECT_ALL, { type: 'keypress', keys: ['DELETE'] }];
}

export function toPresses({ keys, times }: CommandOf<'press'>): readonly WireAction[] {
  return Array.from({ length: times }, () => ({ type: 'keypress', keys }));
}

export function toWaits(turns: number): readonly WireAction[] {
  return Array.from({ length: turns }, () => ({ type: 'wait' }));
}

export function toScroll(
  { direction, amount }: CommandOf<'scroll'>,
  at: Point,
  screen: SeenScreen,
): WireAction {
  const { width, height } = screen.raster;
  const page = Math.round((direction === 'up' || direction === 'down' ? height : width) * PAGE_SHARE);
  const px = 'px' in amount ? amount.px : Math.round(amount.pages * page);
  return { type: 'scroll', ...at, scroll_x: UNIT[direction].x * px, scroll_y: UNIT[direction].y * px };
}

/** The middle of the text on the screen: where a list is most likely. */
export function middleOfText(screen: SeenScreen): Point {
  const { width, height } = screen.raster;
  const centres = screen.lines.map(({ box }) => centreOf(box));
  const middle = (values: readonly number[], otherwise: number): number =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? otherwise;
  return {
    x: middle(
      centres.map(({ x }) => x),
      Math.floor(width / 2),
    ),
    y: middle(
      centres.map(({ y }) => y),
      Math.floor(height / 2),
    ),
  };
}

/** Where a drag by an offset ends, kept on the screen. */
export function offsetFrom(from: Point, direction: Direction, px: number, screen: SeenScreen): Point {
  const { width, height } = screen.raster;
  return {
    x: Math.min(width - 1, Math.max(0, from.x + UNIT[direction].x * px)),
    y: Math.min(height - 1, Math.max(0, from.y + UNIT[direction].y * px)),
  };
}

export function toDrag(from: Point, to: Point, held: readonly string[]): WireAction {
  const path = Array.from({ length: DRAG_POINTS + 1 }, (_, step) => ({
    x: Math.round(from.x + ((to.x - from.x) * step) / DRAG_POINTS),
    y: Math.round(from.y + ((to.y - from.y) * step) / DRAG_POINTS),
  }));
  return withHeld({ type: 'drag', path }, held);
}
