import { describe, expect, test } from 'vitest';
import { note, observeFrom } from '../../../src/display/observation.ts';
import type { Expectation, Observed, Sight } from '../../../src/display/observation.ts';
import { judge, SETTLE_RULES } from '../../../src/display/settle.ts';
import type { Verdict } from '../../../src/display/settle.ts';

type Story = readonly (readonly [atMs: number, sight: Sight, share?: number, near?: number])[];

function observe(expectation: Expectation, story: Story): Observed {
  return observeOn(observeFrom(0, expectation), story);
}

function observeOn(begin: Observed, story: Story): Observed {
  return story.reduce(
    (observed, [atMs, sight, share = 0.1, near = 0]) =>
      note(observed, atMs, sight, { share, nearPointerPx: near }),
    begin,
  );
}

/** The verdict over what was seen since 0, asked at `nowMs` by a wait that began at 0. */
function verdict(expectation: Expectation, story: Story, nowMs: number, hasClosed = false): Verdict {
  return judge({ calledAtMs: 0, observed: observe(expectation, story), hasClosed }, nowMs, SETTLE_RULES);
}

const QUIET = { settled: 'quiet' };

describe('a screen on which nothing changes', () => {
  test('has settled in 80 ms when nothing was asked of it', () => {
    expect(verdict('nothing', [], 0)).toEqual({ lookAgainAtMs: 80 });
    expect(verdict('nothing', [], 80)).toEqual(QUIET);
  });

  test('has longer for its first reaction to an input', () => {
    expect(verdict('reaction', [[10, 'input']], 80)).toEqual({ lookAgainAtMs: 260 });
    expect(verdict('reaction', [[10, 'input']], 260)).toEqual(QUIET);
  });
});

describe('a screen that reacts', () => {
  test('has settled 60 ms after its last change', () => {
    expect(verdict('reaction', [[20, 'change']], 79)).toEqual({ lookAgainAtMs: 80 });
    expect(verdict('reaction', [[20, 'change']], 80)).toEqual(QUIET);
  });

  test('is not asked before the last key of the input has had its time', () => {
    const story: Story = [
      [5, 'change'],
      [50, 'input'],
    ];
    expect(verdict('reaction', story, 60)).toEqual({ lookAgainAtMs: 110 });
  });

  test('has to be quiet for twice as long as it paused while it drew', () => {
    const story: Story = [
      [20, 'change'],
      [70, 'change'],
    ];
    expect(verdict('reaction', story, 130)).toEqual({ lookAgainAtMs: 170 });
    expect(verdict('reaction', story, 170)).toEqual(QUIET);
  });

  test('does not have to make up for a pause that was no pause in drawing', () => {
    const story: Story = [
      [20, 'change'],
      [220, 'change'],
    ];
    expect(verdict('echo', story, 280)).toEqual(QUIET);
  });

  test('is watched for 300 ms after the pointer has come to rest: a submenu takes its time', () => {
    expect(verdict('hover', [[10, 'change']], 100)).toEqual({ lookAgainAtMs: 300 });
    const story: Story = [
      [10, 'change'],
      [250, 'change'],
    ];
    expect(verdict('hover', story, 300)).toEqual({ lookAgainAtMs: 310 });
    expect(verdict('hover', story, 310)).toEqual(QUIET);
  });
});

describe('a click that changes little', () => {
  test('has only lit up the button: what it does follows', () => {
    expect(verdict('deed', [[20, 'change', 0.004, 2880]], 80)).toEqual({ lookAgainAtMs: 220 });
    const story: Story = [
      [20, 'change', 0.004, 2880],
      [170, 'change', 0.05, 40_000],
    ];
    expect(verdict('deed', story, 230)).toEqual({ lookAgainAtMs: 320 });
    expect(verdict('deed', story, 320)).toEqual(QUIET);
  });

  test('may have set a caret, and is done', () => {
    expect(verdict('deed', [[20, 'change', 0.001, 72]], 80)).toEqual(QUIET);
  });

  test('is not a key', () => {
    expect(verdict('reaction', [[20, 'change', 0.004, 2880]], 80)).toEqual(QUIET);
  });
});

