import { expect, test } from 'vitest';
import { createHumanDisplay } from '../../../src/display/human-display.ts';
import type { DisplayCall } from '../../../src/testing/fake-display.ts';
import { FakeDisplay } from '../../../src/testing/fake-display.ts';
import { SkippingClock } from '../../../src/testing/skipping-clock.ts';

async function act(seed: number) {
  const display = new FakeDisplay({ size: { width: 400, height: 300 } });
  const clock = new SkippingClock();
  const human = createHumanDisplay(display, { clock, seed });
  await human.pointer.click({ x: 399, y: 299 }, 'left');
  await human.keyboard.type('ab');
  await human.pointer.drag([
    { x: 0, y: 0 },
    { x: 5, y: 5 },
  ]);
  return { calls: display.calls, sleeps: clock.sleeps };
}

function movesOf(calls: readonly DisplayCall[]) {
  return calls.flatMap((call) => (call.type === 'move' ? [call.to] : []));
}

test('what is done stays the same, with a way of many small moves before it', async () => {
  const { calls, sleeps } = await act(1);
  const deeds = calls.filter(({ type }) => type !== 'move');
  expect(deeds).toEqual([
    { type: 'click', at: { x: 399, y: 299 }, button: 'left', count: 1 },
    { type: 'type', text: 'a' },
    { type: 'type', text: 'b' },
    {
      type: 'drag',
      path: [
        { x: 0, y: 0 },
        { x: 5, y: 5 },
      ],
    },
  ]);
  const moves = movesOf(calls);
  expect(moves.length).toBeGreaterThan(20);
  expect(moves.every(({ x, y }) => x >= 0 && y >= 0 && x < 400 && y < 300)).toBe(true);
  const steps = moves
    .slice(1)
    .map((to, index) => Math.hypot(to.x - (moves[index]?.x ?? 0), to.y - (moves[index]?.y ?? 0)));
  // No jump: the longest step is a small part of the whole way of 499 px.
  expect(Math.max(...steps.slice(0, 15))).toBeLessThan(60);
  expect(sleeps.length).toBeGreaterThan(20);
});

test('equal seeds move in equal ways, others in others', async () => {
  const [first, again, other] = [await act(7), await act(7), await act(8)];
  expect(again).toEqual(first);
  expect(movesOf(other.calls)).not.toEqual(movesOf(first.calls));
});
