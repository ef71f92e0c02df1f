import { beforeEach, describe, expect, test } from 'vitest';
import { parseAction } from '../../../../src/action/parse.ts';
import type { Screenshot } from '../../../../src/action/screenshot.ts';
import { createLocalModel } from '../../../../src/model/local/local-model.ts';
import type {
  ComputerCall,
  Conversation,
  ModelClient,
  Turn,
  TurnInput,
} from '../../../../src/model/model-client.ts';
import { ManualClock } from '../../../../src/testing/manual-clock.ts';
import { lineAt } from '../ocr/lines.ts';
import { fill, paint } from '../ocr/painting.ts';
import { FakeScreens } from './fake-screens.ts';

let clock: ManualClock;
let screens: FakeScreens;
let model: ModelClient;

beforeEach(() => {
  clock = new ManualClock();
  screens = new FakeScreens();
  model = createLocalModel({ clock, reader: screens });
});

/** Plays the loop's part: answers each call with the screen that comes next. */
class Talk {
  readonly #conversation: Conversation;
  #last: Turn | undefined;

  constructor(instruction: string) {
    const display = { width: 400, height: 300 };
    this.#conversation = model.start({ instruction, display, environment: 'linux' });
  }

  async respond(screenshot: Screenshot, extra: Partial<TurnInput> = {}): Promise<Turn> {
    const results = callsOf(this.#last).map(({ callId }) => ({
      type: 'computer' as const,
      callId,
      outcome: 'executed' as const,
      screenshot,
      acknowledgedSafetyChecks: [],
    }));
    this.#last = await this.#conversation.respond({ results, notes: [], screenshot, ...extra });
    return this.#last;
  }

  /** The actions of the next turn, or its message. */
  async actions(screenshot: Screenshot): Promise<unknown> {
    const turn = await this.respond(screenshot);
    const message = turn.items.find((item) => item.type === 'message');
    return message ? message.text : callsOf(turn).flatMap(({ actions }) => actions);
  }
}

const callsOf = (turn: Turn | undefined): readonly ComputerCall[] =>
  (turn?.items ?? []).filter((item) => item.type === 'computer_call');
const WAIT = { type: 'wait' };
const SAVE = { type: 'keypress', keys: ['Control', 's'] };

describe('a turn', () => {
  test('is a reason in words and one computer call, and costs nothing', async () => {
    const talk = new Talk('click "Save"');
    expect(await talk.respond(await screens.show([lineAt(100, 40, 'Save')]))).toEqual({
      responseId: 'local-1-turn-1',
      status: 'completed',
      items: [
        { type: 'reasoning', summary: 'Step 1 of 1, click "Save": I see "Save".' },
        {
          type: 'computer_call',
          callId: 'local-1-call-1',
          status: 'completed',
          actions: [{ type: 'click', button: 'left', x: 116, y: 46 }],
          pendingSafetyChecks: [],
        },
      ],
      usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 },
    });
  });

  test('the last is a message that says what is on the screen', async () => {
    const talk = new Talk('click "Save"');
    await talk.respond(await screens.show([lineAt(100, 40, 'Save')]));
    expect(
      await talk.actions(await screens.show([lineAt(10, 40, 'Saved.'), lineAt(10, 80, 'fog', 0.2)])),
    ).toBe('Done: 1 step. On the screen now: "Saved.".');
  });

  test('says what it read where that is not the label, and how many there were', async () => {
    const talk = new Talk('click "save"');
    const turn = await talk.respond(await screens.show([lineAt(100, 40, 'Save'), lineAt(100, 80, 'Save')]));
    expect(turn.items[0]).toEqual({
      type: 'reasoning',
      summary:
        'Step 1 of 1, click "save": I see "save", which I read as "Save". ' +
        'It is there 2 times; I take the newest, a button before a text, then the topmost.',
    });
  });

  test('goes through steps that need no action, in the same look', async () => {
    const talk = new Talk('wait until "Save" is visible; check that "Open" is not visible; click "Save"');
    const turn = await talk.respond(await screens.show([lineAt(100, 40, 'Save')]));
    expect(turn.items[0]).toEqual({
      type: 'reasoning',
      summary: [
        'Step 1 of 3, wait until "Save" is visible: "Save" is visible.',
        'Step 2 of 3, check that "Open" is not visible: So it is.',
        'Step 3 of 3, click "Save": I see "Save".',
      ].join('\n'),
    });
  });

  test('conversations of one model have ids of their own', async () => {
    const shown = await screens.show([lineAt(0, 0, 'A')]);
    const [first, second] = [new Talk('click "A"'), new Talk('click "A"')];
    expect([(await first.respond(shown)).responseId, (await second.respond(shown)).responseId]).toEqual([
      'local-1-turn-1',
      'local-2-turn-1',
    ]);
  });
});