describe('a click that closes something', () => {
  test('is given time for what it was meant to bring about', () => {
    expect(verdict('deed', [[20, 'change']], 80, true)).toEqual({ lookAgainAtMs: 620 });
    expect(verdict('deed', [[20, 'change']], 620, true)).toEqual(QUIET);
  });

  test('is done when that has come and is drawn', () => {
    const story: Story = [
      [20, 'change'],
      [300, 'change'],
    ];
    expect(verdict('deed', story, 400, true)).toEqual({ lookAgainAtMs: 450 });
    expect(verdict('deed', story, 450, true)).toEqual(QUIET);
  });

  test('is not a key that closes something', () => {
    expect(verdict('reaction', [[20, 'change']], 80, true)).toEqual(QUIET);
  });
});

describe('a pointer that turns', () => {
  const turning: Story = [
    [10, 'input'],
    [16, 'pointer-shape'],
    [20, 'change'],
    [32, 'pointer-shape'],
    [49, 'pointer-shape'],
  ];

  test('announces a window that is waited for', () => {
    expect(verdict('deed', turning, 200)).toEqual({ lookAgainAtMs: 1549 });
    expect(verdict('deed', turning, 1549)).toEqual(QUIET);
    expect(verdict('deed', [...turning, [400, 'change']], 401)).toEqual({ lookAgainAtMs: 550 });
    expect(verdict('deed', [...turning, [400, 'change']], 550)).toEqual(QUIET);
  });

  test('is not answered by a change that is too small for a window', () => {
    expect(verdict('deed', [...turning, [400, 'change', 0.001]], 600)).toEqual({ lookAgainAtMs: 1900 });
  });

  test('is not one that only changed between two inputs', () => {
    const story: Story = [
      [0, 'pointer-shape'],
      [16, 'pointer-shape'],
      [20, 'input'],
      [32, 'pointer-shape'],
      [33, 'change'],
    ];
    expect(verdict('deed', story, 93)).toEqual(QUIET);
  });

  test('is not one that changed at one stroke', () => {
    const story: Story = [
      [3, 'pointer-shape'],
      [4, 'pointer-shape'],
      [5, 'pointer-shape'],
      [6, 'pointer-shape'],
      [7, 'change'],
    ];
    expect(verdict('deed', story, 67)).toEqual(QUIET);
  });

  test('is no answer by itself to a click', () => {
    expect(verdict('deed', [[5, 'pointer-shape']], 70)).toEqual({ lookAgainAtMs: 250 });
  });
});

describe('a screen that never rests', () => {
  test('is given up at the cap', () => {
    const story: Story = Array.from({ length: 380 }, (_, i) => [i * 16, 'change']);
    expect(verdict('reaction', story, 5990)).toEqual({ lookAgainAtMs: 6000 });
    expect(verdict('reaction', story, 6000)).toEqual({ settled: 'cap' });
  });

  test('has settled when only that changes which changes by itself', () => {
    const story: Story = [
      [20, 'change'],
      [30, 'repeating-change'],
      [70, 'repeating-change'],
    ];
    expect(verdict('reaction', story, 80)).toEqual({ settled: 'quiet-but-for-repeating' });
  });
});

