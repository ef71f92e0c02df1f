import type { Cursor } from './cursor.ts';
import { GrammarFault, showCurrent } from './grammar-fault.ts';
import type { Edge, Qualifiers, Relation, Target } from './steps.ts';

const ARTICLES = new Set(['the', 'a', 'an', 'this', 'that']);

/** What a label may be called; it is found by its text alone. */
const NOUNS = new Set(
  (
    'app application bar box button category check checkbox column dialog dialogue directory document entry file folder ' +
    'header heading icon image item key label line link list menu message name one option page panel program radio ' +
    'row submenu switch tab text tick title toggle toolbar tree window word'
  ).split(' '),
);

const ORDINALS: Readonly<Record<string, number>> = {
  first: 1,
  second: 2,
  third: 3,
  fourth: 4,
  fifth: 5,
  sixth: 6,
  seventh: 7,
  eighth: 8,
  ninth: 9,
  tenth: 10,
  last: -1,
};

const RELATIONS: Readonly<Record<string, Relation['kind']>> = {
  near: 'near',
  'next to': 'near',
  'close to': 'near',
  beside: 'near',
  below: 'below',
  under: 'below',
  beneath: 'below',
  underneath: 'below',
  above: 'above',
  'right of': 'right of',
  'to the right of': 'right of',
  'on the right of': 'right of',
  'left of': 'left of',
  'to the left of': 'left of',
  'on the left of': 'left of',
};
const RELATION_PHRASES = Object.keys(RELATIONS);

const MENU_WORDS = new Set(['open', 'context', 'popup', 'pop-up', 'drop-down', 'dropdown', 'right-click']);
const WINDOW_NOUNS = ['dialog', 'dialogue', 'window', 'dialog box'] as const;
const FIELD_NOUNS = [
  'field',
  'text field',
  'text box',
  'entry field',
  'input field',
  'input',
  'input box',
] as const;
const EMPTY_PLACES = ['empty', 'blank', 'free'].flatMap((word) =>
  ['place', 'area', 'space', 'spot', 'part'].map((noun) => `${word} ${noun}`),
);
const SIDES = ['side', 'edge', 'corner', 'hand side'] as const;
const OF_SCREEN = ['of the screen', 'of the display', 'of the desktop'] as const;

function isEdge(word: string): word is Edge {
  return word === 'top' || word === 'bottom' || word === 'left' || word === 'right';
}

function takeOrdinal(cursor: Cursor): number | undefined {
  const word = cursor.wordAt();
  const ordinal = ORDINALS[word] ?? Number(/^(\d+)(?:st|nd|rd|th)$/.exec(word)?.[1] ?? Number.NaN);
  if (Number.isNaN(ordinal) || ordinal === 0) return undefined;
  cursor.skip();
  return ordinal;
}

/** Takes nothing when what follows is something else. */
function attempt<T>(cursor: Cursor, take: () => T | undefined): T | undefined {
  const { position } = cursor;
  const taken = take();
  if (taken === undefined) cursor.position = position;
  return taken;
}

/** Takes `the menu entry` and the like: what is named is found by its text. */
export function skipArticlesAndNouns(cursor: Cursor): void {
  cursor.skipWords(ARTICLES);
  cursor.skipWords(NOUNS);
}

export function requireQuote(cursor: Cursor, what: string): string {
  const quote = cursor.takeQuote();
  if (quote !== undefined && quote.trim() !== '') return quote;
  if (quote !== undefined) throw new GrammarFault(`${what} is empty`, cursor);
  throw new GrammarFault(`${what} must stand in quotes here, not ${showCurrent(cursor)}`, cursor);
}

function takeRelation(cursor: Cursor): Relation | undefined {
  return attempt(cursor, () => {
    const kind = RELATIONS[cursor.takePhrase(RELATION_PHRASES) ?? ''];
    if (kind === undefined) return undefined;
    skipArticlesAndNouns(cursor);
    const label = cursor.takeQuote();
    if (label === undefined) return undefined;
    cursor.skipWords(NOUNS);
    return { kind, label };
  });
}

