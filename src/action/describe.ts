import type { Action, ClickAction, ScrollAction } from './action.ts';

const CLICK: Readonly<Record<ClickAction['button'], string>> = {
  left: 'click',
  right: 'right-click',
  wheel: 'middle-click',
  back: 'press the back button',
  forward: 'press the forward button',
};

const MAX_TEXT = 60;

/** Quotes text for one line: control characters are shown escaped, long text is shortened. */
function quote(text: string): string {
  const shown = [...text].length > MAX_TEXT ? `${[...text].slice(0, MAX_TEXT).join('')}…` : text;
  return JSON.stringify(shown);
}

function describeScroll({ scrollX, scrollY }: ScrollAction): string {
  const parts = [
    scrollY === 0 ? '' : `${scrollY > 0 ? 'down' : 'up'} ${Math.abs(scrollY)} px`,
    scrollX === 0 ? '' : `${scrollX > 0 ? 'right' : 'left'} ${Math.abs(scrollX)} px`,
  ].filter((part) => part !== '');
  return `scroll ${parts.join(' and ') || 'by nothing'}`;
}

function describeBare(action: Action): string {
  switch (action.type) {
    case 'click':
      return `${CLICK[action.button]} at (${action.x}, ${action.y})`;
    case 'double_click':
      return `double-click at (${action.x}, ${action.y})`;
    case 'drag': {
      const [first, last] = [action.path[0], action.path.at(-1)];
      return `drag from (${first?.x}, ${first?.y}) to (${last?.x}, ${last?.y})`;
    }
    case 'keypress':
      return `press ${action.keys.join('+')}`;
    case 'move':
      return `move the pointer to (${action.x}, ${action.y})`;
    case 'screenshot':
      return 'take a screenshot';
    case 'scroll':
      return `${describeScroll(action)} at (${action.x}, ${action.y})`;
    case 'type':
      return `type ${quote(action.text)}`;
    case 'wait':
      return 'wait';
  }
}

/** One line in words, safe to print: `click at (10, 20) holding Control`. */
export function describeAction(action: Action): string {
  const held = action.type !== 'keypress' && 'keys' in action && action.keys.length > 0;
  return held ? `${describeBare(action)} holding ${action.keys.join('+')}` : describeBare(action);
}
