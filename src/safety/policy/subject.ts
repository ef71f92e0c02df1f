import type { Action } from '../../action/action.ts';

/** What is on the screen where an action would land, as the desktop itself says it. */
export interface Foreground {
  /** Absent: no window is in front. */
  readonly application?:
    | {
        /** WM_CLASS: the instance and the class, where the window has them. */
        readonly class: readonly string[];
        readonly title: string;
      }
    | undefined;
  /** The page of the browser. Absent: there is no browser, or it does not tell. */
  readonly url?: string | undefined;
}

/** One action or one call of a tool, as a rule is asked about it. */
export type PolicySubject =
  | {
      readonly kind: 'action';
      readonly action: Action;
      /** What was typed right before it, so that text in pieces is still seen. */
      readonly typedBefore: string;
    }
  | { readonly kind: 'tool'; readonly name: string; readonly arguments: unknown };

const LONGEST_TAIL = 256;

/** What an action types: text, or a single key without a modifier. Undefined: it types nothing. */
export function typedBy(action: Action): string | undefined {
  if (action.type === 'type') return action.text;
  if (action.type !== 'keypress') return undefined;
  const [key, ...others] = action.keys.filter((name) => !/^Shift(Right)?$/.test(name));
  if (key === undefined || others.length > 0) return undefined;
  if ([...key].length === 1) return key;
  return { Space: ' ', Enter: '\n', NumpadEnter: '\n', Tab: '\t' }[key];
}

/** The end of what was typed in a row, after one more action. Looking and waiting do not end the row. */
export function typedAfter(before: string, action: Action): string {
  if (action.type === 'screenshot' || action.type === 'wait') return before;
  if (action.type === 'keypress' && action.keys.length === 1 && action.keys[0] === 'Backspace') {
    return [...before].slice(0, -1).join('');
  }
  const typed = typedBy(action);
  return typed === undefined ? '' : [...before, ...typed].slice(-LONGEST_TAIL).join('');
}
