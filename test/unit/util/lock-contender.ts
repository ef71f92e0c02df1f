import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { takeOwnerLock } from '../../../src/util/owner-lock.ts';
import { systemProcesses } from '../../../src/util/process-owner.ts';

/** Tries until it has the lock, writes into the journal whether the one before it still lives, and is killed with the lock held. */
const [path = '', journal = ''] = process.argv.slice(2);
const processes = systemProcesses();
for (;;) {
  try {
    await takeOwnerLock(path, { processes, inUse: ({ pid }) => new RangeError(String(pid)) });
    break;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    await setTimeout(1);
  }
}
const earlier = readFileSync(journal, 'utf8').trimEnd().split('\n').at(-1) ?? '';
const lives = earlier !== '' && processes.startOf(Number(earlier.split(' ')[0])) !== undefined;
appendFileSync(journal, `${process.pid} ${lives ? 'beside one that lives' : 'alone'}\n`);
await setTimeout(5);
process.kill(process.pid, 'SIGKILL');