describe('a desktop whose processes are watched', () => {
  /** As `verdict`; the processes were last at work when the story says so. */
  const watched = (
    expectation: Expectation,
    story: Story,
    nowMs: number,
    before: Partial<Observed> = {},
    hasClosed = false,
  ): Verdict => {
    const begin = { ...observeFrom(0, expectation), workedAtMs: 0, ...before };
    const wait = { calledAtMs: 0, observed: observeOn(begin, story), hasClosed };
    return judge(wait, nowMs, SETTLE_RULES);
  };
  const IDLE = { settled: 'idle' };

  test('has settled when none has worked for 17 ms, whatever the screen shows', () => {
    expect(watched('nothing', [], 16)).toEqual({ lookAgainAtMs: 17 });
    expect(watched('nothing', [], 17)).toEqual(IDLE);
    const story: Story = [
      [5, 'input'],
      [9, 'change', 0.004, 2880],
      [11, 'work'],
    ];
    expect(watched('deed', story, 27)).toEqual({ lookAgainAtMs: 28 });
    expect(watched('deed', story, 28)).toEqual(IDLE);
  });

  test('counts from what came last: the input, a change or the work', () => {
    expect(watched('echo', [[30, 'input']], 30)).toEqual({ lookAgainAtMs: 47 });
    expect(watched('reaction', [[40, 'change', 0.02]], 40)).toEqual({ lookAgainAtMs: 57 });
    expect(watched('echo', [[50, 'work']], 50)).toEqual({ lookAgainAtMs: 67 });
  });

  test('has longer for what may be a window: it shows some things by a timer', () => {
    expect(watched('deed', [[40, 'change']], 40)).toEqual({ lookAgainAtMs: 140 });
    expect(watched('reaction', [[40, 'change']], 140)).toEqual(IDLE);
    expect(watched('echo', [[40, 'change']], 57)).toEqual(IDLE);
  });

  test('has longer when a menu has closed: what was chosen follows', () => {
    const story: Story = [[40, 'change', 0.02]];
    expect(watched('deed', story, 57, {}, true)).toEqual({ lookAgainAtMs: 140 });
    expect(watched('deed', story, 57)).toEqual(IDLE);
    expect(watched('reaction', story, 57, {}, true)).toEqual(IDLE);
  });

  test('has longer to show anything at all', () => {
    expect(watched('deed', [[30, 'input']], 30)).toEqual({ lookAgainAtMs: 130 });
    expect(watched('deed', [[30, 'pointer-shape']], 130)).toEqual(IDLE);
  });

  test('that is at work is not quiet as soon as its screen is', () => {
    const story: Story = [
      [10, 'change', 0.02],
      [100, 'work'],
    ];
    expect(watched('reaction', story, 100)).toEqual({ lookAgainAtMs: 117 });
    const busy: Story = [...story, [5990, 'work']];
    expect(watched('reaction', busy, 5990)).toEqual({ lookAgainAtMs: 6000 });
    expect(watched('reaction', busy, 6000)).toEqual({ settled: 'cap' });
  });

  test('that works all the time is judged by its screen', () => {
    const story: Story = [
      [10, 'change'],
      [69, 'work'],
    ];
    expect(watched('reaction', story, 69, { worksAlways: true })).toEqual({ lookAgainAtMs: 70 });
    expect(watched('reaction', story, 70, { worksAlways: true })).toEqual(QUIET);
  });

  test('may be waiting for a submenu to be due', () => {
    expect(watched('hover', [[10, 'change']], 200)).toEqual({ lookAgainAtMs: 300 });
    expect(watched('hover', [[10, 'change']], 300)).toEqual(QUIET);
  });

  test('may be starting a program while its pointer turns', () => {
    const story: Story = [
      [16, 'pointer-shape'],
      [32, 'pointer-shape'],
      [49, 'pointer-shape'],
    ];
    expect(watched('deed', story, 200)).toEqual({ lookAgainAtMs: 449 });
    expect(watched('deed', [...story, [90, 'change']], 200)).toEqual({ lookAgainAtMs: 449 });
    expect(watched('deed', [...story, [200, 'work']], 449)).toEqual(IDLE);
    const window: Story = [...story, [90, 'change'], [400, 'change']];
    expect(watched('deed', window, 499)).toEqual({ lookAgainAtMs: 500 });
    expect(watched('deed', window, 500)).toEqual(IDLE);
  });

  test('is not waited for beyond the cap', () => {
    const story: Story = [
      [5900, 'change'],
      [5999, 'work'],
    ];
    expect(watched('reaction', story, 6000)).toEqual({ settled: 'cap' });
  });
});

test('counts the updates, the repeating ones too', () => {
  const observed = observe('nothing', [
    [1, 'change'],
    [2, 'repeating-change'],
    [3, 'pointer-shape'],
    [4, 'input'],
  ]);
  expect(observed.updates).toBe(2);
});
