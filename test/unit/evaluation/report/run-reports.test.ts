import { describe, expect, it } from 'vitest';
import { StorageError } from '../../../../src/errors.ts';
import { RunReports } from '../../../../src/evaluation/report/run-reports.ts';
import { type RunFolder, toRunFolder } from '../../../../src/recording/run-folder.ts';

const folders = ['a', 'b', 'c', 'd', 'e'].map((name) => toRunFolder(`/runs/${name}`));
const idsOf = (runs: readonly RunFolder[]) => runs.map(({ runId }) => runId);

describe('reports of runs', () => {
  it('are written so many at a time, and all of them before the end', async () => {
    const written: RunFolder[] = [];
    let underWay = 0;
    let most = 0;
    const write = async (folder: RunFolder): Promise<void> => {
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay--;
      written.push(folder);
    };
    {
      await using reports = new RunReports({
        lanes: 2,
        write,
        onFailure: (error) => expect(error).toBeNull(),
      });
      for (const folder of folders) reports.add(folder);
    }
    expect(idsOf(written).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(most).toBe(2);
  });

  it('that fail are told of and stop no other', async () => {
    const failures: string[] = [];
    const written: RunFolder[] = [];
    const write = (folder: RunFolder): Promise<unknown> => {
      if (folder.runId === 'a') return Promise.reject(new StorageError('disk-full', 'No room is left.'));
      return Promise.resolve(written.push(folder));
    };
    {
      await using reports = new RunReports({ lanes: 1, write, onFailure: ({ code }) => failures.push(code) });
      for (const folder of folders) reports.add(folder);
    }
    expect(failures).toEqual(['disk-full']);
    expect(idsOf(written)).toEqual(['b', 'c', 'd', 'e']);
  });
});
