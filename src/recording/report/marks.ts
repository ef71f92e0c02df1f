import type { Action, ClickAction, DragAction, ScrollAction } from '../../action/action.ts';
import type { Point, Size } from '../../util/geometry.ts';
import { keycaps, label, scaleOf } from './badges.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

const BUTTON_LABELS: Readonly<Record<ClickAction['button'], string>> = {
  left: '',
  right: 'right click',
  wheel: 'middle click',
  back: 'back button',
  forward: 'forward button',
};

/** Draws an action over a frame: SVG in px of the screen. */
export function drawAction(action: Action, screen: Size): Html {
  switch (action.type) {
    case 'click':
      return html`${ring(action, 24, screen)}${dot(action, screen)}
      ${note(action, heldText(action.keys, BUTTON_LABELS[action.button]), screen)}`;
    case 'double_click':
      return html`${ring(action, 32, screen)}${ring(action, 18, screen)}${dot(action, screen)}
      ${note(action, heldText(action.keys, 'double click'), screen)}`;
    case 'move':
      return html`${crosshair(action, screen)}${note(action, heldText(action.keys, 'move'), screen)}`;
    case 'drag':
      return drawDrag(action, screen);
    case 'scroll':
      return drawScroll(action, screen);
    case 'type':
      return label({ kind: 'type', text: action.text }, atFoot(screen), screen);
    case 'keypress':
      return keycaps(action.keys, atFoot(screen), screen);
    case 'wait':
      return label({ kind: 'wait', text: 'for the screen' }, atFoot(screen), screen);
    case 'screenshot':
      return corners(screen);
  }
}

function heldText(keys: readonly string[], text: string): string {
  return [...keys, text].filter((part) => part !== '').join(' + ');
}

function atFoot({ width, height }: Size): Point {
  return { x: width / 2, y: height * 0.94 };
}

/** A shape three times over, from wide and dark to narrow and bright, so that it shows on any background. */
function haloed(shape: (className: string) => Html): Html {
  return html`${shape('halo-dark')}${shape('halo')}${shape('ink')}`;
}

function ring({ x, y }: Point, radius: number, screen: Size): Html {
  const r = radius * scaleOf(screen);
  return haloed((name) => html`<circle class="${name}" cx="${x}" cy="${y}" r="${r}" />`);
}

function dot({ x, y }: Point, screen: Size): Html {
  return html`<circle class="dot" cx="${x}" cy="${y}" r="${4 * scaleOf(screen)}" />`;
}

function crosshair({ x, y }: Point, screen: Size): Html {
  const [near, far] = [8 * scaleOf(screen), 26 * scaleOf(screen)];
  const path =
    `M${x - far} ${y}H${x - near}M${x + near} ${y}H${x + far}` +
    `M${x} ${y - far}V${y - near}M${x} ${y + near}V${y + far}`;
  return haloed((name) => html`<path class="${name}" d="${path}" />`);
}

/** A label beside a point, on the side where there is room. */
function note(at: Point, text: string, screen: Size): Html | undefined {
  if (text === '') return undefined;
  const gap = 44 * scaleOf(screen);
  const x = at.x < screen.width * 0.7 ? at.x + gap : at.x - gap;
  const anchor = at.x < screen.width * 0.7 ? 'start' : 'end';
  const y = Math.min(Math.max(at.y, gap), screen.height - gap);
  return label({ kind: '', text }, { x, y }, screen, anchor);
}

function arrowHead(from: Point, to: Point, screen: Size): Html {
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const corner = (turn: number, length: number): string => {
    const reach = length * scaleOf(screen);
    return `${round(to.x + reach * Math.cos(angle + turn))} ${round(to.y + reach * Math.sin(angle + turn))}`;
  };
  const path = `M${corner(0, 8)}L${corner(2.5, 26)}L${corner(Math.PI, 12)}L${corner(-2.5, 26)}Z`;
  return html`<path class="head-halo" d="${path}" /><path class="head" d="${path}" />`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function line(points: readonly Point[]): Html {
  const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
  return haloed((name) => html`<path class="${name}" d="${path}" />`);
}

function drawDrag({ path, keys }: DragAction, screen: Size): Html {
  const [first, last, lastButOne] = [path[0], path.at(-1), path.at(-2)];
  if (first === undefined || last === undefined || lastButOne === undefined) return html``;
  return html`${line(path)}${ring(first, 14, screen)}${dot(first, screen)}${arrowHead(lastButOne, last, screen)}
  ${keys.length > 0 && note(first, heldText(keys, 'drag'), screen)}`;
}

function drawScroll({ x, y, scrollX, scrollY, keys }: ScrollAction, screen: Size): Html {
  const amount = Math.hypot(scrollX, scrollY);
  const length = Math.min(Math.max(amount * 0.35, 60), 240) * scaleOf(screen);
  const from = { x, y };
  const to = { x: x + (scrollX / (amount || 1)) * length, y: y + (scrollY / (amount || 1)) * length };
  const text = heldText(keys, `scroll ${Math.round(amount)} px`);
  const arrow = amount === 0 ? undefined : html`${line([from, to])}${arrowHead(from, to, screen)}`;
  return html`${arrow}${ring(from, 12, screen)}${note(from, text, screen)}`;
}

/** The corners of a viewfinder. */
function corners({ width, height }: Size): Html {
  const [inset, arm] = [width * 0.02, width * 0.05];
  const [right, bottom] = [width - inset, height - inset];
  const path =
    `M${inset} ${inset + arm}V${inset}H${inset + arm}M${right - arm} ${inset}H${right}V${inset + arm}` +
    `M${right} ${bottom - arm}V${bottom}H${right - arm}M${inset + arm} ${bottom}H${inset}V${bottom - arm}`;
  return haloed((name) => html`<path class="${name}" d="${path}" />`);
}