describe('actions', () => {
  const labels = [lineAt(100, 40, 'Alpha'), lineAt(100, 140, 'Beta')];

  test.each<[string, readonly unknown[]]>([
    ['double-click "Alpha"', [{ type: 'double_click', x: 120, y: 46 }]],
    ['right-click "Alpha"', [{ type: 'click', button: 'right', x: 120, y: 46 }]],
    ['middle-click "Alpha"', [{ type: 'click', button: 'wheel', x: 120, y: 46 }]],
    ['hold CTRL and click "Alpha"', [{ type: 'click', button: 'left', x: 120, y: 46, keys: ['Control'] }]],
    ['hover over "Alpha"', [{ type: 'move', x: 120, y: 46 }]],
    ['type "x\\ny"', [{ type: 'type', text: 'x\ny' }]],
    ['press CTRL+S twice', [SAVE, SAVE]],
    ['take a screenshot', [{ type: 'screenshot' }]],
    ['scroll down 120 px over "Beta"', [{ type: 'scroll', x: 116, y: 146, scroll_x: 0, scroll_y: 120 }]],
    ['scroll left 2 pages over "Beta"', [{ type: 'scroll', x: 116, y: 146, scroll_x: -480, scroll_y: 0 }]],
    [
      'type "x" into "Alpha"',
      [
        { type: 'click', button: 'left', x: 120, y: 46 },
        { type: 'type', text: 'x' },
      ],
    ],
  ])('%s', async (instruction, actions) => {
    const sent = await new Talk(instruction).actions(await screens.show(labels));
    expect(sent).toEqual(actions);
    expect(() => actions.map(parseAction)).not.toThrow();
  });

  test('a drag goes from label to label in small steps', async () => {
    const sent = await new Talk('drag "Alpha" to "Beta"').actions(await screens.show(labels));
    const [drag] = (Array.isArray(sent) ? sent : []).map(parseAction);
    const path = drag?.type === 'drag' ? drag.path : [];
    expect([path[0], path.at(-1), path.length]).toEqual([{ x: 120, y: 46 }, { x: 116, y: 146 }, 13]);
  });

  test('a drag by an offset ends on the screen', async () => {
    const sent = await new Talk('drag "Alpha" 900 px to the right').actions(await screens.show(labels));
    const [drag] = (Array.isArray(sent) ? sent : []).map(parseAction);
    expect(drag?.type === 'drag' ? drag.path.at(-1) : undefined).toEqual({ x: 399, y: 46 });
  });

  test('what is in a one-line field is replaced, or cleared', async () => {
    const raster = paint(400, 300, [206, 206, 206]);
    fill(raster, { x: 160, y: 92, width: 200, height: 28 }, [252, 252, 252]);
    const shown = await screens.show([lineAt(100, 100, 'Name:')], raster);
    const focus = { type: 'click', button: 'left', x: 260, y: 106 };
    const selectAll = { type: 'keypress', keys: ['CTRL', 'a'] };
    expect(await new Talk('type "x" into "Name:"').actions(shown)).toEqual([
      focus,
      selectAll,
      { type: 'type', text: 'x' },
    ]);
    expect(await new Talk('clear "Name:"').actions(shown)).toEqual([
      focus,
      selectAll,
      { type: 'keypress', keys: ['DELETE'] },
    ]);
  });

  test('a wheel is turned where the pointer was left', async () => {
    const talk = new Talk('click "Alpha", scroll down');
    await talk.respond(await screens.show(labels));
    expect(await talk.actions(await screens.show(labels))).toEqual([
      { type: 'scroll', x: 120, y: 46, scroll_x: 0, scroll_y: 300 },
    ]);
  });
});

