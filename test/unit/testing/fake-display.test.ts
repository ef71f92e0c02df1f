import { expect, test } from 'vitest';
import { DisplayError } from '../../../src/errors.ts';
import { FakeDisplay, fakeScreenshot } from '../../../src/testing/fake-display.ts';

test('logs every input with the keys that were held', async () => {
  const display = new FakeDisplay();
  await display.keyboard.hold(['Control'], async () => display.pointer.click({ x: 1, y: 2 }, 'left'));
  await display.pointer.click({ x: 3, y: 4 }, 'left', { count: 2 });
  await display.keyboard.chord(['Control', 's']);
  await display.screenshot();
  expect(display.inputs).toEqual([
    { type: 'click', at: { x: 1, y: 2 }, button: 'left', count: 1, held: ['Control'] },
    { type: 'click', at: { x: 3, y: 4 }, button: 'left', count: 2 },
    { type: 'chord', keys: ['Control', 's'] },
  ]);
  expect(display.calls.at(-1)).toEqual({ type: 'screenshot' });
  expect(display.pointer.position).toEqual({ x: 3, y: 4 });
});

test('releases held keys when the act fails', async () => {
  const display = new FakeDisplay();
  const failing = display.keyboard.hold(['Shift'], async () => Promise.reject(new Error('no')));
  expect(display.held).toEqual(['Shift']);
  await expect(failing).rejects.toThrow('no');
  expect(display.held).toEqual([]);
});

test('hands out the scripted frames and keeps the last one', async () => {
  const fault = new DisplayError('display-stalled', 'Stalled.');
  const display = new FakeDisplay({ frames: ['one', fault, 'two'], size: { width: 8, height: 6 } });
  await expect(display.screenshot()).resolves.toEqual(fakeScreenshot('one', { width: 8, height: 6 }));
  await expect(display.screenshot()).rejects.toBe(fault);
  const hashes = [(await display.screenshot()).sha256, (await display.screenshot()).sha256];
  expect(hashes).toEqual([hashes[0], hashes[0]]);
});

test('fails every call once it is lost', async () => {
  const display = new FakeDisplay();
  const reason = new DisplayError('display-closed', 'Gone.');
  display.lose(reason);
  await expect(display.lost).resolves.toBe(reason);
  await expect(display.settle()).rejects.toBe(reason);
  await expect(display.pointer.move({ x: 0, y: 0 })).rejects.toBe(reason);
});

test('stops at an aborted signal before anything is logged', async () => {
  const display = new FakeDisplay();
  const signal = AbortSignal.abort(new Error('stop'));
  await expect(display.keyboard.type('x', { signal })).rejects.toThrow('stop');
  expect(display.calls).toEqual([]);
});
