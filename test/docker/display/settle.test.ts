import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REACTIONS, STARTS, tryOnce } from '../../support/reactions.ts';
import { openDesk } from '../input/desk.ts';
import type { Desk } from '../input/desk.ts';

const TRIES = 6;

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(async () => await desk[Symbol.asyncDispose]());

it('settles on an idle desktop within 100 ms, also when only its screen can be watched', async () => {
  const { waitedMs, ...rest } = await desk.display.settle();
  expect(rest).toEqual({ reason: 'idle', updates: 0 });
  expect(waitedMs).toBeLessThan(100);
  await using display = await desk.openDisplay({ activity: undefined });
  await display.ready({ timeoutMs: 10_000 });
  const blind = await display.settle();
  expect({ ...blind, waitedMs: undefined }).toEqual({ reason: 'quiet', updates: 0, waitedMs: undefined });
  expect(blind.waitedMs).toBeLessThan(100);
});

describe.each([...REACTIONS, ...STARTS].map((reaction) => [reaction.name, reaction] as const))(
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
