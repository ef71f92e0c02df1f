import type { Cursor } from './cursor.ts';

/** All that people say for a verb, the usual way first. */
const PHRASES = {
  click:
    'click, open, click on, left-click, left-click on, left click, left click on, select, choose, pick, tap, tap on',
  'click-field': 'click into, click in, click inside',
  'double-click': 'double-click, double-click on, double click, double click on, doubleclick',
  'right-click': 'right-click, right-click on, right click, right click on, rightclick',
  'middle-click': 'middle-click, middle-click on, middle click, middle click on',
  hover:
    'hover over, hover on, hover, point at, point to, move the pointer to, move the mouse to, ' +
    'move the pointer over, move the mouse over',
  type: 'type, type in, write, enter',
  fill: 'fill, fill in, replace',
  clear: 'clear',
  press: 'press, hit',
  hold: 'hold, hold down, while holding, holding',
  scroll: 'scroll',
  drag: 'drag, drag and drop',
  wait: 'wait',
  check:
    'check that, check, check if, check whether, verify that, verify, make sure, make sure that, ensure, ensure that',
  look: 'take a screenshot, look at the screen',
} as const;

export type Verb = keyof typeof PHRASES;

function isVerb(name: string): name is Verb {
  return name in PHRASES;
}

const VERB_OF: ReadonlyMap<string, Verb> = new Map(
  Object.entries(PHRASES).flatMap(([verb, phrases]) =>
    isVerb(verb) ? phrases.split(', ').map((phrase) => [phrase, verb] as const) : [],
  ),
);
const ALL_PHRASES = [...VERB_OF.keys()];

/** The verb at the cursor, which moves behind it. */
export function takeVerb(cursor: Cursor): Verb | undefined {
  const phrase = cursor.takePhrase(ALL_PHRASES);
  return phrase === undefined ? undefined : VERB_OF.get(phrase);
}

/** How each kind of step is written, for messages. */
export const STEP_FORMS: readonly string[] = [
  'open / click / double-click / right-click / middle-click / hover over "label"',
  'type "text", type "text" into "field", clear "field"',
  'press CTRL+S, press Enter 3 times, hold CTRL and click "label"',
  'scroll down 300 px, scroll down until "text" is visible',
  'drag "label" to "other label"',
  'wait until "text" is visible, wait until "text" is gone, wait 2 seconds',
  'check that "text" is visible, check that "text" is not visible',
];
