import { expect, test } from 'vitest';
import type { Action } from '../../../../src/action/action.ts';
import { InputDeeds } from '../../../../src/demo/record/input-deeds.ts';
import { charToKeysym, keyToKeysym } from '../../../../src/display/keysyms.ts';
import { fakeScreenshot } from '../../../../src/testing/fake-display.ts';

const SIZE = { width: 800, height: 600 };

/** A person's hands, and a clock that stands still unless they wait. */
class Hands {
  looks = 0;
  #nowMs = 0;
  readonly deeds = new InputDeeds(
    { now: () => this.#nowMs },
    {
      look: async () => fakeScreenshot(`look ${this.looks++}`, SIZE),
      takeMoments: () => [],
    },
  );

  get actions(): readonly Action[] {
    return this.deeds.deeds.map(({ action }) => action);
  }

  wait(ms: number): void {
    this.#nowMs += ms;
  }

  async pointer(x: number, y: number, buttons = 0): Promise<void> {
    await this.deeds.hear({ type: 'pointer', x, y, buttons });
  }

  async click(x: number, y: number, bit = 1): Promise<void> {
    await this.pointer(x, y);
    await this.pointer(x, y, bit);
    await this.pointer(x, y);
  }

  async down(key: string): Promise<void> {
    await this.deeds.hear({ type: 'key', keysym: keyToKeysym(key), isDown: true });
  }

  async up(key: string): Promise<void> {
    await this.deeds.hear({ type: 'key', keysym: keyToKeysym(key), isDown: false });
  }

  async tap(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.down(key);
      await this.up(key);
    }
  }

  async type(text: string): Promise<void> {
    for (const char of text) {
      await this.deeds.hear({ type: 'key', keysym: charToKeysym(char), isDown: true });
      await this.deeds.hear({ type: 'key', keysym: charToKeysym(char), isDown: false });
    }
  }
}

const click = (x: number, y: number, button = 'left') => ({ type: 'click', button, x, y, keys: [] });

test('clicks of each button, a hand that is not quite still, and keys that are held', async () => {
  const hands = new Hands();
  await hands.click(10, 20);
  await hands.click(30, 40, 4);
  await hands.click(50, 60, 2);
  await hands.pointer(100, 100, 1);
  await hands.pointer(103, 98, 1);
  await hands.pointer(103, 98);
  await hands.down('Control');
  await hands.click(70, 80);
  await hands.up('Control');
  expect(hands.actions).toEqual([
    click(10, 20),
    click(30, 40, 'right'),
    click(50, 60, 'wheel'),
    click(100, 100),
    { ...click(70, 80), keys: ['Control'] },
  ]);
});

test('two clicks in a row are a double click where they are soon and near, and keep the screen before the first', async () => {
  const hands = new Hands();
  await hands.click(10, 20);
  hands.wait(200);
  await hands.click(12, 20);
  hands.wait(2000);
  await hands.click(12, 20);
  hands.wait(100);
  await hands.click(60, 20);
  expect(hands.actions).toEqual([
    { type: 'double_click', x: 12, y: 20, keys: [] },
    click(12, 20),
    click(60, 20),
  ]);
  expect(hands.deeds.deeds[0]?.screen).toEqual(fakeScreenshot('look 0', SIZE));
});

test('a drag keeps the corners of its way alone', async () => {
  const hands = new Hands();
  await hands.pointer(10, 10, 1);
  for (const x of [20, 40, 60, 80, 100]) await hands.pointer(x, 10, 1);
  for (const y of [30, 50, 70]) await hands.pointer(100, y, 1);
  await hands.pointer(100, 70);
  const path = [
    { x: 10, y: 10 },
    { x: 100, y: 10 },
    { x: 100, y: 70 },
  ];
  expect(hands.actions).toEqual([{ type: 'drag', path, keys: [] }]);
});

test('the wheel turned on is one scroll; turned back, or elsewhere, another', async () => {
  const hands = new Hands();
  for (const bit of [16, 16, 16, 8]) {
    await hands.pointer(10, 10, bit);
    await hands.pointer(10, 10);
  }
  await hands.pointer(200, 10, 64);
  const scroll = (x: number, scrollX: number, scrollY: number) => ({
    type: 'scroll',
    x,
    y: 10,
    scrollX,
    scrollY,
    keys: [],
  });
  expect(hands.actions).toEqual([scroll(10, 0, 210), scroll(10, 0, -70), scroll(200, 70, 0)]);
});

test('what is typed is one text, slips put right; keys and chords are not part of it', async () => {
  const hands = new Hands();
  await hands.type('Crème, 5');
  await hands.tap('Backspace');
  await hands.type('€ 🌙');
  await hands.tap('Enter', 'Enter', 'ArrowLeft');
  await hands.down('Control');
  await hands.down('Shift');
  await hands.type('S');
  await hands.up('Shift');
  await hands.up('Control');
  expect(hands.actions).toEqual([
    { type: 'type', text: 'Crème, € 🌙' },
    { type: 'keypress', keys: ['Enter'] },
    { type: 'keypress', keys: ['Enter'] },
    { type: 'keypress', keys: ['ArrowLeft'] },
    { type: 'keypress', keys: ['Control', 'Shift', 's'] },
  ]);
});

test('a text that was taken back whole leaves nothing', async () => {
  const hands = new Hands();
  await hands.type('ab');
  await hands.tap('Backspace', 'Backspace', 'Backspace');
  expect(hands.actions).toEqual([{ type: 'keypress', keys: ['Backspace'] }]);
});

test('a modifier by itself is a key, but Shift is not; locks and unknown keys are nothing', async () => {
  const hands = new Hands();
  await hands.tap('Meta', 'Shift', 'CapsLock');
  await hands.deeds.hear({ type: 'key', keysym: 0xfe51, isDown: true });
  await hands.down('Alt');
  await hands.tap('F4');
  await hands.up('Alt');
  expect(hands.actions).toEqual([
    { type: 'keypress', keys: ['Meta'] },
    { type: 'keypress', keys: ['Alt', 'F4'] },
  ]);
});
