import { expect, test } from 'vitest';
import { recordSetup, toSetup } from '../../../../src/evaluation/task/recorded-setup.ts';
import type { TaskSetup } from '../../../../src/evaluation/task/task-file.ts';
import { MemoryRecorder } from '../../../../src/testing/memory-recorder.ts';

const SETUP: TaskSetup = {
  files: [
    { path: '/home/user/a.bin', content: Uint8Array.of(0, 255, 10), mode: 0o600 },
    { path: '/home/user/b.txt', content: Uint8Array.of(1) },
  ],
  commands: [
    { command: { argv: ['/bin/sh', '-c', 'mkdir x'], shown: 'mkdir x' }, timeoutMs: 5000 },
    { command: { argv: ['true'], shown: 'true' }, timeoutMs: undefined },
  ],
  open: [{ argv: ['thunar', '/home/user'], shown: 'thunar /home/user' }],
  wait: [],
};

test('a setup is the same after it was recorded and read back', async () => {
  const recorder = new MemoryRecorder();
  recordSetup(SETUP, recorder);
  const [prepared] = recorder.of('prepared');
  expect(prepared).toBeDefined();
  if (prepared === undefined) return;
  const read = (hash: string): Promise<Uint8Array> =>
    Promise.resolve(recorder.attachments.get(hash) ?? new Uint8Array());
  expect(await toSetup(prepared, read)).toEqual(SETUP);
});

test('a setup of nothing leaves no event', () => {
  const recorder = new MemoryRecorder();
  recordSetup({ files: [], commands: [], open: [], wait: [] }, recorder);
  expect(recorder.events).toEqual([]);
});
