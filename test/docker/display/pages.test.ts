import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER_REACTIONS, tryOnce } from '../../support/reactions.ts';
import { openDesk } from '../input/desk.ts';
import type { Desk } from '../input/desk.ts';

const TRIES = 6;

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ hasBrowser: true });
});
afterAll(async () => await desk[Symbol.asyncDispose]());

describe.each(BROWSER_REACTIONS.map((reaction) => [reaction.name, reaction] as const))(
  'when %s',
  (_, reaction) => {
    beforeAll(async () => await reaction.prepare?.(desk));

    it('the picture is the one that stays', async () => {
      const found: (readonly boolean[])[] = [];
      for (let i = 0; i < TRIES; i++) {
        const { isWhole, hasHappened } = await tryOnce(desk, reaction, i);
        found.push([isWhole, hasHappened]);
      }
      expect(found).toEqual(found.map(() => [true, true]));
    });
  },
);
