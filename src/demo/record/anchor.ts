import type { Point } from '../../util/geometry.ts';
import { cutSnippet, isOn, type Snippet } from './anchor-picture.ts';
import { standsAt, wordsForField, wordsForText } from './anchor-words.ts';
import type { Deed } from './deed.ts';
import type { Seen, SeenScreens } from './seen-screens.ts';

/** What a step is anchored on. */
export type Anchor =
  | { readonly kind: 'text'; readonly words: string }
  | { readonly kind: 'field'; readonly words: string }
  | { readonly kind: 'picture'; readonly snippet: Snippet };

/** So far away from a place the pointer does not light up what is there, px. */
const AWAY = 40;

/**
 * What shows the place of a deed, on the screen before the pointer lit it up. The text that is there goes first, then
 * the name of the field that is there, then a picture.
 */
export async function findAnchor(
  deed: Deed,
  at: Point,
  { screens, signal }: { readonly screens: SeenScreens; readonly signal?: AbortSignal | undefined },
): Promise<Anchor | undefined> {
  if (deed.screen === undefined) return undefined;
  const lit = await screens.see(deed.screen, signal);
  const rested = deed.moments.findLast(({ pointer }) => isAway(pointer, at));
  const rest = rested === undefined ? undefined : await screens.see(rested.screen, signal);
  for (const seen of rest === undefined ? [lit] : [rest, lit]) {
    const words = wordsForText(seen.screen, at);
    if (words !== undefined && isLasting(words, at, { seen, lit })) return { kind: 'text', words };
  }
  const field = wordsForField((rest ?? lit).screen, at);
  if (field !== undefined) return { kind: 'field', words: field };
  for (const { screenshot, raster } of rest === undefined ? [lit] : [rest, lit]) {
    const snippet = await cutSnippet(screenshot, raster, at);
    if (snippet !== undefined) return { kind: 'picture', snippet };
  }
  return undefined;
}

/** A text that another one has taken the place of, since the pointer came, is none to click on. */
function isLasting(
  words: string,
  at: Point,
  { seen, lit }: { readonly seen: Seen; readonly lit: Seen },
): boolean {
  if (seen === lit) return true;
  const now = wordsForText(lit.screen, at);
  return now === undefined || now === words || standsAt(lit.screen, words, at);
}

/** Whether an anchor shows its place on another screen. */
export function isAnchorOn(anchor: Anchor, at: Point, { screen, raster }: Seen): boolean {
  if (anchor.kind === 'picture') return isOn(raster, anchor.snippet);
  return anchor.kind === 'text'
    ? standsAt(screen, anchor.words, at)
    : wordsForField(screen, at) !== undefined;
}

export function isAway(pointer: Point, at: Point): boolean {
  return Math.hypot(pointer.x - at.x, pointer.y - at.y) >= AWAY;
}