function takeEdges(cursor: Cursor): readonly Edge[] | undefined {
  return attempt(cursor, () => {
    if (cursor.takePhrase(['at', 'on', 'in']) === undefined) return undefined;
    cursor.skipWords(ARTICLES);
    const edges: Edge[] = [];
    for (let words = cursor.wordAt().split('-'); words.every(isEdge); words = cursor.wordAt().split('-')) {
      edges.push(...words);
      cursor.skip();
    }
    if (edges.length === 0) return undefined;
    cursor.takePhrase(SIDES);
    cursor.takePhrase(OF_SCREEN);
    return edges;
  });
}

/** `in the menu`, `in the "File" menu`: which menu it is shows on the screen. */
function takeMenu(cursor: Cursor): true | undefined {
  return attempt(cursor, () => {
    if (cursor.takePhrase(['in', 'from', 'of', 'on']) === undefined) return undefined;
    cursor.skipWords(ARTICLES);
    cursor.skipWords(MENU_WORDS);
    cursor.takeQuote();
    return cursor.takePhrase(['menu', 'submenu']) === undefined ? undefined : true;
  });
}

export function takeWindow(cursor: Cursor): string | undefined {
  return attempt(cursor, () => {
    if (cursor.takePhrase(['in', 'from', 'of', 'inside', 'on']) === undefined) return undefined;
    cursor.skipWords(ARTICLES);
    const isNamed = cursor.takePhrase(WINDOW_NOUNS) !== undefined;
    const title = cursor.takeQuote();
    if (title === undefined) return undefined;
    return cursor.takePhrase(WINDOW_NOUNS) !== undefined || isNamed ? title : undefined;
  });
}

function takeQualifier(cursor: Cursor): Qualifiers | undefined {
  const relation = takeRelation(cursor);
  if (relation) return { relation };
  const edges = takeEdges(cursor);
  if (edges) return { edges };
  if (takeMenu(cursor)) return { inMenu: true };
  const window = takeWindow(cursor);
  return window === undefined ? undefined : { window };
}

/** Qualifiers in any order; the last of a kind holds. */
function takeQualifiers(cursor: Cursor): Qualifiers {
  let all: Qualifiers = {};
  for (let next = takeQualifier(cursor); next; next = takeQualifier(cursor)) all = { ...all, ...next };
  return all;
}

function takeDesktop(cursor: Cursor): true | undefined {
  return attempt(cursor, () => {
    cursor.takePhrase(['on', 'of', 'in']);
    cursor.skipWords(ARTICLES);
    cursor.takePhrase(['empty', 'blank']);
    return cursor.takePhrase(['desktop', 'desktop background', 'background']) === undefined
      ? undefined
      : true;
  });
}

function takeEmptyPlace(cursor: Cursor): Target | undefined {
  return attempt(cursor, () => {
    cursor.skipWords(ARTICLES);
    const place = cursor.takePhrase(EMPTY_PLACES);
    const isDesktop = takeDesktop(cursor) ?? false;
    if (place === undefined && !isDesktop) return undefined;
    const window = takeWindow(cursor);
    return { kind: 'empty', isDesktop, ...(window === undefined ? {} : { window }) };
  });
}

/** A quote, and all that says which of several such texts is meant. */
export function takeTarget(cursor: Cursor): Target {
  const empty = takeEmptyPlace(cursor);
  if (empty) return empty;
  cursor.skipWords(ARTICLES);
  const ordinal = takeOrdinal(cursor);
  const isField = cursor.takePhrase(FIELD_NOUNS) !== undefined;
  cursor.skipWords(NOUNS);
  const label = requireQuote(cursor, 'the text to look for');
  const kind = cursor.takePhrase(FIELD_NOUNS) !== undefined || isField ? 'field' : 'label';
  cursor.skipWords(NOUNS);
  return { kind, label, ...(ordinal === undefined ? {} : { ordinal }), ...takeQualifiers(cursor) };
}

/** As `takeTarget`, where what is named can only be a field. */
export function takeField(cursor: Cursor): Target {
  const target = takeTarget(cursor);
  return target.kind === 'label' ? { ...target, kind: 'field' } : target;
}
