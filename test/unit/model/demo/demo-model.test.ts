import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { createDemoModel } from '../../../../src/model/demo/demo-model.ts';
import type { DemoStep } from '../../../../src/model/demo/demo-model.ts';
import type { Point } from '../../../../src/util/geometry.ts';
import type { CallResult, Turn } from '../../../../src/model/model-client.ts';
import { fakeScreenshot } from '../../../../src/testing/fake-display.ts';
import { SkippingClock } from '../../../../src/testing/skipping-clock.ts';

const SCREEN = await readFile(join(import.meta.dirname, '../../../fixtures/screens/settings.png'));
const { width, height } = await sharp(SCREEN).metadata();
const shown = fakeScreenshot(SCREEN, { width, height });
const BLANK = fakeScreenshot(
  await sharp({ create: { width, height, channels: 3, background: 'white' } })
    .png()
    .toBuffer(),
  { width, height },
);

function start(steps: readonly DemoStep[], clock = new SkippingClock()) {
  const model = createDemoModel({ name: 'demo', steps, clock });
  const display = { width, height };
  const conversation = model.start({ instruction: '', display, environment: 'linux' });
  let last: Turn | undefined;
  const look = async (screenshot = shown) => {
    const results = (last?.items ?? []).flatMap((item): CallResult[] =>
      item.type === 'computer_call'
        ? [
            {
              type: 'computer',
              callId: item.callId,
              outcome: 'executed',
              screenshot,
              acknowledgedSafetyChecks: [],
            },
          ]
        : [],
    );
    last = await conversation.respond({ results, notes: [], screenshot });
    return last.items;
  };
  return { look, clock, [Symbol.asyncDispose]: () => model[Symbol.asyncDispose]() };
}

const CUT = { left: 100, top: 60, width: 40, height: 30 };
const snippet = await sharp(SCREEN).extract(CUT).png().toBuffer();
const picture = {
  snippet,
  name: 'icon.png',
  toAction: (at: Point) => ({ type: 'click', button: 'left', ...at }),
};

test('says its captions and clicks in the middle of a picture', async () => {
  await using demo = start([{ say: 'Look here.' }, { say: 'A click.', picture }, { say: 'The end.' }]);
  const items = await demo.look();
  expect(items.slice(0, 2)).toEqual([
    { type: 'message', text: 'Look here.' },
    { type: 'message', text: 'A click.' },
  ]);
  expect(items[2]).toMatchObject({ type: 'computer_call', actions: [{ type: 'click', button: 'left' }] });
  expect(await demo.look()).toEqual([{ type: 'message', text: 'The end.' }]);
});

test('waits for a picture that is still to come, and ends where it does not', async () => {
  await using demo = start([{ picture }]);
  expect(await demo.look(BLANK)).toMatchObject([{ actions: [{ type: 'wait' }] }]);
  expect(await demo.look(shown)).toMatchObject([{ actions: [{ type: 'click' }] }]);
  await using other = start([{ picture }]);
  await other.look(BLANK);
  await other.clock.sleep(11_000);
  await expect(other.look(BLANK)).rejects.toMatchObject({
    code: 'model-step-failed',
    message: 'Step 1 of the demo: icon.png is not on the screen.',
  });
});

test('does steps in words as the local model does, one after the other', async () => {
  await using demo = start([{ say: 'Keys.', do: 'press CTRL+S' }, { do: 'press ENTER' }]);
  const first = await demo.look();
  expect(first[0]).toEqual({ type: 'message', text: 'Keys.' });
  expect(first.at(-1)).toMatchObject({ type: 'computer_call', actions: [{ type: 'keypress' }] });
  const ids = new Set<string>();
  let items = first;
  for (let turn = 0; turn < 10 && items.some(({ type }) => type === 'computer_call'); turn++) {
    for (const item of items) if (item.type === 'computer_call') ids.add(item.callId);
    items = await demo.look();
  }
  expect(items.at(-1)).toEqual({ type: 'message', text: 'The demo is over.' });
  expect(ids.size).toBeGreaterThanOrEqual(2);
});