describe('patience', () => {
  test('a label that is not there yet is waited for, then clicked once', async () => {
    const talk = new Talk('click "Save"');
    expect(await talk.actions(await screens.show([]))).toEqual([WAIT]);
    expect(await talk.actions(await screens.show([lineAt(100, 40, 'Save')]))).toEqual([
      { type: 'click', button: 'left', x: 116, y: 46 },
    ]);
  });

  test('the step fails after ten seconds, with what was seen and the nearest text', async () => {
    const talk = new Talk('click "Print" \n click "Save"');
    await talk.respond(await screens.show([lineAt(0, 0, 'Print')]));
    const shown = await screens.show([lineAt(0, 0, 'Sawe'), lineAt(0, 80, 'Open')]);
    for (let look = 0; look < 4; look++) {
      expect(await talk.actions(shown)).toEqual(look < 2 ? [WAIT] : [WAIT, WAIT]);
      await clock.advance(2_500);
    }
    await expect(talk.respond(shown)).rejects.toThrow(
      expect.objectContaining({
        code: 'model-step-failed',
        message:
          'Step 2 of 2 (click "Save") failed: "Save": it is not on the screen. ' +
          'The nearest text is "Sawe". On the screen: "Sawe", "Open".',
        details: {
          step: { number: 2, line: 2, text: 'click "Save"' },
          visible: ['Sawe', 'Open'],
          nearest: 'Sawe',
        },
      }),
    );
  });

  test('however long each look takes, a step has four of them', async () => {
    const talk = new Talk('click "Save"');
    const shown = await screens.show([]);
    for (let look = 0; look < 3; look++) {
      await talk.respond(shown);
      await clock.advance(60_000);
    }
    await expect(talk.respond(shown)).rejects.toThrow(expect.objectContaining({ code: 'model-step-failed' }));
  });

  test('a text that is only similar is taken from the second look on', async () => {
    const talk = new Talk('click "Zoom In"');
    const shown = await screens.show([lineAt(100, 40, 'Zoomln', 0.4)]);
    expect(await talk.actions(shown)).toEqual([WAIT]);
    expect(await talk.actions(shown)).toEqual([{ type: 'click', button: 'left', x: 124, y: 46 }]);
  });

  test('wait until: as long as the step says', async () => {
    const talk = new Talk('wait until "Done" is visible for at most 3 s');
    const shown = await screens.show([]);
    for (let look = 0; look < 3; look++) {
      await talk.respond(shown);
      await clock.advance(1_000);
    }
    await expect(talk.respond(shown)).rejects.toThrow('"Done": after 3 s it is not on the screen.');
  });

  test('wait until gone, then on', async () => {
    const talk = new Talk('wait until "Loading" is gone');
    expect(await talk.actions(await screens.show([lineAt(0, 0, 'Loading')]))).toEqual([WAIT]);
    expect(await talk.actions(await screens.show([lineAt(0, 0, 'Ready')]))).toContain('Done: 1 step.');
  });

  test('wait 2 seconds: by the clock, not by the number of waits', async () => {
    const talk = new Talk('wait 2 seconds');
    const shown = await screens.show([]);
    expect(await talk.actions(shown)).toEqual([WAIT, WAIT]);
    await clock.advance(1_500);
    expect(await talk.actions(shown)).toEqual([WAIT]);
    await clock.advance(500);
    expect(await talk.actions(shown)).toContain('Done: 1 step.');
  });

  test('a check that does not come true fails, naming the text', async () => {
    const talk = new Talk('check that "a1" and "b2" are visible');
    const shown = await screens.show([lineAt(0, 0, 'a1')]);
    for (let look = 0; look < 4; look++) {
      await talk.respond(shown);
      await clock.advance(3_000);
    }
    await expect(talk.respond(shown)).rejects.toThrow('"b2": it is not on the screen.');
  });
});

