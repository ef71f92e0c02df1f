import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createRunFolder } from '../../../src/recording/run-folder.ts';
import { findRunOwner, lockRun } from '../../../src/recording/run-lock.ts';
import { systemClock } from '../../../src/util/clock.ts';
import type { ProcessTable } from '../../../src/util/process-owner.ts';
import { temporaryFolder } from './sample-run.ts';

const as = (ownPid: number): ProcessTable => ({ host: 'here', ownPid, startOf: (pid) => `boot/${pid}` });

describe('the lock of a run folder', () => {
  it('refuses a second process while the first works on it, and says which that is', async () => {
    await using root = await temporaryFolder();
    const folder = await createRunFolder({ parent: root.path, clock: systemClock });
    {
      await using _ = await lockRun(folder, as(10));
      expect(await findRunOwner(folder, as(20))).toMatchObject({ owner: { pid: 10 }, state: 'alive' });
      await expect(lockRun(folder, as(20))).rejects.toMatchObject({
        code: 'run-in-use',
        message: `Process 10 works on the run ${folder.runId}.`,
        details: { pid: 10, host: 'here' },
      });
    }
    expect(await findRunOwner(folder, as(20))).toEqual({ owner: undefined, state: 'none' });
    expect(await readdir(folder.path)).not.toContain('owner.json');
  });

  it('says so when the folder is not there', async () => {
    await using root = await temporaryFolder();
    const folder = await createRunFolder({ parent: root.path, clock: systemClock });
    await root[Symbol.asyncDispose]();
    await expect(lockRun(folder, as(10))).rejects.toMatchObject({ code: 'write-failed' });
  });
});
