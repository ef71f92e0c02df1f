import { expect, test } from 'vitest';
import { WorkWatch } from '../../../src/display/work-watch.ts';
import { FakeActivity } from '../../../src/testing/fake-activity.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

function open(): { clock: ManualClock; activity: FakeActivity; watch: WorkWatch } {
  const clock = new ManualClock();
  const activity = new FakeActivity();
  return { clock, activity, watch: new WorkWatch(activity, clock) };
}

test('processes have worked when they have used processor time', () => {
  const { activity, watch } = open();
  const before = watch.hasWorked();
  activity.work(2);
  expect([before, watch.hasWorked(), watch.hasWorked()]).toEqual([false, true, false]);
});

test('a timer that finds nothing to do is no work, but many of them are', () => {
  const { activity, watch } = open();
  const found = [0.1, 0.1, 0.1].map((ms) => {
    activity.work(ms);
    return watch.hasWorked();
  });
  expect(found).toEqual([false, false, true]);
});

test('what cannot be told counts as work', () => {
  const { activity, watch } = open();
  activity.end();
  expect([watch.hasWorked(), watch.hasWorked()]).toEqual([true, true]);
});

test('who was never idle and goes on working works always, until it rests', async () => {
  const { clock, activity, watch } = open();
  const found: boolean[] = [];
  for (const [isIdle, spanMs, usedMs] of [
    [false, 1000, 50],
    [false, 1000, 900],
    [false, 100, 0],
    [true, 1000, 900],
  ] as const) {
    watch.rest(isIdle);
    await clock.advance(spanMs);
    activity.work(usedMs);
    watch.begin();
    found.push(watch.worksAlways);
  }
  expect(found).toEqual([false, true, true, false]);
});
