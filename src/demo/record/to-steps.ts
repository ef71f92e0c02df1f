import { isDeepStrictEqual } from 'node:util';
import type { Action } from '../../action/action.ts';
import { containsText } from '../../model/ocr/find-label.ts';
import type { Point } from '../../util/geometry.ts';
import type { PictureFields } from '../picture-steps.ts';
import { findAnchor, isAnchorOn, type Anchor } from './anchor.ts';
import { cutSnippet, type Snippet } from './anchor-picture.ts';
import { quote, standsAt, wordsForText } from './anchor-words.ts';
import { appearedText } from './appeared.ts';
import type { Deed, Moment, Recording } from './deed.ts';
import { fieldsOnPicture } from './fields-on-picture.ts';
import { wordsForClick, wordsForKeys, wordsForScroll } from './deed-words.ts';
import type { Seen, SeenScreens } from './seen-screens.ts';

/** A step of a demo file that is to be written. */
export interface DraftStep {
  readonly say?: string;
  readonly do?: string;
  readonly picture?: { readonly png: Buffer; readonly toFields: (image: string) => PictureFields };
  /** In place of a step: what was done there and cannot be written down. */
  readonly problem?: string;
}

export interface ToStepsOptions {
  readonly screens: SeenScreens;
  readonly signal?: AbortSignal | undefined;
  readonly onDeed?: (number: number, of: number) => void;
}

type ActionOf<T extends Action['type']> = Extract<Action, { type: T }>;

/** The steps that do again what was recorded, each anchored on what is visible, and a check of what it came to. */
export async function toSteps(recording: Recording, options: ToStepsOptions): Promise<readonly DraftStep[]> {
  const steps = await new StepWriter(mergeKeys(recording.deeds), recording, options).write();
  return joinFields(steps);
}

/** Into a field, in the place of all that is in it, is one step. */
function joinFields(steps: readonly DraftStep[]): readonly DraftStep[] {
  const joined: DraftStep[] = [];
  for (const step of steps) {
    const [click, select] = joined.slice(-2);
    const field = /^click into (.*)$/s.exec(click?.do ?? '')?.[1];
    if (field !== undefined && select?.do === 'press CTRL+A' && step.do?.startsWith('type "') === true) {
      joined.splice(-2, 2, { ...click, do: `${step.do} into ${field}` });
    } else joined.push(step);
  }
  return joined;
}

interface KeyedDeed extends Deed {
  /** How often a key was pressed in a row. */
  readonly times: number;
}

function mergeKeys(deeds: readonly Deed[]): readonly KeyedDeed[] {
  const merged: KeyedDeed[] = [];
  for (const deed of deeds) {
    const last = merged.at(-1);
    const isAgain =
      last?.action.type === 'keypress' &&
      isDeepStrictEqual(last.action, deed.action) &&
      deed.say === undefined;
    if (isAgain && last.times < 100) merged[merged.length - 1] = { ...last, times: last.times + 1 };
    else merged.push({ ...deed, times: 1 });
  }
  return merged;
}

class StepWriter {
  readonly #deeds: readonly KeyedDeed[];
  readonly #recording: Recording;
  readonly #options: ToStepsOptions;
  readonly #steps: DraftStep[] = [];

  constructor(deeds: readonly KeyedDeed[], recording: Recording, options: ToStepsOptions) {
    this.#deeds = deeds;
    this.#recording = recording;
    this.#options = options;
  }