describe('after an input', () => {
  test('an unchanged screen is looked at again; the click is not repeated, and the end says so', async () => {
    const talk = new Talk('click "Save"');
    const shown = await screens.show([lineAt(100, 40, 'Save')]);
    await talk.respond(shown);
    expect([await talk.actions(shown), await talk.actions(shown)]).toEqual([[WAIT], [WAIT]]);
    expect(await talk.actions(shown)).toBe(
      'Done: 1 step. Nothing that I could see changed after step 1 (click "Save"). On the screen now: "Save".',
    );
  });

  test('a screen that changes late is no such case', async () => {
    const talk = new Talk('click "Save"');
    const shown = await screens.show([lineAt(100, 40, 'Save')]);
    await talk.respond(shown);
    await talk.respond(shown);
    expect(await talk.actions(await screens.show([lineAt(0, 0, 'Saved.')]))).toBe(
      'Done: 1 step. On the screen now: "Saved.".',
    );
  });

  test('scrolling goes on until the text is there', async () => {
    const talk = new Talk('scroll down until "Zebra" is visible');
    const turn = { type: 'scroll', x: 12, y: 6, scroll_x: 0, scroll_y: 300 };
    expect(await talk.actions(await screens.show([lineAt(0, 0, 'Ape')]))).toEqual([turn]);
    expect(await talk.actions(await screens.show([lineAt(200, 200, 'Bee')]))).toEqual([turn]);
    expect(await talk.actions(await screens.show([lineAt(0, 0, 'Zebra')]))).toContain('Done: 1 step.');
  });

  test('scrolling fails where nothing changes any more', async () => {
    const talk = new Talk('scroll down until "Zebra" is visible');
    const shown = await screens.show([lineAt(0, 0, 'Ape')]);
    await talk.respond(shown);
    expect(await talk.actions(shown)).toEqual([WAIT]);
    await expect(talk.respond(shown)).rejects.toThrow('"Zebra": scrolling on changes nothing.');
  });

  test.each([
    ['refused', 'The computer call was not run: a person said no'],
    ['executed', 'The next one failed and is not repeated: type "x": no such key'],
  ] as const)('a call that was %s with a note ends the run as a failed step', async (outcome, note) => {
    const talk = new Talk('click "Save"');
    const screenshot = await screens.show([lineAt(100, 40, 'Save')]);
    await talk.respond(screenshot);
    const call = { type: 'computer', callId: 'local-1-call-1' } as const;
    const result = { ...call, outcome, screenshot, acknowledgedSafetyChecks: [] };
    await expect(talk.respond(screenshot, { results: [result], notes: [note] })).rejects.toThrow(
      expect.objectContaining({
        code: 'model-step-failed',
        message: `Step 1 of 1 (click "Save") was not done: ${note}`,
        details: expect.objectContaining({ refused: outcome === 'refused' }),
      }),
    );
  });
});

describe('the model', () => {
  test('names itself', () => {
    expect({ provider: model.provider, tool: model.tool }).toEqual({ provider: 'local', tool: 'computer' });
  });

  test('refuses an instruction that is no list of steps when it is started', () => {
    expect(() => new Talk('write a poem about the sea')).toThrow(
      expect.objectContaining({ code: 'model-rejected-request' }),
    );
  });

  test('disposes its reader', async () => {
    await model[Symbol.asyncDispose]();
    expect(screens.isDisposed).toBe(true);
  });

  test('stops when it is cancelled', async () => {
    const conversation = model.start({
      instruction: 'click "A"',
      display: { width: 400, height: 300 },
      environment: 'linux',
    });
    const screenshot = await screens.show([lineAt(0, 0, 'A')]);
    await expect(
      conversation.respond({ results: [], notes: [], screenshot }, { signal: AbortSignal.abort() }),
    ).rejects.toThrow(expect.objectContaining({ code: 'cancelled' }));
  });

  test('takes one request at a time', async () => {
    const talk = new Talk('click "A"');
    const screenshot = await screens.show([lineAt(0, 0, 'A')]);
    const first = talk.respond(screenshot);
    await expect(talk.respond(screenshot)).rejects.toThrow('one request at a time');
    await first;
  });
});
