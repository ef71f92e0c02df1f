import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createBatchFolder,
  holdBatch,
  toBatchFolder,
} from '../../../../src/evaluation/batch/batch-folder.ts';
import type { ProcessTable } from '../../../../src/util/process-owner.ts';
import { temporaryFolder } from '../../recording/sample-run.ts';

const as = (ownPid: number): ProcessTable => ({ host: 'here', ownPid, startOf: (pid) => `boot/${pid}` });

describe('the folder of a batch', () => {
  it('is worked on by one process at a time', async () => {
    await using root = await temporaryFolder();
    const folder = await createBatchFolder(join(root.path, 'batch'));
    {
      await using _ = await holdBatch(folder, as(10));
      await expect(holdBatch(folder, as(20))).rejects.toMatchObject({
        code: 'batch-in-use',
        message: `Process 10 works on the batch ${folder.path}.`,
      });
    }
    await using _ = await holdBatch(folder, as(20));
  });

  it('is not made where one is already', async () => {
    await using root = await temporaryFolder();
    await expect(createBatchFolder(root.path)).rejects.toMatchObject({ code: 'invalid-option' });
  });

  it('cannot be held where there is none', async () => {
    await using root = await temporaryFolder();
    const folder = toBatchFolder(join(root.path, 'nowhere'));
    await expect(holdBatch(folder, as(10))).rejects.toMatchObject({ code: 'write-failed' });
  });
});