  async write(): Promise<readonly DraftStep[]> {
    const { onDeed } = this.#options;
    for (const [index, deed] of this.#deeds.entries()) {
      onDeed?.(index + 1, this.#deeds.length);
      if (deed.say !== undefined) this.#steps.push({ say: deed.say });
      this.#steps.push(...(await this.#stepsOf(deed, index)));
    }
    const end = await this.#end();
    return [...this.#steps, ...end];
  }

  async #stepsOf(deed: KeyedDeed, index: number): Promise<readonly DraftStep[]> {
    const { action } = deed;
    switch (action.type) {
      case 'type':
      case 'keypress':
        return [...(await this.#waitFor(deed, index)), { do: wordsForKeys(action, deed.times) ?? '' }];
      case 'click':
      case 'double_click':
      case 'move':
        return await this.#pointAt(deed, action, index);
      case 'drag':
        return await this.#drag(deed, action);
      case 'scroll':
        return await this.#scroll(deed, action, index);
      case 'wait':
      case 'screenshot':
        return [];
    }
  }

  /** What a key goes to has to be there first; a click waits for its own place. */
  async #waitFor({ screen }: Deed, index: number): Promise<readonly DraftStep[]> {
    const before = this.#deeds[index - 1];
    if (before?.screen === undefined || screen === undefined) return [];
    const news = before.action.type === 'type' ? 'in titles' : 'anywhere';
    const [earlier, now] = [await this.#see(before.screen), await this.#see(screen)];
    const text = appearedText(earlier.screen, now.screen, news);
    return text === undefined ? [] : [{ do: `wait until ${quote(text)} is visible` }];
  }

  async #pointAt(
    deed: Deed,
    action: ActionOf<'click' | 'double_click' | 'move'>,
    index: number,
  ): Promise<readonly DraftStep[]> {
    const anchor = await findAnchor(deed, action, this.#options);
    if (anchor === undefined) return [lost(deed)];
    const verb = wordsForClick(action);
    if (anchor.kind === 'picture' || verb === undefined) {
      const snippet = anchor.kind === 'picture' ? anchor.snippet : await this.#cut(deed, action);
      const step = snippet === undefined ? lost(deed) : onPicture(snippet, action);
      return [...(await this.#hoverBefore(deed, anchor, action)), step];
    }
    const isField = anchor.kind === 'field' && action.type === 'click' && verb.endsWith('click');
    const words = `${verb}${isField ? ' into' : ''} ${anchor.words}`;
    const wait = (await this.#isElsewhere(anchor, action, index)) ? await this.#waitFor(deed, index) : [];
    return [...wait, ...(await this.#hoverBefore(deed, anchor, action)), { do: words }];
  }

  /** Whether a text was to be found on the screen before as well, at another place. */
  async #isElsewhere({ kind, ...anchor }: Anchor, at: Point, index: number): Promise<boolean> {
    const before = this.#deeds[index - 1]?.screen;
    if (kind !== 'text' || before === undefined || !('words' in anchor)) return false;
    const { screen } = await this.#see(before);
    const label = /"(.*)"/s.exec(anchor.words)?.[1] ?? '';
    return containsText(screen.lines, label) && !standsAt(screen, anchor.words, at);
  }

  /** A menu that opens where the pointer rests: the place was not there before the pointer had been at another. */
  async #hoverBefore(deed: Deed, anchor: Anchor, at: Point): Promise<readonly DraftStep[]> {
    const [first, ...later] = deed.moments;
    if (first === undefined || isAnchorOn(anchor, at, await this.#see(first.screen))) return [];
    let before: Moment = first;
    for (const moment of later) {
      const seen = await this.#see(moment.screen);
      if (isAnchorOn(anchor, at, seen)) return await this.#hover(deed, before, { moment, seen, first });
      before = moment;
    }
    return [];
  }

  async #hover(
    deed: Deed,
    before: Moment,
    { moment, seen, first }: { readonly moment: Moment; readonly seen: Seen; readonly first: Moment },
  ): Promise<readonly DraftStep[]> {
    const at = moment.pointer;
    if (Math.hypot(at.x - first.pointer.x, at.y - first.pointer.y) < 10) return [];
    const words = wordsForText((await this.#see(before.screen)).screen, at);
    if (words === undefined || !standsAt(seen.screen, words, at)) return [];
    const moments = deed.moments.slice(0, deed.moments.indexOf(moment));
    const earlier = await this.#hoverBefore({ ...deed, moments }, { kind: 'text', words }, at);
    return [...earlier, { do: `hover over ${words}` }];
  }

  async #drag(deed: Deed, action: ActionOf<'drag'>): Promise<readonly DraftStep[]> {
    const [from, ...rest] = action.path;
    const to = rest.at(-1);
    if (from === undefined || to === undefined || deed.screen === undefined) return [lost(deed)];
    const start = await findAnchor(deed, from, this.#options);
    const end = wordsForText((await this.#see(deed.screen)).screen, to);
    if (start?.kind === 'text' && end !== undefined && action.keys.length === 0) {
      return [{ do: `drag ${start.words} to ${end}` }];
    }
    const snippet = start?.kind === 'picture' ? start.snippet : await this.#cut(deed, from);
    return [snippet === undefined ? lost(deed) : onPicture(snippet, action)];
  }

  async #scroll(deed: Deed, action: ActionOf<'scroll'>, index: number): Promise<readonly DraftStep[]> {
    const over = await findAnchor(deed, action, this.#options);
    if (over?.kind === 'text' && action.keys.length === 0) {
      const until = action.scrollY > 0 ? await this.#textToScrollTo(deed, index) : undefined;
      const words = until === undefined ? wordsForScroll(action) : `scroll down until ${until} is visible`;
      return [{ do: `${words} over ${over.words}` }];
    }
    const snippet = over?.kind === 'picture' ? over.snippet : await this.#cut(deed, action);
    return [snippet === undefined ? lost(deed) : onPicture(snippet, action)];
  }

  /** What is clicked on next, where the scrolling brought it into view. */
  async #textToScrollTo({ screen }: Deed, index: number): Promise<string | undefined> {
    const next = this.#deeds[index + 1];
    const { action } = next ?? {};
    if (screen === undefined || next === undefined) return undefined;
    if (action?.type !== 'click' && action?.type !== 'double_click') return undefined;
    const anchor = await findAnchor(next, action, this.#options);
    if (anchor?.kind !== 'text' || !/^"[^"\\]*"$/.test(anchor.words)) return undefined;
    const { lines } = (await this.#see(screen)).screen;
    return containsText(lines, anchor.words.slice(1, -1)) ? undefined : anchor.words;
  }

  /** The last thing that came is what the demo has to come to. */
  async #end(): Promise<readonly DraftStep[]> {
    const { last } = this.#recording;
    const before = this.#deeds.at(-1)?.screen;
    if (last === undefined || before === undefined) return [];
    const text = appearedText((await this.#see(before)).screen, (await this.#see(last)).screen, 'anywhere');
    return text === undefined ? [] : [{ do: `check that ${quote(text)} is visible` }];
  }

  async #cut({ screen }: Deed, at: Point): Promise<Snippet | undefined> {
    if (screen === undefined) return undefined;
    const { screenshot, raster } = await this.#see(screen);
    return await cutSnippet(screenshot, raster, at);
  }

  async #see(screen: Moment['screen']): Promise<Seen> {
    return await this.#options.screens.see(screen, this.#options.signal);
  }
}

function lost({ action, screen }: Deed): DraftStep {
  const point = action.type === 'drag' ? action.path[0] : action;
  const where = point !== undefined && 'x' in point ? ` at ${point.x}, ${point.y}` : '';
  const why = screen === undefined ? 'the screen before it is lost' : 'nothing there tells the place';
  return { problem: `${action.type.replace('_', ' ')}${where}: ${why}` };
}

function onPicture({ png, at }: Snippet, action: Action): DraftStep {
  const place = at === undefined ? {} : { at: [at.x, at.y] as [number, number] };
  return { picture: { png, toFields: (image) => fieldsOnPicture(action, { image, ...place }) } };
}
