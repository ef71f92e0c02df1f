import type { Action } from '../../action/action.ts';
import type { PictureFields } from '../picture-steps.ts';

interface PictureAnchor {
  readonly image: string;
  readonly at?: [number, number];
}

/** An action at the place of a picture, as a step of a demo file. */
export function fieldsOnPicture(action: Action, anchor: PictureAnchor): PictureFields {
  const hold = 'keys' in action && action.keys.length > 0 ? { hold: [...action.keys] } : {};
  const on = { ...anchor, ...hold };
  switch (action.type) {
    case 'click':
      return { click: action.button === 'left' ? on : { ...on, button: action.button } };
    case 'double_click':
      return { 'double-click': on };
    case 'move':
      return { hover: on };
    case 'scroll':
      return { scroll: { ...on, by: [action.scrollX, action.scrollY] } };
    case 'drag': {
      const [from = { x: 0, y: 0 }, ...rest] = action.path;
      return { drag: { ...on, by: rest.map(({ x, y }) => [x - from.x, y - from.y]) } };
    }
    case 'keypress':
    case 'type':
    case 'wait':
    case 'screenshot':
      return {};
  }
}
