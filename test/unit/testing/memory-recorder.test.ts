import { expect, test } from 'vitest';
import { MemoryRecorder } from '../../../src/testing/memory-recorder.ts';

const SCREENSHOT = { png: new Uint8Array([1]), width: 1, height: 1, sha256: 'a'.repeat(64), takenAtMs: 0 };

test('keeps events in order and frames by hash', async () => {
  await using recorder = new MemoryRecorder();
  const warning = { type: 'warning' as const, code: 'slow', message: 'slow model' };
  recorder.record(warning);
  expect(recorder.keep(SCREENSHOT)).toBe(SCREENSHOT.sha256);
  expect(recorder.types).toEqual(['warning']);
  expect(recorder.of('warning')).toEqual([warning]);
  expect(recorder.of('step')).toEqual([]);
  expect([...recorder.frames.keys()]).toEqual([SCREENSHOT.sha256]);
});

test('an event is kept as it was when it was recorded', () => {
  const recorder = new MemoryRecorder();
  const notes = ['first'];
  recorder.record({ type: 'request', turn: 1, results: [], notes, frame: SCREENSHOT.sha256 });
  notes.push('second');
  expect(recorder.of('request')[0]?.notes).toEqual(['first']);
});

test('refuses what comes after disposal', async () => {
  const recorder = new MemoryRecorder();
  await recorder[Symbol.asyncDispose]();
  expect(() => recorder.record({ type: 'warning', code: 'late', message: '' })).toThrow('after the recorder');
  expect(() => recorder.keep(SCREENSHOT)).toThrow('after the recorder');
});

test('flush fails when told to', async () => {
  const recorder = new MemoryRecorder();
  recorder.failure = new Error('disk full');
  await expect(recorder.flush()).rejects.toThrow('disk full');
  expect(recorder.flushes).toBe(1);
});
