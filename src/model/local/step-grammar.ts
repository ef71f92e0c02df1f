import type { Cursor } from './cursor.ts';
import { GrammarFault, showCurrent } from './grammar-fault.ts';
import { takeChord, takeTimes } from './key-grammar.ts';
import { takeOffset } from './offset-grammar.ts';
import { takeScroll } from './scroll-grammar.ts';
import type { Command, Direction, Target } from './steps.ts';
import { requireQuote, skipArticlesAndNouns, takeField, takeTarget } from './target-grammar.ts';
import { type Verb, takeVerb } from './verbs.ts';
import { takeCheck, takeWait } from './visibility-grammar.ts';

type Click = Extract<Command, { kind: 'click' }>;

const CLICKS = {
  click: { button: 'left', count: 1 },
  'click-field': { button: 'left', count: 1 },
  'double-click': { button: 'left', count: 2 },
  'right-click': { button: 'right', count: 1 },
  'middle-click': { button: 'wheel', count: 1 },
} as const;

function isClickVerb(verb: Verb): verb is keyof typeof CLICKS {
  return verb in CLICKS;
}

/** `holding CTRL`, `with SHIFT held`. */
function takeHeld(cursor: Cursor): readonly string[] {
  if (cursor.takePhrase(['while holding', 'while holding down', 'holding', 'with']) === undefined) return [];
  const keys = takeChord(cursor);
  cursor.takePhrase(['held', 'held down', 'down', 'pressed']);
  return keys;
}

/** After a verb that clicks. */
export function takeClick(cursor: Cursor, verb: keyof typeof CLICKS): Click {
  const target = verb === 'click-field' ? takeField(cursor) : takeTarget(cursor);
  return { kind: 'click', ...CLICKS[verb], target, held: takeHeld(cursor) };
}

function takeType(cursor: Cursor): Command {
  cursor.skipWords(new Set(['the', 'following', 'text', 'word', 'words', 'line', 'lines', 'command']));
  cursor.takeMark(':');
  const text = cursor.takeQuote();
  if (text === undefined || text === '') {
    const found = text === '' ? 'an empty text' : showCurrent(cursor);
    throw new GrammarFault(`the text to type must stand in quotes, not ${found}`, cursor);
  }
  if (cursor.takePhrase(['into', 'in', 'in to', 'inside']) === undefined) return { kind: 'type', text };
  return { kind: 'type', text, field: takeField(cursor) };
}

function takeFill(cursor: Cursor): Command {
  cursor.skipWords(new Set(['the', 'text', 'content', 'contents', 'in', 'of']));
  const field = takeField(cursor);
  if (cursor.takePhrase(['with', 'by']) === undefined) {
    throw new GrammarFault(`with "text" is missing before ${showCurrent(cursor)}`, cursor);
  }
  return { kind: 'type', text: requireQuote(cursor, 'the text to type'), field };
}

const BUTTON_NOUNS = ['button', 'icon', 'tab', 'link', 'entry', 'item', 'menu'] as const;

/** A key, or a button that has a label. */
function takePress(cursor: Cursor): Command {
  const { position } = cursor;
  skipArticlesAndNouns(cursor);
  const isButton = cursor.takeQuote() !== undefined && cursor.takePhrase(BUTTON_NOUNS) !== undefined;
  cursor.position = position;
  if (isButton) return takeClick(cursor, 'click');
  const keys = takeChord(cursor);
  return { kind: 'press', keys, times: takeTimes(cursor) };
}

function takeHold(cursor: Cursor): Command {
  const held = takeChord(cursor);
  cursor.takePhrase(['down']);
  cursor.takeMark(',');
  cursor.takePhrase(['and', 'while', 'while you', 'and then']);
  const verb = takeVerb(cursor);
  if (verb !== undefined && isClickVerb(verb)) return { ...takeClick(cursor, verb), held };
  if (verb === 'drag') return { ...takeDrag(cursor), held };
  throw new GrammarFault(`after "hold ${held.join('+')}" comes "and click" or "and drag"`, cursor);
}

function takeDestination(cursor: Cursor): Target | { readonly direction: Direction; readonly px: number } {
  const offset = takeOffset(cursor);
  if (offset) return offset;
  cursor.takeMark(',');
  cursor.takePhrase(['and drop it', 'drop it']);
  if (cursor.takePhrase(['to', 'onto', 'on to', 'into', 'on', 'over', 'in']) === undefined) {
    throw new GrammarFault(`to "another label" is missing before ${showCurrent(cursor)}`, cursor);
  }
  return takeTarget(cursor);
}

function takeDrag(cursor: Cursor): Extract<Command, { kind: 'drag' }> {
  cursor.takePhrase(['from']);
  const from = takeTarget(cursor);
  return { kind: 'drag', from, to: takeDestination(cursor), held: takeHeld(cursor) };
}

/** The rest of a step whose verb is known. */
export function takeCommand(cursor: Cursor, verb: Verb): Command {
  if (isClickVerb(verb)) return takeClick(cursor, verb);
  switch (verb) {
    case 'hover':
      return { kind: 'hover', target: takeTarget(cursor) };
    case 'type':
      return takeType(cursor);
    case 'fill':
      return takeFill(cursor);
    case 'clear':
      return { kind: 'clear', field: takeField(cursor) };
    case 'press':
      return takePress(cursor);
    case 'hold':
      return takeHold(cursor);
    case 'scroll':
      return takeScroll(cursor);
    case 'drag':
      return takeDrag(cursor);
    case 'wait':
      return takeWait(cursor);
    case 'check':
      return takeCheck(cursor);
    case 'look':
      return { kind: 'look' };
  }
}
